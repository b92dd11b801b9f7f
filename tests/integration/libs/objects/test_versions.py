"""Versions: what an object was, and which version was in force when, by the database's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.objects.changes import Change
from libs.objects.kinds import ObjectId
from libs.objects.versions import (
    ObjectVersion,
    changed_fields,
    get_version,
    list_versions,
    version_in_force,
)
from libs.pg.database import Database
from tests.support.notes import ACTOR, NOTES, Note, Shop, change_note

MS = timedelta(milliseconds=1)
VALUES = st.sampled_from([None, False, 0, 0.0, 1, 1.0, True, "", "a", [1], [True], {"b": 1}, {"b": 1, "a": 2}])
TEXTS = st.dictionaries(st.sampled_from(["text", "other"]), VALUES)


@dataclass(frozen=True, slots=True)
class Expected:
    """A version as the test remembers it."""

    version: int
    state: dict[str, object] | None
    since: datetime


async def versions_of(shop: Shop, note: Note) -> Sequence[ObjectVersion]:
    async with shop.request.tenant_transaction(note.tenant_id, readonly=True) as conn:
        return (await list_versions(conn, NOTES, NOTES.identify(note)))[0]


async def in_force(shop: Shop, note: Note, moment: datetime) -> int | None:
    async with shop.request.tenant_transaction(note.tenant_id, readonly=True) as conn:
        found = await version_in_force(conn, NOTES, NOTES.identify(note), moment)
    return None if found is None else found.version


@given(steps=st.lists(TEXTS, max_size=6), ends=st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_moment_has_the_version_that_was_in_force_then(
    notes: Shop, steps: Sequence[dict[str, object]], ends: bool
) -> None:
    note = (await notes.create("Law")).result
    history = [Expected(1, note.state, since(note))]
    for texts in steps:
        changed = await notes.change(note, **texts)
        if changed.version != note.version:
            history.append(Expected(changed.version, changed.state, since(changed)))
        note = changed
    note = await notes.delete(note)
    history.append(Expected(note.version, None, since(note)))

    assert [one.since for one in history] == sorted(one.since for one in history)
    kept = list(reversed(await versions_of(notes, note)))
    assert [(one.version, one.state, one.in_force_from) for one in kept] == [
        (one.version, one.state, one.since) for one in history[:-1]
    ]
    assert [one.in_force_to for one in kept] == [one.since for one in history[1:]]
    for before, after in pairwise(kept):
        assert after.changed == changed_fields(before.state, after.state)
        assert after.changed
    for moment in [one.since + shift for one in history for shift in (-MS, timedelta(0), MS)]:
        begun = [one for one in history if one.since <= moment]
        newest = begun[-1] if begun else None
        expected = None if newest is None or newest.state is None else newest.version
        assert await in_force(notes, note, moment) == expected


async def test_a_transaction_that_began_early_is_in_force_from_its_change_on(notes: Shop) -> None:
    note = (await notes.create("First")).result
    has_begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def wait_and_change(change: Change) -> Note:
        has_begun.set()
        await may_go_on.wait()
        return await change_note(change, note, text="slow")

    slow = asyncio.create_task(notes.writes.change("t1", ACTOR, wait_and_change))
    await has_begun.wait()
    quick = await notes.change(note, text="quick")
    before = await clock(notes)
    may_go_on.set()
    changed = (await slow).result

    assert (quick.version, changed.version) == (2, 3)
    assert since(quick) <= before <= since(changed)


async def test_what_is_accepted_after_the_answer_is_judged_by_the_new_version(notes: Shop) -> None:
    note = (await notes.create("First")).result
    for number in range(20):
        note = await notes.change(note, text=str(number))
        accepted = await clock(notes)
        assert since(note) <= accepted
        assert since(note).microsecond % 1000 == 0
        assert await in_force(notes, note, accepted) == note.version


async def test_one_version_is_found_by_its_number_and_lists_are_cut(notes: Shop) -> None:
    note = (await notes.create("First", text="a")).result
    note = await notes.change(note, text="b")
    note = await notes.change(note, other=1)
    at = NOTES.identify(note)
    async with notes.request.tenant_transaction("t1", readonly=True) as conn:
        second = await get_version(conn, NOTES, at, 2)
        missing = await get_version(conn, NOTES, at, 4)
        part, total = await list_versions(conn, NOTES, at, limit=1, offset=1)

    assert second is not None
    assert (second.state, second.changed) == ({"name": "First", "text": "b"}, ("text",))
    assert missing is None
    assert (list(part), total) == ([second], 3)


async def test_the_order_of_members_is_kept_and_is_no_change(notes: Shop) -> None:
    note = (await notes.create("First", tasks={"b": 1, "a": 2})).result
    same = await notes.change(note, tasks={"a": 2, "b": 1})

    assert same.version == 1
    (version,) = await versions_of(notes, note)
    assert list(version.state["tasks"]) == ["b", "a"]


@pytest.mark.parametrize("statement", ["UPDATE object_versions SET version = 9", "DELETE FROM object_versions"])
async def test_nobody_changes_or_removes_a_version(notes: Shop, statement: str) -> None:
    await notes.create("First")

    async def attempt(db: Database) -> None:
        async with db.tenant_transaction("t1") as conn:
            await conn.execute(statement)

    for db in (notes.request, notes.projector):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(db)


async def test_another_tenants_versions_do_not_exist(notes: Shop) -> None:
    note = (await notes.create("First")).result
    async with notes.request.tenant_transaction("t2", readonly=True) as conn:
        assert await list_versions(conn, NOTES, ObjectId("t1", str(note.note_id))) == ([], 0)


async def clock(shop: Shop) -> datetime:
    """The database's clock in whole milliseconds, as records are dated."""
    async with shop.projector.transaction() as conn:
        now: datetime = await conn.fetchval("SELECT date_trunc('milliseconds', clock_timestamp())")
        return now


def since(note: Note) -> datetime:
    assert note.in_force_from is not None
    return note.in_force_from
