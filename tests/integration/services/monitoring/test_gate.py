"""The gate over a real database: what is accepted after a change is judged by it, each record under its own ids."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

import httpx
import msgspec
import pytest

from libs.contracts.topics import MONITORING_STEPS
from libs.eventlog.appending import append_all
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import AppendOutcome, Record
from libs.pg.database import Database, connect_once
from tests.support.monitoring.defining import create, delete, patch
from tests.support.monitoring.gates import WATERMARK_MS, Gates, accepted
from tests.support.projections import running
from tests.support.waiting import eventually

CREATED = [{"name": "CREATE"}]


@pytest.fixture
async def gates(log: MemoryEventLog, projector_db: Database) -> Gates:
    """Gates over the log and the database of the service; one has started before, so that they have a position."""
    gates = Gates(log, projector_db)
    async with running(gates.gate()) as runner:
        await eventually(lambda: runner.figures.has_begun)
    return gates


async def numbers(gates: Gates) -> list[int]:
    return [step.number for step in await gates.steps()]


async def test_a_record_accepted_after_the_answer_is_judged_by_the_change_though_nobody_waited(
    gates: Gates, client: httpx.AsyncClient
) -> None:
    async with running(gates.gate()):
        await gates.accept(1)
        await create(client, events=[{"name": "ORDER.CREATE"}])
        await gates.accept(2)
        await patch(client, events=[{"name": "ORDER.CREATE"}, *CREATED])
        await gates.accept(3)
        await patch(client, status="STOPPED")
        await gates.accept(4)
        await patch(client, status="RUNNING", events=CREATED)
        await gates.accept(5)
        await delete(client)
        await gates.accept(6)
        await eventually(gates.is_level)

    hits = {step.number: [(hit.version, hit.steps) for hit in step.hits if hit.current] for step in await gates.steps()}
    assert hits == {2: [(1, 0b1)], 3: [(2, 0b11)], 5: [(4, 0b1)]}


async def test_records_that_waited_are_judged_as_of_when_they_were_accepted(
    gates: Gates, client: httpx.AsyncClient
) -> None:
    await gates.accept(1)
    await create(client, events=CREATED)
    await gates.accept(2)
    await delete(client)
    await gates.accept(3)

    async with running(gates.gate()):
        await eventually(gates.is_level)

    assert await numbers(gates) == [2]


async def test_a_step_lies_under_its_matches_key_at_the_accept_time(gates: Gates, client: httpx.AsyncClient) -> None:
    await create(client, "Cart", events=CREATED, correlationProperty="total")
    await create(client, "User", events=CREATED)
    record = accepted(7, user_id="ann")
    async with running(gates.gate()):
        await append_all(gates.log, [record])
        await eventually(gates.is_level)

    stored = await gates.stored_steps()
    assert {one.key for one in stored} == {"acme:user:ann", "acme:total:1"}
    assert {one.timestamp_ms for one in stored} == {record.timestamp_ms}
    assert {(step.accepted_at, step.watermark_ms) for step in await gates.steps()} == {
        (record.timestamp_ms, WATERMARK_MS)
    }
    assert len({dict(one.headers)["ce_id"] for one in stored}) == 2


async def test_versions_of_before_the_database_fell_back_are_forgotten_when_the_gate_serves_again(
    gates: Gates, client: httpx.AsyncClient, service_url: str
) -> None:
    await create(client, events=CREATED)
    owner = await connect_once(service_url, application_name="tests")
    async with running(gates.gate()):
        await gates.accept(1)
        await eventually(gates.is_level)
        # As a restore leaves it, and other changes up to the same revision.
        await owner.execute("ALTER TABLE monitoring.object_versions NO FORCE ROW LEVEL SECURITY")
        async with owner.transaction():
            await owner.execute(
                "UPDATE monitoring.object_versions SET state = replace(state::text, 'CREATE', 'CANCEL')::json"
            )
            await owner.execute(
                "UPDATE monitoring.gate_positions SET next_offset = next_offset - 1 WHERE next_offset > 0"
            )
        await eventually(gates.is_level)
        await gates.accept(2)
        await eventually(gates.is_level)
    await owner.close()

    assert await numbers(gates) == [1]


class Killed(Exception):
    """The process ended."""


async def test_a_gate_that_died_before_its_position_moved_repeats_the_same_ids(
    gates: Gates, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = gates.log.append

    async def append_and_die(records: Sequence[Record]) -> Sequence[AppendOutcome]:
        outcomes = await append(records)
        if records[0].topic == MONITORING_STEPS.name:
            raise Killed
        return outcomes

    await create(client, events=CREATED)
    await gates.accept(*range(1, 21))
    with monkeypatch.context() as patched:
        patched.setattr(gates.log, "append", append_and_die)
        with pytest.raises(Killed):
            await asyncio.wait_for(gates.gate().run(), 20)
    before = await gates.stored_steps()
    async with running(gates.gate()):
        await eventually(gates.is_level)

    repeats = Counter((one.key, one.value, one.headers, one.timestamp_ms) for one in await gates.stored_steps())
    assert before
    assert repeats.total() == len(before) + 20
    assert len(repeats) == 20


async def test_gates_share_the_partitions_and_keep_the_order_of_a_key(gates: Gates, client: httpx.AsyncClient) -> None:
    await create(client, events=CREATED)
    async with running(gates.gate("one")), running(gates.gate("two")):
        for start in range(1, 121, 20):
            numbered = range(start, start + 20)
            await append_all(gates.log, [accepted(n, user_id=f"u-{n % 4}", uow_id=f"u-{n % 4}") for n in numbered])
        await eventually(lambda: all_are_forwarded(gates))

    by_key: dict[str | None, list[int]] = {}
    for stored, step in zip(await gates.stored_steps(), await gates.steps(), strict=True):
        by_key.setdefault(stored.key, []).append(step.number)
    assert {key: list(dict.fromkeys(its)) for key, its in by_key.items()} == {
        f"acme:user:u-{at}": [n for n in range(1, 121) if n % 4 == at] for at in range(4)
    }


async def all_are_forwarded(gates: Gates) -> bool:
    return set(await numbers(gates)) == set(range(1, 121))


async def test_a_record_that_cannot_be_read_is_parked_where_a_definition_names_it(
    gates: Gates, client: httpx.AsyncClient
) -> None:
    await create(client, events=[{"name": "ORDER.CREATE"}])
    unreadable = [
        msgspec.structs.replace(accepted(number, action=action), value=value)
        for number, action, value in (
            (2, "CREATE", b'{"resourceType": "ORDER", "action": "CREATE"}'),
            (3, "CREATE", b"{"),
            (4, "READ", b'{"resourceType": "ORDER", "action": "READ"}'),
        )
    ]
    async with running(gates.gate()) as runner:
        await gates.accept(1)
        await append_all(gates.log, unreadable)
        await gates.accept(5)
        await eventually(gates.is_level)
        await eventually(lambda: runner.figures.parked == 2)

    assert sorted(await numbers(gates)) == [1, 5]
