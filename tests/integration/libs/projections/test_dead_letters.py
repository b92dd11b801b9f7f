"""Parked records listed and replayed: once, and only what is valid now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from libs.contracts.envelope import decode_headers
from libs.contracts.errors import InvalidRecord
from libs.eventlog.errors import AppendFailed
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import StoredRecord, TopicPartition
from libs.pg.database import Database
from libs.projections.generations import serving_generation
from libs.projections.operators.dead_letters import Place, ReplayRefused, list_dead_letters, replay
from libs.projections.operators.discarding import DISCARDED, DiscardRefused, discard, forget_beyond
from libs.projections.rebuild import rebuilder
from libs.projections.rebuild.requests import request_rebuild
from libs.projections.rebuild.switch import switch
from tests.support.projections import FAST, NAME, SERVICE, TOPIC, Sums, World, expected, raw, running, toy
from tests.support.waiting import eventually

GOOD = [toy(number) for number in range(20)]


@pytest.fixture
async def operator(database_url: str) -> AsyncIterator[Database]:
    async with await Database.connect(database_url, role=None, application_name="operator") as db:
        yield db


@pytest.fixture
async def parked(world: World) -> World:
    """Five records parked at decode, one at apply, twenty applied."""
    await world.append([*GOOD, *[raw(number, b"{") for number in range(5)], toy(99, n=666)])
    async with running(world.runner()):
        await eventually(world.is_level)
    return world


def mended() -> Sums:
    projection = Sums()
    projection.forgiving = True
    return projection


async def test_they_are_listed_with_their_reasons(parked: World, operator: Database) -> None:
    found = await list_dead_letters(operator, parked.projector_of)
    assert len(found) == 6
    assert {letter.projection for letter in found} == {"toys.sums"}
    assert {letter.stage for letter in found} == {"decode", "apply"}
    assert all(letter.reason and letter.first_seen and letter.last_tried is None for letter in found)
    assert await list_dead_letters(operator, parked.projector_of, service="other") == []
    assert len(await list_dead_letters(operator, parked.projector_of, service=SERVICE, name=NAME, limit=2)) == 2


async def test_a_replay_after_the_fix_adds_them_once(parked: World) -> None:
    assert await replay(parked.projector, mended(), parked.log) == (6, 0)
    view = await parked.view()
    assert view["acme", "mended"] == (5, 5)
    assert await parked.counts() == (26, 26, 0)
    assert await replay(parked.projector, mended(), parked.log) == (0, 0)
    assert await parked.view() == view
    assert await parked.counts() == (26, 26, 0)


async def test_what_is_still_invalid_stays_with_its_new_reason(parked: World) -> None:
    class Otherwise(Sums):
        def decode(self, record: object) -> None:
            raise InvalidRecord("different now")

    assert await replay(parked.projector, Otherwise(), parked.log) == (0, 6)
    rows = await parked.parked()
    assert {(row["stage"], row["reason"]) for row in rows} == {("decode", "different now")}
    assert all(row["last_tried"] for row in rows)
    assert await parked.counts() == (26, 20, 6)
    assert await parked.view() == expected(GOOD)


async def test_one_record_is_replayed_alone(parked: World, operator: Database) -> None:
    letter = (await list_dead_letters(operator, parked.projector_of))[0]
    assert await replay(parked.projector, mended(), parked.log, only=letter.place) == (1, 0)
    assert await parked.counts() == (26, 21, 5)
    with pytest.raises(ReplayRefused, match="nothing is parked at"):
        await replay(parked.projector, mended(), parked.log, only=letter.place)
    with pytest.raises(ReplayRefused):
        await replay(parked.projector, mended(), parked.log, only=Place("nowhere", 0, 0))


async def test_more_than_one_transaction_full_is_replayed(world: World) -> None:
    await world.append([raw(number, b"{", key=f"acme:{number}") for number in range(1_200)])
    async with running(world.runner(settings=replace(FAST, parked_allowed=1_000))):
        await eventually(world.is_level)
    assert await replay(world.projector, mended(), world.log) == (1_200, 0)
    assert await world.counts() == (1_200, 1_200, 0)


async def test_a_replay_beside_the_running_projection(parked: World) -> None:
    async with running(parked.runner()):
        await parked.append([toy(number) for number in range(100, 400)])
        assert await replay(parked.projector, mended(), parked.log) == (6, 0)
        await eventually(parked.is_level)
    assert await parked.counts() == (326, 326, 0)


async def test_a_stopped_projection_goes_on_after_a_replay_or_when_told_to(world: World) -> None:
    await world.append([raw(number, b"{") for number in range(101)])
    async with running(world.runner()) as runner:
        await eventually(lambda: runner.figures.stopped_reason)
        assert (await replay(world.projector, Sums(), world.log)).still_parked == 101
        await eventually(lambda: not runner.figures.stopped_reason)
        await world.append([raw(number, b"{") for number in range(100)])
        await eventually(world.is_level)
        await world.append([raw(number, b"{") for number in range(100)])
        await eventually(lambda: runner.figures.stopped_reason)
        await world.resume()
        await eventually(lambda: not runner.figures.stopped_reason)
        await world.append([toy(1)])
        await eventually(world.is_level)


async def test_a_program_of_another_version_is_refused(parked: World) -> None:
    with pytest.raises(ReplayRefused, match="rebuild first"):
        await replay(parked.projector, Sums(version=2), parked.log)


@pytest.fixture
async def owned(world: World) -> World:
    """Three records of a tenant and one of nobody's parked, two applied."""
    await world.append([raw(number, b"{", key=f"acme:{number}", tenant="acme") for number in range(3)])
    await world.append([raw(9, b"{"), toy(1), toy(2)])
    async with running(world.runner()):
        await eventually(world.is_level)
    return world


