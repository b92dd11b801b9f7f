"""What a topic lost is added again, as it is now; what it has, and what waits in the outbox, is not."""

from __future__ import annotations

from dataclasses import replace

from libs.contracts.reference import decode_reference
from libs.contracts.topics import MANIFEST, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.objects.republish import republish
from libs.pg.database import Connection
from tests.support.notes import NOTES, Note, Shop
from tests.support.waiting import eventually


def versions(shop: Shop) -> list[tuple[str, int, bool]]:
    """Name, version and whether archived, of every record of the reference topic in its order."""
    found = [
        decode_reference(record.value)
        for place, partition in sorted(shop.log.broker.partitions.items())
        for record in partition.records
        if place.topic == REFERENCE.name and record.value is not None
    ]
    return [(one.data["name"], one.version, one.archived) for one in found]


def lose(log: MemoryEventLog) -> None:
    """Remove every record of the reference topic."""
    for place, partition in log.broker.partitions.items():
        if place.topic == REFERENCE.name:
            log.broker.delete_before(place, partition.end)


async def test_what_the_topic_lost_is_added_again_in_its_latest_version(notes: Shop) -> None:
    first = (await notes.create("First")).result
    await notes.change(first, text="b")
    await notes.delete((await notes.create("Second")).result)
    await notes.create("Third", tenant_id="t2")
    lose(notes.log)

    assert await notes.republish() == 3
    await eventually(lambda: len(versions(notes)) == 3)
    assert sorted(versions(notes)) == [("First", 2, False), ("Second", 2, True), ("Third", 1, False)]
    assert await notes.republish() == 0


async def test_what_waits_in_the_outbox_is_not_added_again(notes: Shop) -> None:
    await notes.create("First")
    empty = MemoryEventLog()
    await empty.ensure_topics(MANIFEST)
    notes.log.broker.available = False
    await notes.create("Second")

    assert await notes.republish(empty) == 1
    notes.log.broker.available = True


async def test_an_object_that_changed_meanwhile_is_added_as_it_is_now(notes: Shop) -> None:
    await notes.create("First")
    lose(notes.log)
    latest = NOTES.latest
    assert latest is not None

    async def change_and_lock(conn: Connection, note: Note) -> Note | None:
        await notes.change(note, text="changed meanwhile")
        return await latest.lock(conn, note)

    kind = replace(NOTES, latest=replace(latest, lock=change_and_lock))
    assert await republish(notes.log, notes.projector, [kind]) == 1
    await eventually(lambda: len(versions(notes)) == 2)

    assert versions(notes) == [("First", 2, False), ("First", 2, False)]


async def test_an_object_that_is_gone_by_then_is_left_out(notes: Shop) -> None:
    await notes.create("First")
    lose(notes.log)
    latest = NOTES.latest
    assert latest is not None

    async def find_nothing(_conn: Connection, _note: Note) -> Note | None:
        return None

    kind = replace(NOTES, latest=replace(latest, lock=find_nothing))
    await republish(notes.log, notes.projector, [kind])

    assert (await notes.relay.figures())[0] == 0
