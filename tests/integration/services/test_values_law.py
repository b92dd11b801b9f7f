"""The law of values: what the door takes is visible in every model and can be rebuilt, whatever its times, numbers and
texts; what it does not take is refused by name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from libs.contracts.interactions import Interaction, decode_interaction_body
from libs.contracts.paths import METRICS, QUERIES, TRACES
from libs.contracts.times import EARLIEST, END, format_ms, from_ms, last_ms_before, parse_time, to_ms
from libs.contracts.topics import EVENTS as EVENTS_TOPIC
from libs.eventlog.port import StoredRecord
from libs.httpkit.errors import ApiError
from libs.httpkit.paging import Page
from libs.httpkit.times import parse_range
from libs.projections.generations import ReadModel
from libs.records.events import EventRow, decode_event
from libs.records.short_text import short_text
from services.metrics.series.model import SERIES_MODEL
from services.queries.events import model as events_model
from services.queries.events.filters import page_request as events_page
from services.queries.events.model import EVENTS
from services.queries.events.reads import EventReads
from services.queries.interactions.filters import page_request
from services.queries.interactions.json_filters import parse_json_filters
from services.queries.interactions.model import HISTORY, Criteria, DateField
from services.queries.interactions.reads import HistoryReads
from services.queries.interactions.timeline import Granularity, Window
from services.traces.filters import page_request as traces_page
from services.traces.model import TRACES_MODEL
from services.traces.model import Criteria as TracesCriteria
from services.traces.reads import TracesReads
from tests.support.metrics.definitions import Definitions
from tests.support.postgres import TestServer
from tests.support.records import catalog_of
from tests.support.values.sent import (
    EDGES_MS,
    MAY,
    MUST,
    MUST_NOT,
    Time,
    Value,
    after,
    instants,
    numbers,
    texts,
    times,
    worst,
)
from tests.support.values.world import Tenant, ValuesWorld, opened_world

REFUSED = {
    "number_out_of_range": ("interaction", "payload", "data"),
    "string_nul": ("interaction", "payload", "data", "externalReference"),
    "string_unicode": ("interaction", "payload", "data", "externalReference"),
    "datetime_parsing": ("interactionTimestamp", "occurredAt", "time"),
}
"""What the door says, and of which fields."""
EDGES = [Time(format_ms(at_ms), at_ms) for at_ms in EDGES_MS]
NUMBERS = [
    *(Value(raw, MUST) for raw in ("1.000000000000000001", "1.0", "1e-300", "0e-99", "9007199254740993")),
    *(Value(raw, MUST_NOT) for raw in ("1e-20000", "1e-400", "1e400", "9223372036854775808")),
    Value(f"0.{'3' * 17_000}", MAY),
]
INTERACTIONS = st.lists(st.tuples(st.none() | times(), numbers(), texts(), st.none() | texts()), max_size=6)
EVENTS_SENT = st.lists(st.tuples(times(), numbers(), texts(), st.none() | times()), max_size=6)


@pytest.fixture
async def world(postgres_server: TestServer) -> AsyncIterator[ValuesWorld]:
    async with opened_world(postgres_server) as opened:
        yield opened


def interaction_body(at: Time | None, number: Value, text: Value, reference: Value | None) -> tuple[bytes, str]:
    """An item of a batch, and what the door must do with it."""
    timestamp = "null" if at is None else json.dumps(at.text)
    body = (
        '{"resourceId":"r","resourceType":"ORDER","action":"CREATE","origin":"API","uowId":"unit",'
        f'"interactionTimestamp":{timestamp},"externalReference":{"null" if reference is None else reference.raw},'
        f'"interaction":{{"amount":{number.raw},"customerId":{text.raw},"notes":[{text.raw},{number.raw}]}}}}'
    )
    verdict = worst(number, text, reference)
    return body.encode(), MUST_NOT if at is not None and at.instant_ms is None else verdict


def event_body(at: Time, number: Value, text: Value, ended: Time | None, *, is_cloud_event: bool) -> tuple[bytes, str]:
    """An event, and what the door must do with it; one with an end took time. CloudEvents of one id are the same."""
    interval = "" if ended is None else f',"startTime":"0001-01-01T00:00:00Z","endTime":{json.dumps(ended.text)}'
    payload = f'{{"amount":{number.raw},"note":{text.raw}{interval}}}'
    if is_cloud_event:
        attributes = (
            f'"specversion":"1.0","id":{json.dumps(at.text + sha256(payload.encode()).hexdigest())},"source":"/tests"'
        )
        body = f'{{{attributes},"type":"order.shipped","time":{json.dumps(at.text)},"data":{payload}}}'
    else:
        named = '"eventType":"order.shipped","resourceType":"ORDER","resourceId":"r"'
        body = f'{{{named},"occurredAt":{json.dumps(at.text)},"payload":{payload}}}'
    return body.encode(), MUST_NOT if at.instant_ms is None else worst(number, text)


def taken(answers: Sequence[StoredRecord | ApiError], verdicts: Sequence[str]) -> list[StoredRecord]:
    """What the door took; it must take and refuse what it must, and name the field of what it refuses."""
    for answer, verdict in zip(answers, verdicts, strict=True):
        if isinstance(answer, ApiError):
            assert verdict != MUST, answer
            assert answer.status == 422
            for violation in answer.violations:
                assert violation.field.split(".")[0].split("[")[0] in REFUSED[violation.type], violation
        else:
            assert verdict != MUST_NOT
    return [answer for answer in answers if isinstance(answer, StoredRecord)]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@example(
    sent=[(at, Value("1.5", MUST), Value('"x"', MUST), None) for at in EDGES],
    occurred=[(at, Value("1.5", MUST), Value('"x"', MUST), None) for at in EDGES],
    as_cloud_events=False,
    bounds=EDGES_MS[:2],
)
@example(
    sent=[(None, number, Value('"x"', MUST), None) for number in NUMBERS],
    occurred=[(EDGES[0], number, Value('"x"', MUST), EDGES[1]) for number in NUMBERS],
    as_cloud_events=True,
    bounds=EDGES_MS[:2],
)
@given(sent=INTERACTIONS, occurred=EVENTS_SENT, as_cloud_events=st.booleans(), bounds=st.tuples(instants(), instants()))
async def test_what_the_door_takes_is_in_every_model_and_can_be_rebuilt(
    world: ValuesWorld,
    sent: list[tuple[Time | None, Value, Value, Value | None]],
    occurred: list[tuple[Time, Value, Value, Time | None]],
    as_cloud_events: bool,
    bounds: tuple[int, int],
) -> None:
    tenant = Tenant()
    await define_amounts(world, tenant)
    bodies = [interaction_body(*one) for one in sent]
    interactions = taken(await tenant.interactions([raw for raw, _ in bodies]), [verdict for _, verdict in bodies])
    bodies = [event_body(*one, is_cloud_event=as_cloud_events) for one in occurred]
    answers = await tenant.events([raw for raw, _ in bodies], as_cloud_events=as_cloud_events)
    events = taken(answers, [verdict for _, verdict in bodies])
    for model, records in (
        (world.history, interactions),
        (world.events, events),
        (world.traces, interactions + events),
        (world.series, interactions + events),
    ):
        await model.apply(records)
        await model.assert_rebuilt_alike(tenant.id, records)
    first, last = sorted(bounds)
    await _assert_history(world, tenant.id, interactions, from_ms(first), after(last))
    await _assert_events(world, tenant.id, events, from_ms(first), after(last))
    await _assert_traces(world, tenant.id, interactions, events, from_ms(first), after(last))
    await _assert_contributions(world, tenant.id, interactions + events)


async def define_amounts(world: ValuesWorld, tenant: Tenant) -> None:
    """Have the amounts of all records summed, by every value that they have."""
    dimensions = ("notes.0", "amount")
    await Definitions(world.series.world.requests, tenant.id).create(
        aggregate_function="sum", source_field="amount", group_by_dimensions=dimensions
    )


def exactly(raw: bytes | str) -> Any:
    """A JSON text with every number as the decimal that it is."""
    return json.loads(raw, parse_float=Decimal, parse_int=Decimal)


async def _assert_history(
    world: ValuesWorld, tenant_id: str, records: Sequence[StoredRecord], start: datetime, end: datetime
) -> None:
    reads = HistoryReads(ReadModel(world.history.world.requests, QUERIES, HISTORY), catalog_of(tenant_id), 5.0)
    bodies: list[Interaction] = []
    for record in records:
        body = decode_interaction_body(record.value, record.headers)[1]
        assert isinstance(body, Interaction)
        bodies.append(body)
    bodies.sort(key=lambda body: (parse_time(body.event_time), body.interaction_number), reverse=True)

    async def listed(criteria: Criteria) -> list[int]:
        walked: list[int] = []
        cursor: str | None = None
        while True:
            asked = page_request(Page(1, 2), cursor, criteria.date_field)
            found = await reads.find(tenant_id, criteria, asked, asked.after.page if asked.after else 1)
            walked += [item["interactionNumber"] for item in found.items]
            cursor = found.next_cursor
            if cursor is None:
                assert found.total == len(walked), criteria
                return walked

    everything = [body.interaction_number for body in bodies]
    assert await listed(Criteria(date_field=DateField.EVENT)) == everything
    inside = [body.interaction_number for body in bodies if start <= parse_time(body.event_time) < end]
    assert await listed(Criteria(date_field=DateField.EVENT, start=start, end=end)) == inside
    for body in bodies:
        shown = await reads.get(tenant_id, body.interaction_id)
        assert shown["interactionTimestamp"] == body.interaction_timestamp
        assert shown["externalReference"] == body.external_reference
        assert exactly(orjson.dumps(shown["interaction"])) == exactly(bytes(body.interaction))
        await _assert_found(listed, bodies, body)
        at = parse_time(body.event_time)
        since, until = parse_range(body.event_time, body.event_time)
        alike = [other.interaction_number for other in bodies if other.event_time == body.event_time]
        assert await listed(Criteria(date_field=DateField.EVENT, start=since, end=until)) == alike
        hour = Window(
            max(EARLIEST, from_ms(max(to_ms(EARLIEST), to_ms(at) - 1_800_001))), until or END, Granularity.QUARTER
        )
        timeline = await reads.timeline(tenant_id, Criteria(date_field=DateField.EVENT), hour, None)
        near = [other for other in bodies if hour.start <= parse_time(other.event_time) < hour.end]
        assert sum(map(sum, timeline.groups.values())) == len(near)


async def _assert_found(listed: Any, bodies: Sequence[Interaction], wanted: Interaction) -> None:
    """Each filter finds exactly the interactions with the value of one of them."""
    sent = exactly(bytes(wanted.interaction))
    amount = json.loads(bytes(wanted.interaction), parse_float=str, parse_int=str)["amount"]

    def alike(of: Any) -> list[int]:
        found = [body.interaction_number for body in bodies if of(exactly(bytes(body.interaction)))]
        return sorted(found, reverse=True)

    for path, operator, value, of in (
        ("amount", "equals", amount, lambda other: other["amount"] == sent["amount"]),
        (
            "notes",
            "contains",
            amount,
            lambda other: sent["amount"] in [n for n in other["notes"] if isinstance(n, Decimal)],
        ),
        ("notes.0", "equals", json.dumps(sent["notes"][0]), lambda other: other["notes"][0] == sent["notes"][0]),
        (
            "notes.0",
            "startsWith",
            json.dumps(sent["notes"][0]),
            lambda other: other["notes"][0].startswith(sent["notes"][0]),
        ),
        ("amount", "exists", "true", lambda other: True),
    ):
        filters = parse_json_filters(f'[{{"path":"{path}","operator":"{operator}","value":{value}}}]')
        assert await listed(Criteria(json_filters=filters)) == alike(of), (path, operator, value)
    if wanted.external_reference is not None:
        found = [body.interaction_number for body in bodies if body.external_reference == wanted.external_reference]
        assert await listed(Criteria(external_reference=wanted.external_reference)) == sorted(found, reverse=True)


async def _assert_events(
    world: ValuesWorld, tenant_id: str, records: Sequence[StoredRecord], start: datetime, end: datetime
) -> None:
    reads = EventReads(ReadModel(world.events.world.requests, QUERIES, EVENTS), catalog_of(tenant_id), 5.0, _is_level)
    rows: dict[str, EventRow] = {}
    for record in records:
        row = decode_event(record)
        rows.setdefault(row.event_id, row)
    ordered = sorted(rows.values(), key=lambda row: (row.occurred_at, row.event_id), reverse=True)

    async def listed(criteria: events_model.Criteria) -> list[str]:
        walked: list[str] = []
        cursor: str | None = None
        while True:
            content, _ = await reads.find(tenant_id, criteria, events_page(2, 0, cursor))
            walked += [shown["id"] for shown in content["events"]]
            cursor = content["nextCursor"]
            if cursor is None:
                assert content["total"] == len(walked), criteria
                return walked

    for since, until in ((None, None), (start, end), (start, None), (None, end)):
        inside = [row.event_id for row in ordered if (since or EARLIEST) <= row.occurred_at < (until or END)]
        assert await listed(events_model.Criteria(start=since, end=until)) == inside
        types = events_model.Criteria(start=since, end=until, event_type="order.shipped", resource_type="ORDER")
        assert await listed(types) == [event_id for event_id in inside if rows[event_id].resource_type == "ORDER"]
        assert (await reads.aggregate(tenant_id, since, until))[0]["total"] == len(inside)
        actors = (await reads.by_actor(tenant_id, since, until, 10))[0]["actors"]
        assert sum(actor["total"] for actor in actors) == len(inside)
    for row in ordered:
        shown = await reads.get(tenant_id, row.event_id)
        assert shown["occurredAt"] == format_ms(to_ms(row.occurred_at))
        assert exactly(orjson.dumps(shown["payload"])) == exactly(row.payload)


async def _assert_traces(
    world: ValuesWorld,
    tenant_id: str,
    interactions: Sequence[StoredRecord],
    events: Sequence[StoredRecord],
    start: datetime,
    end: datetime,
) -> None:
    if not interactions and not events:
        return
    reads = TracesReads(ReadModel(world.traces.world.requests, TRACES, TRACES_MODEL), catalog_of(tenant_id), 5.0)
    summary, _ = await reads.summary(tenant_id, "unit")
    entries = {entry.event_id: entry for record in events if (entry := world.traces.projection.decode(record))}
    bodies = [decode_interaction_body(record.value, record.headers)[1] for record in interactions]
    spans = [(to_ms(parse_time(body.event_time)),) * 2 for body in bodies if isinstance(body, Interaction)]
    spans += [(to_ms(entry.started_at), to_ms(entry.ended_at)) for entry in entries.values()]
    spans += [(to_ms(entry.event_at),) * 2 for entry in entries.values()]
    first, last = min(at for at, _ in spans), max(at for _, at in spans)
    assert (summary["startedAt"], summary["endedAt"]) == (format_ms(first), format_ms(last))
    assert summary["durationMs"] == last - first
    assert (summary["totalInteractions"], summary["totalEvents"]) == (len(interactions), len(entries))
    found, _ = await reads.search(tenant_id, TracesCriteria(start=start, end=end), *traces_page(Page(1, 5), None))
    assert found["pagination"]["total"] == (to_ms(start) <= first <= last_ms_before(end))
    exact = TracesCriteria(min_duration_ms=last - first, max_duration_ms=last - first)
    found, _ = await reads.search(tenant_id, exact, *traces_page(Page(1, 5), None))
    assert [trace["uowId"] for trace in found["data"]] == ["unit"]
    records, _ = await reads.records(tenant_id, "unit", None, 100)
    assert (len(records["interactions"]), len(records["events"])) == (len(interactions), len(entries))
    tree, _ = await reads.tree(tenant_id, "unit")
    assert tree["total"] == len(interactions) + len(entries)
    await reads.timeline(tenant_id, "unit", None, 100)
    graph, _ = await reads.graph(tenant_id, EARLIEST.date(), END.date())
    assert sum(node["count"] for node in graph["nodes"]) == len(interactions)
    assert sum(edge["count"] for edge in graph["edges"]) == max(0, len(interactions) - 1)


async def _assert_contributions(world: ValuesWorld, tenant_id: str, records: Sequence[StoredRecord]) -> None:
    """Each record gives its amount to its customer, at its time."""
    async with ReadModel(world.series.world.requests, METRICS, SERIES_MODEL).transaction(tenant_id) as conn:
        rows = await conn.fetch("SELECT customer, event_at, number FROM contributions")
    given: dict[str, tuple[str, int, Decimal]] = {}
    for record in records:
        record_id, event_at, data = _content(record)
        customer = short_text(data.get("customerId", "ann"))
        given.setdefault(record_id, (customer, to_ms(event_at), data["amount"]))
    assert Counter(map(tuple, rows)) == Counter(given.values())


def _content(record: StoredRecord) -> tuple[str, datetime, Any]:
    if record.topic == EVENTS_TOPIC.name:
        row = decode_event(record)
        return row.event_id, row.occurred_at, exactly(row.payload)
    body = decode_interaction_body(record.value, record.headers)[1]
    assert isinstance(body, Interaction)
    return body.interaction_id, parse_time(body.event_time), exactly(bytes(body.interaction))


async def _is_level() -> None:
    """The catalog is complete."""
