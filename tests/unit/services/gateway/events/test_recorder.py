"""The recorder over a log in memory: schemas, defaults, repeats within a request, room, and a log that fails."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from libs.contracts.events import Sender
from libs.contracts.topics import EVENTS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import AppendOutcome, Record
from libs.httpkit.errors import ApiError, Unprocessable, Violation
from libs.records.events import EventRow, decode_event
from libs.records.render import cloud_event_json
from services.gateway.events.model import EventDraft, RequestContext
from services.gateway.events.recorder import (
    AcceptedEvent,
    EventOutcome,
    EventRecorder,
    UnknownResourceType,
)
from services.gateway.numbering.numbers import NumbersUnavailable
from services.gateway.recording.positions import WritePositions
from services.gateway.replicas.event_schemas import FindSchema, no_schemas
from tests.support.gateway.records import read_topic
from tests.support.gateway.schemas import made_up

CONTEXT = RequestContext(tenant_id="acme", actor_id="key-1", actor_type="api_key", accepted_ms=1_000)
DRAFT = EventDraft(type="a.b", resource_type="ORDER", resource_id="o-1")
SOME_ID = str(uuid.uuid4())


class Receipts:
    """Receipts in memory; `away` makes the store fail."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str | None], tuple[RequestContext, bytes]] = {}
        self.away = False

    async def keep(self, context: RequestContext, body_hash: bytes) -> tuple[RequestContext, bytes]:
        if self.away:
            raise NumbersUnavailable("away")
        return self.kept.setdefault((context.tenant_id, context.idempotency_key), (context, body_hash))


@pytest.fixture
async def log() -> AsyncIterator[MemoryEventLog]:
    log = MemoryEventLog()
    await log.start()
    await log.ensure_topics([EVENTS])
    yield log
    await log.stop()


@pytest.fixture
def receipts() -> Receipts:
    return Receipts()


def recorder_of(
    log: MemoryEventLog, receipts: Receipts, *, find_schema: FindSchema = no_schemas, waiting_events: int = 10
) -> EventRecorder:
    return EventRecorder(log, WritePositions("log"), receipts, waiting_events=waiting_events, find_schema=find_schema)


@pytest.fixture
def recorder(log: MemoryEventLog, receipts: Receipts) -> EventRecorder:
    return recorder_of(log, receipts)


async def rows(log: MemoryEventLog) -> list[EventRow]:
    return [decode_event(record) for record in await read_topic(log, EVENTS)]


def ids(outcomes: Sequence[EventOutcome]) -> list[str]:
    assert all(isinstance(one, AcceptedEvent) for one in outcomes)
    return [one.id for one in outcomes if isinstance(one, AcceptedEvent)]


async def test_what_was_not_said_is_the_requests(log: MemoryEventLog, recorder: EventRecorder) -> None:
    context = msgspec.structs.replace(CONTEXT, correlation_id="trace")
    await recorder.record(context, [(0, DRAFT)], b"")
    (found,) = await rows(log)
    assert (found.actor_id, found.actor_type, found.correlation_id) == ("key-1", "api_key", "trace")
    assert found.occurred_at.timestamp() == 1


@pytest.mark.parametrize(
    ("actor_id", "actor_type", "expected"),
    [
        ("ada", None, ("ada", "user")),
        ("job", "service", ("job", "service")),
        (None, "system", ("key-1", "system")),
    ],
)
async def test_an_actor_named_without_a_type_is_a_user(
    log: MemoryEventLog,
    recorder: EventRecorder,
    actor_id: str | None,
    actor_type: str | None,
    expected: tuple[str, str],
) -> None:
    draft = msgspec.structs.replace(DRAFT, actor_id=actor_id, actor_type=actor_type)
    await recorder.record(CONTEXT, [(0, draft)], b"")
    (found,) = await rows(log)
    assert (found.actor_id, found.actor_type) == expected


async def test_an_id_is_appended_once_a_request(log: MemoryEventLog, recorder: EventRecorder) -> None:
    mine = msgspec.structs.replace(DRAFT, id=SOME_ID)
    outcomes = await recorder.record(CONTEXT, [(0, mine), (1, DRAFT), (2, mine)], b"")
    assert ids(outcomes)[0] == ids(outcomes)[2] == SOME_ID
    assert outcomes[0] == outcomes[2]
    assert len(await rows(log)) == 2


async def test_ids_under_a_key_hang_on_key_time_and_index(log: MemoryEventLog, recorder: EventRecorder) -> None:
    keyed = msgspec.structs.replace(CONTEXT, idempotency_key="k")
    first = ids(await recorder.record(keyed, [(0, DRAFT), (2, DRAFT)], b"hash"))
    later = msgspec.structs.replace(keyed, accepted_ms=2_000, actor_id="other", correlation_id="other")
    assert ids(await recorder.record(later, [(0, DRAFT), (2, DRAFT)], b"hash")) == first
    assert len(set(first)) == 2
    other = msgspec.structs.replace(keyed, idempotency_key="other")
    assert set(ids(await recorder.record(other, [(0, DRAFT)], b"hash"))).isdisjoint(first)


