"""Secrets that tasks use are nowhere to be seen: in no answer, record, row or log, however they are sent back."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import re
import sys
import uuid
from collections.abc import Iterator
from typing import Any, NoReturn
from urllib.parse import quote

import httpx
import pytest

from libs.contracts.times import current_ms
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import (
    AnyRecord,
    CancelRequested,
    SessionAdvanced,
    SessionEnded,
    StartedBy,
    decode_session_record,
)
from libs.eventlog.appending import append_all
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.service.worker import Worker
from libs.telemetry.logs import configure_logs
from libs.vault.vault import Vault
from services.workflows.definitions.heads import Heads
from services.workflows.definitions.versions import Versions
from services.workflows.family import INTEGRATIONS_PATH, PROVIDERS_PATH, TASK_TYPES_PATH, WORKFLOWS_PATH
from services.workflows.running.starting import RunVersion, Start, sealed, start_record
from services.workflows.service import SERVICE
from services.workflows.sessions.records import session_record
from services.workflows.settings import WorkflowSettings
from services.workflows.task_types import send_slack_message
from services.workflows.task_types.model import Connected
from services.workflows.task_types.registry import built_in_types
from services.workflows.values.input import read_input
from tests.support.accounts import SECRET_KEY
from tests.support.far_hosts import FarHost, far_host
from tests.support.smtp import mail_server
from tests.support.waiting import eventually

TOKEN = 'tok-"7/+&%41\\x'
MAIL_PASSWORD = "mail-pa55 word/+"
CONSUMER_SECRET, ACCESS_SECRET = "consumer-s3cret-aa", "access-s3cret-bb"
HOOK_TOKEN = "hook-t0ken-in-the-url"
PIN = "4711-pin-of-caller"
LOGIN = "Bearer login-of-caller-99"
SECRETS = (TOKEN, MAIL_PASSWORD, CONSUMER_SECRET, ACCESS_SECRET, HOOK_TOKEN, PIN, LOGIN.removeprefix("Bearer "))
"""All that nobody may see, in plain text."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")


