"""Rules that objects share: unique names, a limit for each tenant, changes meant for one version."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import pytest

from libs.httpkit.errors import PreconditionFailed
from libs.httpkit.preconditions import ANY_VERSION, etag, parse_if_match
from libs.objects.changes import Change
from libs.objects.limits import LimitReached
from libs.objects.names import NameTaken, fold_name
from tests.support.notes import ACTOR, Note, Shop, create_note

T = TypeVar("T")


async def outcomes(attempts: Sequence[Awaitable[T]], refusal: type[Exception]) -> tuple[list[T], int]:
    """What succeeded of attempts made at once, and how many were refused; nothing else happens."""
    made = await asyncio.gather(*attempts, return_exceptions=True)
    assert all(isinstance(one, refusal) for one in made if isinstance(one, BaseException)), made
    return [one for one in made if not isinstance(one, BaseException)], sum(isinstance(one, refusal) for one in made)


async def test_a_name_is_taken_whatever_its_case(notes: Shop) -> None:
    await notes.create("Straße")
    other = (await notes.create("Other")).result

    with pytest.raises(NameTaken, match="STRASSE"):
        await notes.create("STRASSE")
    with pytest.raises(NameTaken):
        await notes.change(other, name="straße")
    assert (await notes.change(other, name="OTHER")).name == "OTHER"
    await notes.create("straße", tenant_id="t2")


async def test_a_name_that_is_taken_leaves_the_transaction_usable(notes: Shop) -> None:
    await notes.create("First")

    async def try_names(change: Change) -> Note:
        with pytest.raises(NameTaken):
            await create_note(change, "FIRST")
        return await create_note(change, "Second")

    assert (await notes.writes.change("t1", ACTOR, try_names)).result.name == "Second"


async def test_of_several_at_once_one_gets_the_name(notes: Shop) -> None:
    made, refused = await outcomes([notes.create(name) for name in ("name", "Name", "NAME", "nAme")], NameTaken)

    assert (len(made), refused) == (1, 3)


async def test_a_deleted_name_is_free_and_an_archived_one_is_taken(notes: Shop) -> None:
    deleted, archived = [(await notes.create(name)).result for name in ("Deleted", "Archived")]
    await notes.delete(deleted)
    await notes.archive(archived)

    again = (await notes.create("deleted")).result
    assert again.note_id != deleted.note_id
    with pytest.raises(NameTaken):
        await notes.create("archived")
    with pytest.raises(NameTaken):
        await notes.create("Deleted")


def test_names_are_compared_composed() -> None:
    assert fold_name("E\N{COMBINING ACUTE ACCENT}cole") == fold_name("\N{LATIN SMALL LETTER E WITH ACUTE}COLE")


async def test_a_tenant_never_has_more_than_its_limit(notes: Shop) -> None:
    made, refused = await outcomes([notes.create(f"n{number}", limit=3) for number in range(7)], LimitReached)

    assert (len(made), refused) == (3, 4)
    with pytest.raises(LimitReached, match="at most 3 notes"):
        await notes.create("more", limit=3)
    await notes.create("elsewhere", limit=3, tenant_id="t2")
    await notes.delete(made[0].result)
    made, refused = await outcomes([notes.create(f"m{number}", limit=3) for number in range(3)], LimitReached)
    assert (len(made), refused) == (1, 2)


async def test_requests_for_one_name_and_the_last_place_end(notes: Shop) -> None:
    """An insert that waits for a name while its owner waits for the lock of the limit would be a deadlock."""
    for number in range(5):
        names = [f"a{number}", f"b{number}", f"a{number}", f"b{number}"]
        made, _ = await outcomes([notes.create(name, limit=100) for name in names], NameTaken)
        assert len(made) == 2


async def test_of_changes_meant_for_one_version_one_happens(notes: Shop) -> None:
    note = (await notes.create("First")).result
    match = parse_if_match(etag(note.version))
    made, refused = await outcomes(
        [notes.change(note, match=match, text=str(number)) for number in range(4)], PreconditionFailed
    )

    assert ([one.version for one in made], refused) == ([2], 3)


async def test_a_change_for_another_version_changes_nothing(notes: Shop) -> None:
    note = (await notes.create("First", text="a")).result

    with pytest.raises(PreconditionFailed, match='"1"'):
        await notes.change(note, match=parse_if_match('"2"'), text="b")
    with pytest.raises(PreconditionFailed):
        await notes.change(note, match=parse_if_match('"2"'), text="a")
    for match in (ANY_VERSION, parse_if_match("*"), parse_if_match(None), parse_if_match('"7", "1"')):
        assert (await notes.change(note, match=match, text="a")).version == 1