async def test_another_body_under_a_key_is_refused(log: MemoryEventLog, recorder: EventRecorder) -> None:
    keyed = msgspec.structs.replace(CONTEXT, idempotency_key="k")
    await recorder.record(keyed, [(0, DRAFT)], b"hash")
    with pytest.raises(ApiError) as caught:
        await recorder.record(keyed, [(0, DRAFT)], b"other")
    assert caught.value.status == 422
    assert len(await rows(log)) == 1


async def test_without_receipts_only_keys_are_refused(
    log: MemoryEventLog, recorder: EventRecorder, receipts: Receipts
) -> None:
    receipts.away = True
    with pytest.raises(ApiError) as caught:
        await recorder.record(msgspec.structs.replace(CONTEXT, idempotency_key="k"), [(0, DRAFT)], b"hash")
    assert caught.value.status == 503
    assert await recorder.record(CONTEXT, [(0, DRAFT)], b"")
    assert len(await rows(log)) == 1


async def test_a_log_that_is_gone_is_503_for_each(log: MemoryEventLog, recorder: EventRecorder) -> None:
    log.broker.available = False
    outcomes = await recorder.record(CONTEXT, [(0, DRAFT), (1, DRAFT)], b"")
    assert [isinstance(one, ApiError) and one.status for one in outcomes] == [503, 503]


async def test_what_waits_is_bounded(log: MemoryEventLog, receipts: Receipts, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, held, append = recorder_of(log, receipts, waiting_events=2), asyncio.Event(), log.append

    async def slow(records: Sequence[Record]) -> Sequence[AppendOutcome]:
        await held.wait()
        return await append(records)

    monkeypatch.setattr(log, "append", slow)
    going = asyncio.create_task(recorder.record(CONTEXT, [(0, DRAFT), (1, DRAFT)], b""))
    await asyncio.sleep(0)
    with pytest.raises(ApiError) as caught:
        await recorder.record(CONTEXT, [(0, DRAFT)], b"")
    held.set()
    assert caught.value.status == 503
    assert caught.value.headers["Retry-After"]
    assert len(ids(await going)) == 2
    assert len(ids(await recorder.record(CONTEXT, [(0, DRAFT)], b""))) == 1


async def test_a_schema_judges_the_payload_as_it_reads_back(log: MemoryEventLog, receipts: Receipts) -> None:
    seen: list[object] = []

    def fits(payload: bytes) -> str:
        seen.append(json.loads(payload))
        return "urn:schema"

    def does_not_fit(payload: bytes) -> str:
        seen.append(json.loads(payload))
        raise Unprocessable(Violation(("body", "payload"), "does not fit"))

    recorder = recorder_of(log, receipts, find_schema=made_up({"a.b": fits, "c": fits, "bad": does_not_fit}))
    assert (await recorder.check_one("acme", DRAFT)).dataschema == "urn:schema"
    own = msgspec.structs.replace(DRAFT, type="c", data=b"[1]")
    assert (await recorder.check_one("acme", own)).dataschema == "urn:schema"
    unchecked = msgspec.structs.replace(DRAFT, type="d", dataschema="theirs")
    assert (await recorder.check_one("acme", unchecked)).dataschema == "theirs"
    with pytest.raises(ApiError):
        await recorder.check_one(
            "acme", msgspec.structs.replace(DRAFT, type="bad", data=b"x", content_type="text/plain")
        )
    assert seen == [{}, {"data": [1]}, {"data": "x"}]


async def test_what_a_sender_said_the_schema_was_is_kept(log: MemoryEventLog, receipts: Receipts) -> None:
    recorder = recorder_of(log, receipts, find_schema=made_up({"a.b": lambda _: "/ours"}))
    sender = Sender(id="a-1", source="/shop")
    theirs = msgspec.structs.replace(DRAFT, dataschema="urn:theirs", sender=sender)

    checked = await recorder.check_one("acme", theirs)
    assert checked.dataschema == "/ours"
    assert checked.sender is not None
    text = msgspec.json.encode(checked.sender).decode()
    assert cloud_event_json(text, checked.dataschema)["dataschema"] == "urn:theirs"

    silent = await recorder.check_one("acme", msgspec.structs.replace(theirs, dataschema=None))
    assert silent.sender == sender
    assert b"dataschema" not in msgspec.json.encode(sender)


async def test_a_resource_type_is_refused_only_by_the_catalog_as_it_is_now(
    log: MemoryEventLog, receipts: Receipts
) -> None:
    known: dict[str, str] = {}

    async def catch_up() -> None:
        known["order"] = "ORDER"

    def find_type(_tenant_id: str, resource_type: str) -> str | None:
        return known.get(resource_type.casefold())

    recorder = EventRecorder(
        log, WritePositions("log"), receipts, waiting_events=10, find_type=find_type, catch_up=catch_up
    )
    lower = msgspec.structs.replace(DRAFT, resource_type="order")
    with pytest.raises(UnknownResourceType):
        recorder.with_type("acme", lower)
    assert (await recorder.check_one("acme", lower)).resource_type == "ORDER"
    with pytest.raises(UnknownResourceType) as refused:
        await recorder.check_one("acme", msgspec.structs.replace(DRAFT, resource_type="ODER"))
    assert refused.value.violations[0].loc == ("body", "resourceType")
