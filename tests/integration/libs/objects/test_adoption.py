"""What the log has newer than the database is taken up from it, and nothing older is published meanwhile."""

from __future__ import annotations

from functools import partial

import pytest

from libs.contracts.reference import decode_reference
from libs.contracts.topics import REFERENCE
from libs.objects.adoption import AdoptionRefused, OutdatedDatabase, adopt, refuse_outdated
from libs.objects.outbox import Relay
from libs.objects.republish import republish
from libs.pg.database import Database, connect_once
from tests.support.notes import NOTES, QUICK, SERVICE, Note, Shop, create_schema, open_shop
from tests.support.postgres import TestServer
from tests.support.waiting import eventually


async def notes_of(db: Database) -> dict[str, tuple[int, dict[str, object]]]:
    """Version and texts by name."""
    async with db.transaction() as conn:
        rows = await conn.fetch("SELECT name, version, texts FROM notes")
    return {row["name"]: (row["version"], row["texts"]) for row in rows}


async def set_back(url: str, note: Note) -> None:
    """Put the database back to the note as it was."""
    conn = await connect_once(url, application_name="test")
    await conn.execute("DELETE FROM shop.object_versions WHERE version > $1", note.version)
    await conn.execute(
        "UPDATE shop.notes SET version = $2, texts = $3 WHERE note_id = $1", note.note_id, note.version, note.texts
    )
    await conn.close()


def latest_versions(notes: Shop) -> list[int]:
    """The versions of the reference topic's records, in its order."""
    (partition,) = [found for place, found in notes.log.broker.partitions.items() if place.topic == REFERENCE.name]
    return [decode_reference(record.value).version for record in partition.records if record.value is not None]


async def test_an_empty_database_gets_what_the_log_has(notes: Shop, postgres_server: TestServer) -> None:
    first = (await notes.create("First", text="a")).result
    await notes.change(first, text="b")
    await notes.archive((await notes.create("Second")).result)
    async with postgres_server.database() as url:
        await create_schema(url)
        async with open_shop(url, log=notes.log) as lost:
            with pytest.raises(OutdatedDatabase, match="2 of note"):
                await refuse_outdated(lost.log, lost.projector, [NOTES])
            assert await notes_of(lost.projector) == {}

            assert await adopt(lost.log, lost.projector, [NOTES]) == {"note": 2}

            assert await notes_of(lost.projector) == {"First": (2, {"text": "b"}), "Second": (2, {})}
            await refuse_outdated(lost.log, lost.projector, [NOTES])
            assert await adopt(lost.log, lost.projector, [NOTES]) == {}


async def test_an_older_object_becomes_the_newer_one_and_a_newer_one_stays(notes: Shop, shop_url: str) -> None:
    older = (await notes.create("Older", text="a")).result
    await notes.change(older, text="b")
    newer = (await notes.create("Newer")).result
    await notes.relay.stop()
    await set_back(shop_url, older)
    await notes.change(newer, text="only here")

    assert await adopt(notes.log, notes.projector, [NOTES]) == {"note": 1}

    assert await notes_of(notes.projector) == {"Older": (2, {"text": "b"}), "Newer": (2, {"text": "only here"})}


async def test_an_outdated_database_publishes_nothing_until_it_is_up_to_date(notes: Shop, shop_url: str) -> None:
    note = (await notes.create("Note", text="a")).result
    await notes.change(note, text="b")
    await notes.change(note, text="c")
    await notes.relay.stop()
    await set_back(shop_url, note)
    await notes.change(note, text="of the backup")
    before = latest_versions(notes)

    look = partial(republish, notes.log, notes.projector, [NOTES])
    relay = Relay(notes.log, notes.projector, SERVICE, settings=QUICK, on_active=look)
    await relay.start()
    try:
        assert await eventually(relay.check) is not None
        assert "waymark log adopt" in (await relay.check() or "")
        assert latest_versions(notes) == before

        await adopt(notes.log, notes.projector, [NOTES])

        async def works() -> bool:
            return await relay.check() is None

        await eventually(works)
        assert await notes_of(notes.projector) == {"Note": (3, {"text": "c"})}
        await eventually(lambda: relay.active)
        assert latest_versions(notes) == before
    finally:
        await relay.stop()


async def test_a_name_that_only_the_database_has_stands_in_the_way(notes: Shop) -> None:
    note = (await notes.create("Taken")).result
    async with notes.projector.transaction() as conn:
        await conn.execute("UPDATE notes SET note_id = gen_random_uuid() WHERE note_id = $1", note.note_id)
    with pytest.raises(AdoptionRefused, match=r"a note that only this database has .*note_names"):
        await adopt(notes.log, notes.projector, [NOTES])
    with pytest.raises(OutdatedDatabase):
        await refuse_outdated(notes.log, notes.projector, [NOTES])
