"""The gateway's figures: groups of numbers, events, spans, and requests at the door."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
from starlette.types import Receive, Scope, Send

from libs.auth.principal import Principal
from libs.background.tasks import end_task
from libs.contracts.credentials import Tenant
from libs.contracts.topics import MANIFEST
from libs.eventlog.memory import MemoryEventLog
from libs.httpkit.errors import Conflict, Unprocessable, Violation
from libs.httpkit.request_headers import HeaderBytes
from libs.service.door import Answer, DoorState, OpenDoor
from services.gateway.door import door
from services.gateway.events.model import EventDraft, RequestContext
from services.gateway.events.recorder import EventRecorder
from services.gateway.interactions.routes import SINGLE_PATH
from services.gateway.model import PendingRecord
from services.gateway.numbering.committing import InsideCommitter
from services.gateway.numbering.gate import Gate
from services.gateway.numbering.group_commit import GroupCommit
from services.gateway.otlp.appending import LogAppend
from services.gateway.otlp.protobuf_form import Protobuf
from services.gateway.otlp.recorder import OtlpRecorder
from services.gateway.otlp.signals import SPANS
from services.gateway.recording.positions import WritePositions
from services.gateway.replicas.event_schemas import no_schemas
from tests.support.access import access_of
from tests.support.gateway.drafts import make_pending
from tests.support.gateway.memory_numbers import MemoryNumberStore, MemoryNumberTransaction
from tests.support.gateway.moved import MovedGateway
from tests.support.gateway.otlp_messages import CHILD, span, spans_request
from tests.support.gateway.records import api_key
from tests.support.gateway.schemas import made_up
from tests.support.serving import client_of

CONTEXT = RequestContext(tenant_id="acme", actor_id="key-1", actor_type="api_key", accepted_ms=1_000)


async def _log() -> MemoryEventLog:
    log = MemoryEventLog()
    await log.ensure_topics(MANIFEST)
    return log


async def _commit(groups: GroupCommit, pending: list[PendingRecord]) -> None:
    stopping = asyncio.Event()
    running = asyncio.create_task(groups.run(stopping))
    await groups.submit(pending, byte_count=1)
    stopping.set()
    groups.wake()
    await running


class _Stuck:
    """A committer that comes to no end."""

    async def commit(self, _group: Sequence[PendingRecord]) -> None:
        await asyncio.Event().wait()

    def abandon(self) -> None:
        raise NotImplementedError


@asynccontextmanager
async def five_records_wait(_url: str) -> AsyncIterator[None]:
    """Two requests, of two records and of three, for a gateway that does not commit yet."""
    groups = GroupCommit(_Stuck(), MemoryNumberStore(), Gate())
    running = asyncio.create_task(groups.run(asyncio.Event()))
    for count in (2, 3):
        groups.submit([make_pending() for _ in range(count)], byte_count=1)
    await asyncio.sleep(0)
    yield
    await end_task(running)


@asynccontextmanager
async def four_reserve_of_which_one_is_refused(_url: str) -> AsyncIterator[None]:
    """The log refuses the first of a group of four, whose number is voided; nothing waits any more."""
    log, store, refused = await _log(), MemoryNumberStore(), itertools.count()
    gateway = MovedGateway(store, log, lambda: 0.0)
    await gateway.lease.keep()
    log.broker.refuse = lambda _: "no room" if next(refused) == 0 else None
    await _commit(GroupCommit(gateway.committer, store, gateway.gate), [make_pending() for _ in range(4)])
    await gateway.voider.work()
    yield


@asynccontextmanager
async def three_in_one_transaction_of_which_one_repeats(_url: str) -> AsyncIterator[None]:
    """Where the log appends inside the transaction: the third record has the key of the second."""
    log, store = await _log(), MemoryNumberStore()
    groups = GroupCommit(InsideCommitter(store, lambda _: None), store, Gate())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryNumberTransaction, "append", lambda _, records: log.append(records))
        await _commit(groups, [make_pending(), make_pending(key="k"), make_pending(key="k")])
    yield


class _NoReceipts:
    """Keeps none."""

    async def keep(self, context: RequestContext, _body_hash: bytes) -> tuple[RequestContext, bytes]:
        raise NotImplementedError


@asynccontextmanager
async def three_events_of_which_one_repeats_and_two_more_are_refused(_url: str) -> AsyncIterator[None]:
    """One is no event, one does not fit the schema of its type; of three, two have one id; one finds no log."""
    log = await _log()
    good = EventDraft(type="a.b", resource_type="ORDER", resource_id="o-1")
    recorder = EventRecorder(
        log, WritePositions("log"), _NoReceipts(), waiting_events=10, find_schema=made_up({"c": _does_not_fit})
    )

    def read(text: bytes, *, is_plain: bool = False) -> EventDraft:
        if text == b"bad":
            raise Conflict("bad")
        return msgspec.structs.replace(good, type=text.decode())

    await recorder.check_many("acme", [b"a.b", b"bad", b"c"], read)
    mine = msgspec.structs.replace(good, id="0190b2f0-0000-7000-8000-000000000000")
    await recorder.record(CONTEXT, list(enumerate((mine, good, mine))), b"")
    log.broker.available = False
    await recorder.record(CONTEXT, [(0, good)], b"")
    yield


def _does_not_fit(_payload: bytes) -> str:
    raise Unprocessable(Violation(("body", "payload"), "does not fit"))


@asynccontextmanager
async def three_spans_of_which_one_is_refused(_url: str) -> AsyncIterator[None]:
    """A span without an id is none."""
    recorder = OtlpRecorder(LogAppend(await _log()), WritePositions("log"), no_schemas)
    body = spans_request(span(), span(CHILD), span("")).SerializeToString()
    await recorder.record(SPANS, Protobuf(), body, "acme")
    yield


@asynccontextmanager
async def three_requests_at_the_door_of_which_one_has_a_wrong_key(_url: str) -> AsyncIterator[None]:
    """The second of a key is known already, and taken another way."""
    key, record = api_key("acme", "editor")
    state = DoorState(OpenDoor(access_of(Tenant(tenant_id="acme", version=1), record), {SINGLE_PATH: _created}))
    front = door(_no_app)

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await front({**scope, "state": {"door": state}}, receive, send)

    async with client_of(with_state) as client:
        for given in (key, key, api_key("acme", "editor")[0]):
            await client.post(SINGLE_PATH, headers={"x-api-key": given})
    yield


async def _created(_principal: Principal, _raw: HeaderBytes, _scope: Scope, _receive: Receive) -> Answer:
    return Answer(httpx.codes.CREATED, b"{}", None)


async def _no_app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise NotImplementedError