class Seen:
    """Everything that could be seen."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}

    def add(self, where: str, text: str) -> None:
        """Keep a text that was found somewhere."""
        self.texts.setdefault(where, []).append(text)

    def assert_nothing_secret(self) -> None:
        """Look for each secret in plain, in the forms of JSON and URLs, and in whatever decodes from base64."""
        for where, texts in self.texts.items():
            whole = "\n".join(texts)
            decoded = "\n".join(_decoded(run) for run in _BASE64.findall(whole))
            for secret in SECRETS:
                for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote(secret)):
                    assert form not in whole, where
                assert secret not in decoded, where


def _decoded(run: str) -> str:
    text = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(text + "=" * (-len(text) % 4) if len(text) % 4 != 1 else text[:-1]).decode(
        "utf-8", "ignore"
    )


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """The log of the process, down to the last detail."""
    lines = io.StringIO()
    configure_logs("tests", level="DEBUG", json_lines=True, stream=lines)
    # The mail server is the test's own.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    yield lines
    configure_logs("tests", level="WARNING", json_lines=True, stream=sys.__stderr__)


class Echo:
    """A far side that answers with the request, in several forms, in headers and body."""

    def __init__(self) -> None:
        self.status = 200
        self.host = FarHost()

    async def __call__(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = self.host.requests[-1]
        credential = next((line for line in request.split("\r\n") if line.startswith("authorization:")), "none")
        text = json.dumps(
            {
                "request": request,
                "base64": base64.b64encode(request.encode()).decode(),
                "percent": quote(request),
                "json": json.dumps(request),
                "error": f"no {credential} {request}",
                "title": request,
            }
        )
        head = f"HTTP/1.1 {self.status} Word\r\nX-Echo: {credential}\r\nContent-Length: {len(text)}\r\n\r\n"
        writer.write(head.encode() + text.encode())


def accounts(port: int, mail_port: int) -> list[tuple[str, dict[str, Any]]]:
    """The providers and integrations, all of them at the echo."""
    here = f"http://127.0.0.1:{port}"
    app = {"CONSUMER_KEY": "app-key", "CONSUMER_SECRET": CONSUMER_SECRET}
    account = {"ACCESS_TOKEN": "account-key", "ACCESS_TOKEN_SECRET": ACCESS_SECRET}
    mail = {"host": "127.0.0.1", "port": mail_port, "security": "none", "from": "shop@shop.example"}
    login = {"USERNAME": "mail-user", "PASSWORD": MAIL_PASSWORD}
    return [
        (PROVIDERS_PATH, {"name": "app", "type": "twitter", "settings": {"baseUrl": here}, "secrets": app}),
        (INTEGRATIONS_PATH, {"name": "tweets", "type": "twitter", "provider": "app", "secrets": account}),
        (
            INTEGRATIONS_PATH,
            {"name": "api", "type": "http", "settings": {"baseUrl": here}, "secrets": {"TOKEN": TOKEN}},
        ),
        (
            INTEGRATIONS_PATH,
            {"name": "chat", "type": "slack", "settings": {"baseUrl": here}, "secrets": {"ACCESS_TOKEN": TOKEN}},
        ),
        (
            INTEGRATIONS_PATH,
            {"name": "hook", "type": "discord", "secrets": {"WEBHOOK_URL": f"{here}/api/webhooks/1/{HOOK_TOKEN}"}},
        ),
        (INTEGRATIONS_PATH, {"name": "mail", "type": "smtp", "settings": mail, "secrets": login}),
    ]


def tasks(port: int) -> dict[str, Any]:
    """Tasks that use every secret and have it sent back to them."""
    pin = {"$blank": {"name": "pin", "type": "string", "secret": True}}
    login = {"$blank": {"name": "login", "type": "string", "secret": True}}
    url = f"http://127.0.0.1:{port}/login"
    tells = "import base64\ndef main(inputs):\n    print(inputs['pin'])\n    return [inputs, inputs['pin'] * 2]\n"
    return {
        "Api": {"type": "http-request", "integration": "api", "body": {"url": "/x"}},
        "Login": {"type": "http-request", "body": {"url": url, "headers": {"Authorization": login}}},
        "Chat": {"type": "send-slack-message", "integration": "chat", "body": {"target_id": "C1", "text": "hi"}},
        "Tweet": {"type": "send-tweet", "integration": "tweets", "body": {"text": "hi"}},
        "Hook": {"type": "send-discord-message", "integration": "hook", "body": {"text": "hi"}},
        "Mail": {
            "type": "send-email",
            "integration": "mail",
            "body": {"to": "ann@x.example", "subject": "hi", "message": "hi"},
        },
        "Code": {"type": "run-code", "body": {"code": tells.partition("\n")[2], "inputs": {"pin": pin}}},
        "Wrong": {
            "type": "run-code",
            "body": {"code": "def main(inputs):\n    raise ValueError(inputs['pin'])", "inputs": {"pin": pin}},
        },
        "Sum": {
            "type": "transform",
            "body": {"expression": "input.pin + string(size(tasks.Code.output.result))"},
            "executeAfter": {"Code": ["completed"]},
        },
        "Each": {
            "type": "for-each",
            "body": {"items": [{"$ref": "input.pin"}], "do": {"type": "transform", "body": {"expression": "[item]"}}},
        },
        "Emit": {
            "type": "emit-event",
            "body": {
                "eventType": "a.b",
                "resourceType": "user",
                "resourceId": "1",
                "payload": {"pin": {"$ref": "input.pin"}},
            },
        },
        "Child": {
            "type": "call-workflow",
            "body": {
                "workflow": "child",
                "input": {"pin": {"$ref": "input.pin"}, "pins": [{"$ref": "input.pin"}]},
                "wait": False,
            },
        },
    }


async def test_no_secret_is_shown_anywhere(
    admin: httpx.AsyncClient,
    settings: WorkflowSettings,
    service_url: str,
    projector_db: Database,
    log: MemoryEventLog,
    log_lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen, echo = Seen(), Echo()

    async def answered(method: str, path: str, body: Any = None) -> httpx.Response:
        answer = await admin.request(method, path, json=body)
        seen.add(f"{method} {path}", answer.text)
        assert answer.is_success, answer.text
        return answer

    async with far_host(echo) as echo.host, mail_server() as mailbox:
        made = accounts(echo.host.port, mailbox.port)
        for path, body in made:
            await answered("POST", path, body)
            await answered("POST", f"{path}/{body['name']}/test")
        await answered(
            "POST",
            WORKFLOWS_PATH,
            {"name": "child", "tasks": {"A": {"type": "transform", "body": {"expression": "input.pin"}}}},
        )
        all_tasks = tasks(echo.host.port)
        workflow = {"name": "all", "tasks": all_tasks, "output": {"pin": {"$ref": "input.pin"}}}
        await answered("POST", WORKFLOWS_PATH, workflow)
        for name in ("all", "child"):
            await answered("POST", f"{WORKFLOWS_PATH}/{name}/activate", {})
        for echo.status, is_defective in ((200, False), (400, False), (200, True)):
            if is_defective:
                monkeypatch.setattr(send_slack_message, "call_slack", defective)
            for task in ("Api", "Chat", "Tweet", "Hook", "Mail"):
                tried = {"body": all_tasks[task]["body"], "integration": all_tasks[task]["integration"]}
                await answered("POST", f"{TASK_TYPES_PATH}/{all_tasks[task]['type']}/try", tried)
            await run_session(settings, service_url, projector_db, log)
    for path, body in made:
        await answered("GET", f"{path}/{body['name']}")
    for name, text in await everything_stored(projector_db):
        seen.add(name, text)
    for place, partition in log.broker.partitions.items():
        for record in partition.records:
            seen.add(place.topic, f"{record.key} {record.value!r} {record.headers!r}")
            seen.add(place.topic, (record.value or b"").decode("utf-8", "replace"))
    seen.add("log", log_lines.getvalue())

    assert len(mailbox.logins) >= 3
    assert {"log", "waymark.workflow-sessions.v1", "waymark.events.v1", "workflows.accounts"} <= seen.texts.keys()
    assert any(where.endswith(".session_tasks") for where in seen.texts)
    assert any('"workflow":"child"' in text for text in seen.texts[WORKFLOW_SESSIONS.name])
    assert {"trial_failed_by_defect", "task_failed_by_defect"} <= set(
        re.findall(r"\w+_by_defect", log_lines.getvalue())
    )
    seen.assert_nothing_secret()


async def defective(connected: Connected, *_: object) -> NoReturn:
    """Fail in a way that nobody has thought of."""
    raise KeyError(connected.secrets["ACCESS_TOKEN"])


async def run_session(settings: WorkflowSettings, url: str, db: Database, log: MemoryEventLog) -> None:
    """Run a session of `all` to its end, and into the read model."""
    head = await Heads(db).find("acme", "all")
    assert head is not None
    compiled = await Versions(db, built_in_types()).compiled("acme", head.id, 1, {})
    given = read_input(compiled.blanks, json.dumps({"pin": PIN, "login": LOGIN}).encode())
    session_id = str(uuid.uuid4())
    start = Start(
        session_id=session_id,
        at_ms=current_ms(),
        input=given.input,
        secrets=sealed(Vault(SECRET_KEY), session_id, given.secrets),
        uow_id=session_id,
        by=StartedBy(id="ann", type="user"),
    )
    of = RunVersion(tenant_id="acme", workflow_id=head.id, workflow="all", version=1, task_types={}, compiled=compiled)
    key, record = start_record(of, start)
    await append_all(log, [session_record("acme", key, session_id, record)])
    consumers, jobs = SERVICE.consumers(settings), SERVICE.jobs(settings)
    async with Worker(log, consumers, jobs[:1], url_as=lambda _: url, member="one"):
        await eventually(lambda: tasks_done(log, session_id) >= compiled.tasks.keys() - {"Emit"})
        # No gateway answers to what `Emit` asks for.
        cancelled = CancelRequested(session_id=session_id, at=current_ms(), by=start.by)
        await append_all(log, [session_record("acme", key, session_id, cancelled)])
        await eventually(lambda: any(isinstance(one, SessionEnded) for one in records_of(log, session_id)))
        await eventually(lambda: is_projected(db, session_id))


def records_of(log: MemoryEventLog, session_id: str) -> list[AnyRecord]:
    """Return the records of a session."""
    found = [
        decode_session_record(record.value)
        for place, partition in log.broker.partitions.items()
        if place.topic == WORKFLOW_SESSIONS.name
        for record in partition.records
    ]
    return [one for one in found if one.session_id == session_id]


def tasks_done(log: MemoryEventLog, session_id: str) -> set[str]:
    """Return the tasks of a session that have ended."""
    steps = [one for one in records_of(log, session_id) if isinstance(one, SessionAdvanced)]
    return {result.task for one in steps for result in one.results if result.item is None}


async def is_projected(db: Database, session_id: str) -> bool:
    """Return whether the read model has the end of a session."""
    return any(
        session_id in text and '"ended_at":null' not in text
        for name, text in await everything_stored(db)
        if name.endswith(".sessions")
    )


async def everything_stored(db: Database) -> list[tuple[str, str]]:
    """Return every row of the service's tables as text, with the table's name."""
    rows: list[tuple[str, str]] = []
    async with db.transaction(readonly=True) as conn:
        tables = await conn.fetch(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for table in tables:
            if await conn.fetchval("SELECT has_table_privilege($1, 'SELECT')", table["name"]):
                rows += [
                    (table["name"], row[0])
                    for row in await conn.fetch(f"SELECT row_to_json(t)::text FROM {table['name']} t")
                ]
    return rows
