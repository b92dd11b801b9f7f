"""A change of an object and its records come to be together, in the object's order, and say why they happened."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from libs.contracts.envelope import Envelope, decode_headers
from libs.contracts.reference import decode_reference
from libs.contracts.topics import EVENTS, REFERENCE
from libs.eventlog.port import StoredRecord
from libs.httpkit.errors import Conflict, Unprocessable
from libs.objects.changes import Change, Changes
from libs.objects.idempotency import Once
from tests.support.notes import ACTOR, NOTES, Note, Shop, change_note, create_note, find_note, open_shop

NOW = datetime(2026, 3, 1, 12, 0, 0, 123_900, tzinfo=UTC)


def records(shop: Shop, topic: str) -> Sequence[StoredRecord]:
    return [
        record
        for place, partition in sorted(shop.log.broker.partitions.items())
        for record in partition.records
        if place.topic == topic
    ]


def events(shop: Shop) -> list[Envelope]:
    return [decode_headers(record.headers) for record in records(shop, EVENTS.name)]


async def test_a_change_leaves_its_event_and_the_latest_record(notes: Shop) -> None:
    written = await notes.create("First", text="a")
    note = await notes.change(written.result, text="b")

    assert [(event.type, event.resource_type, event.subject) for event in events(notes)] == [
        ("note.created", "note", str(note.note_id)),
        ("note.updated", "note", str(note.note_id)),
    ]
    assert {(event.source, event.actor_id, event.correlation_id) for event in events(notes)} == {
        ("waymark/t1/shop", "u1", "c1")
    }
    references = [decode_reference(record.value or b"") for record in records(notes, REFERENCE.name)]
    assert [(one.version, one.data["text"]) for one in references] == [(1, "a"), (2, "b")]
    assert {at.topic for at in written.positions or ()} == {EVENTS.name, REFERENCE.name}


async def test_records_of_one_object_lie_in_the_outbox_in_the_order_of_its_changes(notes: Shop) -> None:
    note = (await notes.create("First")).result
    other = (await notes.create("Second")).result
    await asyncio.gather(
        *(notes.change(one, text=str(number)) for number in range(5) for one in (note, other)), notes.archive(other)
    )
    async with notes.projector.transaction() as conn:
        rows = await conn.fetch("SELECT object_key, topic, value FROM outbox ORDER BY id")

    for one in (note, other):
        own = [row for row in rows if row["object_key"] == NOTES.key(one)]
        assert [row["topic"] for row in own] == [REFERENCE.name, EVENTS.name] * (len(own) // 2)
        versions = [decode_reference(row["value"]).version for row in own[::2]]
        assert versions == sorted(versions)
        assert len(set(versions)) == len(versions)


async def test_a_change_that_fails_leaves_nothing(notes: Shop) -> None:
    async def fail(change: Change) -> None:
        await create_note(change, "Lost")
        raise KeyError

    with pytest.raises(KeyError):
        await notes.writes.change("t1", ACTOR, fail)

    async with notes.projector.transaction() as conn:
        counts = [await conn.fetchval(f"SELECT count(*) FROM {table}") for table in ("notes", "outbox")]
    assert counts == [0, 0]


async def test_a_consequence_names_its_event_and_counts_among_the_rows_waited_for(notes: Shop) -> None:
    note = (await notes.create("First")).result

    async def rename_and_create(change: Change) -> str:
        await change_note(change, note, name="Renamed")
        event_id = await change.publish(NOTES, note, "told")
        await create_note(change.because_of(event_id), "Second")
        assert len(change.outbox_ids) == 6
        return event_id

    event_id = (await notes.writes.change("t1", ACTOR, rename_and_create)).result

    causes = {event.type: event.causation_id for event in events(notes) if event.subject != str(note.note_id)}
    assert causes == {"note.created": event_id}


async def test_clock_and_ids_are_the_callers(shop_url: str) -> None:
    ids = iter(UUID(int=number) for number in range(1, 10))
    async with open_shop(shop_url, changes=Changes(lambda: NOW, lambda: next(ids))) as shop:
        note = (await shop.create("First")).result
        (event,) = events(shop)

    assert (note.note_id, event.id, event.time) == (UUID(int=1), str(UUID(int=2)), "2026-03-01T12:00:00.123Z")


async def test_nothing_changed_is_nothing_written(notes: Shop) -> None:
    note = (await notes.create("First", text="a")).result

    written = await notes.writes.change("t1", ACTOR, lambda change: change_note(change, note, text="a"))

    assert (written.result.version, written.positions) == (1, None)
    assert [event.type for event in events(notes)] == ["note.created"]


async def test_a_slow_log_does_not_fail_a_write(notes: Shop) -> None:
    notes.log.broker.available = False
    assert (await notes.create("First")).positions is None
    notes.log.broker.available = True


async def test_a_repeat_finds_the_object_and_its_positions(notes: Shop) -> None:
    first = await notes.create("First", key="k")
    changed = await notes.change(first.result, text="b")
    again = await notes.create("First", key="k")

    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert (again.result, again.positions) == (changed, first.positions)
    with pytest.raises(Unprocessable):
        await notes.create("Other", key="k")
    assert len(events(notes)) == 2


async def test_requests_at_once_with_one_key_create_one_object(notes: Shop) -> None:
    outcomes = await asyncio.gather(*(notes.create("First", key="k") for _ in range(5)), return_exceptions=True)

    made = {one.result.note_id for one in outcomes if not isinstance(one, BaseException)}
    assert len(made) == 1
    assert all(isinstance(one, Conflict) for one in outcomes if isinstance(one, BaseException))


async def test_a_failed_creation_frees_its_key(notes: Shop) -> None:
    async def fail(_: Change) -> Note:
        raise KeyError

    once = Once("k", b"h" * 32)
    with pytest.raises(KeyError):
        await notes.writes.create(NOTES, "t1", ACTOR, once, fail, find_note)

    assert not (await notes.create("First", key="k")).is_repeat