async def told(world: World) -> list[StoredRecord]:
    """The events that say what was discarded."""
    reader = await world.log.reader(await world.log.beginning_offsets((TOPIC,)))
    found: list[StoredRecord] = []
    while records := await reader.poll(timeout_s=0.1, max_records=100):
        found += [record for record in records if dict(record.headers).get("ce_type") == DISCARDED.encode()]
    await reader.stop()
    return found


async def test_what_is_discarded_counts_as_applied_and_is_told_to_its_tenant(owned: World) -> None:
    assert await discard(owned.projector, Sums(), owned.log, reason="a typing error") == 4
    assert await owned.counts() == (6, 6, 0)
    events = await told(owned)
    assert {decode_headers(event.headers).tenant_id for event in events} == {"acme"}
    assert len({decode_headers(event.headers).id for event in events}) == 3
    payload = orjson.loads(events[0].value or b"")
    assert (payload["model"], payload["reason"], payload["stage"]) == ("toys.sums", "a typing error", "decode")
    assert payload["parkedBecause"].startswith("not a toy")
    assert await discard(owned.projector, Sums(), owned.log, reason="again") == 0


async def test_one_record_is_discarded_alone(owned: World, operator: Database) -> None:
    letter = (await list_dead_letters(operator, owned.projector_of))[0]
    assert await discard(owned.projector, Sums(), owned.log, reason="why", only=letter.place) == 1
    assert await owned.counts() == (6, 3, 3)
    with pytest.raises(DiscardRefused, match="nothing is parked at"):
        await discard(owned.projector, Sums(), owned.log, reason="why", only=letter.place)


async def test_a_rebuild_parks_nothing_again_that_was_discarded(owned: World) -> None:
    places = await places_of(owned)
    place = min(places)
    await discard(owned.projector, Sums(), owned.log, reason="why", only=place)
    async with running(owned.runner()) as runner:
        await request_rebuild(owned.projector, SERVICE, NAME, reason="asked for")
        await eventually(lambda: runner.figures.generation == 2, timeout_s=30.0)
        await eventually(owned.is_level)
    # The toy reads events, and what an operator discarded is no toy.
    assert (await places_of(owned)) & places == places - {place}


async def test_what_is_discarded_during_a_rebuild_is_not_parked_after_it(
    owned: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = await places_of(owned)
    place = min(places)

    async def discarding_first(*arguments: Any) -> bool:
        if place in await places_of(owned):
            await discard(owned.projector, Sums(), owned.log, reason="why", only=place)
        return await switch(*arguments)

    monkeypatch.setattr(rebuilder, "switch", discarding_first)
    async with running(owned.runner()) as runner:
        await request_rebuild(owned.projector, SERVICE, NAME, reason="asked for")
        await eventually(lambda: runner.figures.generation == 2, timeout_s=30.0)
        await eventually(owned.is_level)
    assert (await places_of(owned)) & places == places - {place}
    read, applied, parked = await owned.counts()
    assert read == applied + parked


async def test_what_was_discarded_beyond_the_end_of_the_log_is_forgotten(owned: World) -> None:
    await discard(owned.projector, Sums(), owned.log, reason="why")
    async with owned.projector.transaction() as conn:
        serving = await serving_generation(conn, SERVICE, NAME)
    assert serving is not None
    before = await discarded(owned)
    lost = max(before)
    ends = {**await owned.log.end_offsets((TOPIC,)), TopicPartition(lost.topic, lost.partition): lost.offset}
    await forget_beyond(owned.projector, serving, "another log", {})
    assert await discarded(owned) == before
    await forget_beyond(owned.projector, serving, serving.log_id, ends)
    assert await discarded(owned) == before - {lost}
    await forget_beyond(owned.projector, serving, serving.log_id, {})
    assert await discarded(owned) == set()


async def discarded(world: World) -> set[Place]:
    """Where the records lay that an operator discarded."""
    async with world.projector.transaction() as conn:
        rows = await conn.fetch('SELECT topic, partition, "offset" FROM projections.discarded')
    return {Place(*row) for row in rows}


async def places_of(world: World) -> set[Place]:
    """Where the parked records lie."""
    return {Place(row["topic"], row["partition"], row["offset"]) for row in await world.parked()}


async def test_what_the_log_does_not_take_is_not_discarded(owned: World) -> None:
    assert isinstance(owned.log, MemoryEventLog)
    owned.log.broker.refuse = lambda _record: "no room"
    with pytest.raises(AppendFailed):
        await discard(owned.projector, Sums(), owned.log, reason="why")
    assert await owned.counts() == (6, 2, 4)
