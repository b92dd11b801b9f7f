"""Every number that no list shows is explained, and called lost only when nothing else can be."""

from __future__ import annotations

import pytest

from libs.contracts.paths import QUERIES
from libs.contracts.reference import FRONTIER, ReferenceRecord
from libs.contracts.times import EPOCH, format_ms
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import StoredRecord
from libs.httpkit.paging import Page
from libs.projections.generations import serving_generation
from libs.projections.operators.discarding import discard
from libs.projections.parking import APPLY, Fault, park
from libs.projections.positions import entered
from libs.records.catalog import Catalog
from services.queries.interactions import gaps as module
from services.queries.interactions.model import HISTORY
from tests.support.objects import assert_refused
from tests.support.queries.history import PROJECTION, World
from tests.support.read_models import projecting
from tests.support.records import START_MS, catalog_of, interaction, recorded, stored_reference, voided
from tests.support.unfiltered import unfiltered
from tests.support.waiting import eventually

ALL = Page(1, 100)


def with_frontier(below: int, positions: dict[str, int]) -> Catalog:
    catalog = catalog_of("default")
    data = {"below": below, "positions": positions, "at": format_ms(START_MS)}
    record = ReferenceRecord(kind=FRONTIER, tenant_id="default", id="default", version=below, data=data)
    catalog.apply(stored_reference(record))
    return catalog


async def runs(world: World, catalog: Catalog | None = None) -> list[tuple[int, int, str]]:
    total, gaps, _ = await world.history(catalog).gaps("default", ALL)
    assert total == len(gaps)
    return [(gap.first, gap.last, gap.state) for gap in gaps]


async def reasons(world: World) -> list[tuple[int, int, str, str | None]]:
    _, gaps, _ = await world.history().gaps("default", ALL)
    return [(gap.first, gap.last, gap.state, gap.reason) for gap in gaps]


async def set_position(world: World, partition: int, next_offset: int) -> None:
    async with world.projector.transaction() as conn:
        await conn.execute(
            f"UPDATE {world.schema}.positions SET next_offset = $3 WHERE topic = $1 AND partition = $2",
            INTERACTIONS.name,
            partition,
            next_offset,
        )


async def parked(world: World, record: StoredRecord, offset: int, reason: str) -> None:
    """Park the record as its projection would."""
    record.offset = offset
    async with world.projector.transaction() as conn:
        found = await serving_generation(conn, QUERIES, HISTORY)
    assert found is not None
    async with entered(world.projector, found, idle_s=5) as inside:
        await park(inside, [record], [Fault(record, APPLY, reason)], EPOCH)


async def test_without_numbers_there_are_no_gaps(world: World) -> None:
    assert await runs(world) == []


async def test_numbers_that_are_shown_are_no_gaps(world: World) -> None:
    await world.apply([recorded(interaction(number)) for number in range(1, 20)])
    assert await runs(world) == []


async def test_a_void_says_its_reason_and_time(world: World) -> None:
    await world.apply([recorded(interaction(1)), voided(2), voided(3), voided(4, reason="another"), voided(5)])
    total, gaps, _ = await world.history().gaps("default", ALL)
    assert total == 3
    assert [(gap.first, gap.last, gap.reason) for gap in gaps] == [
        (2, 3, "the gateway ended"),
        (4, 4, "another"),
        (5, 5, "the gateway ended"),
    ]
    assert gaps[0].at is not None
    assert format_ms(START_MS + 2) == gaps[0].at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_a_recorded_interaction_beats_a_void_whatever_comes_first(world: World) -> None:
    await world.apply([voided(1), recorded(interaction(2)), recorded(interaction(4))])
    await world.apply([recorded(interaction(1)), voided(2)])
    assert await runs(world) == [(3, 3, "in flight")]


async def test_a_duplicate_says_of_which(world: World) -> None:
    first = [recorded(interaction(number)) for number in (1, 2, 3)]
    again = [
        recorded(interaction(number + 3, interaction_id=interaction(number).interaction_id)) for number in (1, 2, 3)
    ]
    await world.apply([*first, *again, recorded(interaction(7))])
    total, gaps, _ = await world.history().gaps("default", ALL)
    assert total == 1
    assert (gaps[0].first, gaps[0].last, gaps[0].state, gaps[0].duplicate_of) == (4, 6, "duplicate", 1)


