"""The law of sessions: any split and repetition of their records, and any interleaving of partitions, leave the same
tables: those that one fold of each session's records makes, counted once more by hand.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from libs.contracts.paths import WORKFLOWS
from libs.contracts.times import EARLIEST_MS
from libs.eventlog.port import StoredRecord
from libs.pg.database import connect_once
from libs.rollups.spans import SPAN_MINUTES
from services.workflows.engine.session import SessionState, fold
from services.workflows.sessions import open_sessions, store
from services.workflows.sessions.model import MINUTE_MS, SessionEntry, SessionKey
from services.workflows.sessions.open_sessions import OpenSessions
from services.workflows.sessions.projection import TABLES
from tests.support.read_models import assert_requests_may_not_write, assert_requests_see_one_tenant
from tests.support.workflows.sessions import PROJECTION, SessionsWorld, history, stored

TENANTS = ("default", "acme")


def partitions_of(rng: random.Random) -> list[list[StoredRecord]]:
    """Two partitions with sessions of both tenants, whose records mix, few of them under a key not their session's."""
    found: list[list[StoredRecord]] = []
    for partition in range(2):
        histories = [
            (rng.choice(TENANTS), list(history(rng, f"{partition}/{number}")))
            for number in range(rng.randrange(20, 40))
        ]
        mixed: list[StoredRecord] = []
        while histories:
            tenant_id, left = rng.choice(histories)
            key = f"{tenant_id}:another" if rng.random() < 0.05 else None
            mixed.append(stored(left.pop(0), tenant_id=tenant_id, key=key, at=(partition, len(mixed))))
            histories = [one for one in histories if one[1]]
        found.append(mixed)
    return found


def batches(rng: random.Random, partitions: Sequence[Sequence[StoredRecord]]) -> Iterator[list[StoredRecord]]:
    """One interleaving, split somehow."""
    left = [list(part) for part in partitions]
    while any(left):
        batch: list[StoredRecord] = []
        for _ in range(rng.choice((1, 1, 3, 20, 200))):
            if any(left):
                batch.append(rng.choice([part for part in left if part]).pop(0))
        yield batch


def folded(partitions: Sequence[Sequence[StoredRecord]]) -> dict[SessionKey, SessionState]:
    """Every session by one fold of its records."""
    states: dict[SessionKey, SessionState] = {}
    for entry in (PROJECTION.decode(record) for part in partitions for record in part):
        state = fold(states.get(entry.session), entry.record, tenant_id=entry.tenant_id, key=entry.key)
        if state is not None:
            states[entry.session] = state
    return states


def counted(states: dict[SessionKey, SessionState]) -> Counter[tuple[Any, ...]]:
    """The counts that there must be."""
    return Counter(
        (
            state.tenant_id,
            state.started.workflow,
            state.status,
            length,
            (state.started.at - EARLIEST_MS) // MINUTE_MS // length,
        )
        for state in states.values()
        for length in SPAN_MINUTES
    )


async def found(world: SessionsWorld, keys: Sequence[SessionKey]) -> dict[SessionKey, SessionState]:
    async with world.entered() as conn:
        return await store.load(conn, keys)


async def counts(world: SessionsWorld) -> dict[tuple[Any, ...], int]:
    async with world.entered() as conn:
        rows = await conn.fetch("SELECT tenant_id, workflow, status, length, span, n FROM session_counts WHERE n <> 0")
    return {tuple(row)[:5]: row["n"] for row in rows}


@pytest.mark.parametrize("seed", range(3))
async def test_any_split_and_interleaving_leave_what_one_fold_makes(world: SessionsWorld, seed: int) -> None:
    rng = random.Random(seed)
    partitions = partitions_of(rng)
    expected = folded(partitions)
    for batch in batches(rng, partitions):
        await world.apply(batch)
    assert await found(world, sorted(expected)) == expected
    assert await counts(world) == counted(expected)


async def test_a_rebuild_counts_and_finds_the_same(world: SessionsWorld) -> None:
    partitions = partitions_of(random.Random(7))
    expected = folded(partitions)
    async with world.entered() as conn:
        await PROJECTION.fill(conn, [PROJECTION.decode(record) for part in partitions for record in part])
    conn = await connect_once(world.url, application_name="tests")
    try:
        await conn.execute(f"SET search_path = {world.schema}")
        await conn.execute(store.COUNT_ALL)
    finally:
        await conn.close()
    assert await found(world, sorted(expected)) == expected
    assert await counts(world) == counted(expected)


async def test_an_executor_finds_what_is_open_in_its_partitions_a_page_at_a_time(
    world: SessionsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_sessions, "_PAGE", 3)
    partitions = partitions_of(random.Random(9))
    for part in partitions:
        await world.apply(part)
    theirs = {key: state for key, state in folded(partitions[1:]).items() if state.is_open}
    async with OpenSessions(world.projector).opened([1]) as opened:
        pages = [page async for page in opened.pages()]
    states = [state for page in pages for state in page]
    assert len(pages) > 1
    assert {SessionKey(one.tenant_id, one.session_id): one for one in states} == theirs
    assert states == sorted(states, key=lambda one: (one.started.at, one.session_id))
    assert {place.partition for place in opened.positions} == {1}
    key, state = min(theirs.items())
    assert (await OpenSessions(world.projector).load_some([key])).states == [state]


@pytest.mark.parametrize("table", TABLES)
async def test_requests_see_one_tenant_and_may_not_write(world: SessionsWorld, table: str) -> None:
    for part in partitions_of(random.Random(1)):
        await world.apply(part)
    await assert_requests_see_one_tenant(world, table)
    await assert_requests_may_not_write(world, WORKFLOWS)


def test_an_entry_is_of_the_session_that_its_record_names() -> None:
    entry = PROJECTION.decode(partitions_of(random.Random(2))[0][0])
    assert isinstance(entry, SessionEntry)
    assert entry.session == SessionKey(entry.tenant_id, entry.record.session_id)