async def test_a_parked_number_says_why(world: World) -> None:
    await world.apply([recorded(interaction(1)), recorded(interaction(3))])
    await parked(world, recorded(interaction(2)), 5, "not to be read")
    await parked(world, recorded(interaction(1, "acme"), "acme"), 6, "of another tenant")
    assert await reasons(world) == [(2, 2, "parked", "not to be read")]


async def test_a_number_that_an_earlier_version_parked_says_why_once_the_projection_has_started(world: World) -> None:
    await world.apply([recorded(interaction(1)), recorded(interaction(3))])
    await parked(world, recorded(interaction(2)), 5, "not to be read")
    async with world.projector.transaction() as conn:
        await conn.execute(f"UPDATE {world.schema}.parked SET tenant_id = NULL")
    assert await runs(world) == [(2, 2, "in flight")]
    async with projecting(world, PROJECTION):
        await eventually(lambda: _is_parked(world))
    assert await reasons(world) == [(2, 2, "parked", "not to be read")]


async def _is_parked(world: World) -> bool:
    return await runs(world) == [(2, 2, "parked")]


async def test_a_discarded_number_says_why_to_its_own_tenant(world: World) -> None:
    await world.apply([recorded(interaction(1)), recorded(interaction(3))])
    await parked(world, recorded(interaction(2)), 5, "not to be read")
    await parked(world, recorded(interaction(1, "acme"), "acme"), 6, "of another tenant")
    await discard(world.projector, PROJECTION, world.log, reason="a test of ours")
    assert await reasons(world) == [(2, 2, "discarded", "a test of ours")]
    async with world.projector.transaction() as conn:
        await conn.execute("UPDATE projections.discarded SET log_id = 'the log before a copy'")
    assert await reasons(world) == [(2, 2, "discarded", "a test of ours")]


async def test_what_nothing_explains_is_in_flight_until_the_frontier_is_applied(world: World) -> None:
    await world.apply([recorded(interaction(1)), recorded(interaction(3)), recorded(interaction(6))])
    assert await runs(world) == [(2, 2, "in flight"), (4, 5, "in flight")]
    catalog = with_frontier(5, {"0": 10, "1": 4})
    await set_position(world, 0, 10)
    assert await runs(world, catalog) == [(2, 2, "in flight"), (4, 5, "in flight")]
    await set_position(world, 1, 4)
    assert await runs(world, catalog) == [(2, 2, "lost"), (4, 4, "lost"), (5, 5, "in flight")]


async def test_numbers_below_the_frontier_count_although_nothing_came(world: World) -> None:
    assert await runs(world, with_frontier(4, {})) == [(1, 3, "lost")]


async def test_gaps_of_many_blocks_are_found(world: World) -> None:
    await world.apply([recorded(interaction(number)) for number in (1, 16_384, 50_000)])
    assert await runs(world) == [(2, 16_383, "in flight"), (16_385, 49_999, "in flight")]


async def test_gaps_are_paged(world: World) -> None:
    await world.apply([recorded(interaction(number)) for number in range(2, 40, 2)])
    history = world.history()
    total, first, _ = await history.gaps("default", Page(1, 5))
    _, last, _ = await history.gaps("default", Page(4, 5))
    past = await history.gaps("default", Page(9, 5))
    assert total == 19
    assert [gap.first for gap in first] == [1, 3, 5, 7, 9]
    assert [gap.first for gap in last] == [31, 33, 35, 37]
    assert past[:2] == (19, [])


async def test_another_tenants_numbers_are_not_looked_at(world: World) -> None:
    await world.apply([recorded(interaction(9, "acme"), "acme")])
    assert await runs(world) == []


async def test_parked_records_are_apart_without_the_applications_filter(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await parked(world, recorded(interaction(1)), 1, "our own")
    await parked(world, recorded(interaction(1, "acme"), "acme"), 2, "of another tenant")
    monkeypatch.setattr(module, "_SQL", unfiltered(module._SQL))
    for tenant_id, reasons in (("default", ["our own"]), ("acme", ["of another tenant"]), ("third", [])):
        async with world.requests.tenant_transaction(tenant_id, readonly=True) as conn:
            await conn.execute(f"SET LOCAL search_path = {world.schema}")
            rows = await conn.fetch(module._SQL.parked_records, "default", INTERACTIONS.name, 100)
        assert [row["reason"] for row in rows] == reasons


async def test_requests_see_nothing_that_a_parked_record_holds(world: World) -> None:
    for column in ("key", "value", "*"):
        await assert_refused(world.requests, f"SELECT {column} FROM {world.schema}.parked", "default")
