"""The gate over a real database: what is accepted after a change is judged by it, each record under its own ids."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from libs.contracts.topics import MANIFEST, MONITORING_STEPS
from libs.eventlog.appending import append_all
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import AppendOutcome, Record
from libs.pg.database import Database
from services.monitoring.definitions.model import STOPPED
from tests.support.monitoring.definitions import definition
from tests.support.monitoring.gates import WATERMARK_MS, Gates, accepted
from tests.support.projections import running
from tests.support.waiting import eventually


class Killed(Exception):
    """The process ended."""


class KillingLog(MemoryEventLog):
    """Ends the process when it has acknowledged its first steps, before the position moves."""

    def __init__(self) -> None:
        super().__init__()
        self.kills = 1

    async def append(self, records: Sequence[Record]) -> Sequence[AppendOutcome]:
        outcomes = await super().append(records)
        if self.kills and records[0].topic == MONITORING_STEPS.name:
            self.kills -= 1
            raise Killed
        return outcomes


@pytest.fixture
async def gates(log: MemoryEventLog, projector_db: Database) -> Gates:
    """A log without records, and no definition."""
    return Gates(log, projector_db)


async def begun(gates: Gates) -> bool:
    """Return whether a gate has started before, so that it has a position."""
    async with gates.db.transaction() as conn:
        return bool(await conn.fetchval("SELECT count(*) > 0 FROM monitoring.gate_positions"))


async def numbers(gates: Gates) -> list[int]:
    return [step.number for step in await gates.steps()]


async def test_a_record_accepted_after_a_change_is_judged_by_it_though_nobody_waited(gates: Gates) -> None:
    async with running(gates.gate()) as runner:
        await eventually(lambda: runner.figures.has_begun)
        await gates.accept(1)
        one = await gates.define(definition("ORDER.CREATE"))
        await gates.accept(2)
        two = await gates.change(one, definition=definition("ORDER.CREATE", "CREATE"))
        await gates.accept(3)
        stopped = await gates.change(two, definition=definition("CREATE", status=STOPPED))
        await gates.accept(4)
        again = await gates.change(stopped, definition=definition("CREATE"))
        await gates.accept(5)
        await gates.change(again, deleted_at=datetime.now(UTC))
        await gates.accept(6)
        await eventually(lambda: runner.figures.applied == 6)

    hits = {step.number: [(hit.version, hit.steps) for hit in step.hits if hit.current] for step in await gates.steps()}
    assert hits == {2: [(1, 0b1)], 3: [(2, 0b11)], 5: [(4, 0b1)]}


async def test_records_wait_in_the_log_for_a_gate_and_are_judged_as_of_when_they_were_accepted(gates: Gates) -> None:
    async with running(gates.gate()) as runner:
        await eventually(lambda: runner.figures.has_begun)
    await gates.accept(1)
    one = await gates.define(definition("ORDER.CREATE"))
    await gates.accept(2)
    await gates.change(one, deleted_at=datetime.now(UTC))
    await gates.accept(3)

    async with running(gates.gate()) as runner:
        await eventually(lambda: runner.figures.applied == 3)

    assert await numbers(gates) == [2]


async def test_a_step_lies_under_its_matches_key_at_the_accept_time(gates: Gates) -> None:
    await gates.define(definition("CREATE", correlation_property="total"))
    await gates.define(definition("CREATE", name="other"), 2)
    record = accepted(7, user_id="ann")
    async with running(gates.gate()) as runner:
        await eventually(lambda: runner.figures.has_begun)
        await append_all(gates.log, [record])
        await eventually(lambda: runner.figures.applied == 1)

    stored = await gates.stored_steps()
    assert {one.key for one in stored} == {"default:user:ann", "default:total:1"}
    assert {one.timestamp_ms for one in stored} == {record.timestamp_ms}
    assert {(step.accepted_at, step.watermark_ms) for step in await gates.steps()} == {
        (record.timestamp_ms, WATERMARK_MS)
    }
    assert len({dict(one.headers)["ce_id"] for one in stored}) == 2


async def test_a_gate_that_died_before_its_position_moved_repeats_the_same_ids(projector_db: Database) -> None:
    log = KillingLog()
    await log.ensure_topics(MANIFEST)
    gates = Gates(log, projector_db)
    await gates.define(definition("CREATE"))
    killed = asyncio.create_task(gates.gate().run())
    await eventually(lambda: begun(gates))
    await gates.accept(*range(1, 21))
    with pytest.raises(Killed):
        await killed
    before = await gates.stored_steps()
    async with running(gates.gate()) as runner:
        await eventually(lambda: runner.figures.applied == 20)

    stored = await gates.stored_steps()
    repeats = Counter((one.key, one.value, one.headers, one.timestamp_ms) for one in stored)
    assert before
    assert len(stored) == len(before) + 20
    assert len(repeats) == 20


async def test_gates_share_the_partitions_and_keep_the_order_of_a_key(gates: Gates) -> None:
    await gates.define(definition("CREATE"))
    async with running(gates.gate("one")) as one, running(gates.gate("two")) as two:
        await eventually(lambda: one.figures.has_begun and two.figures.has_begun)
        for start in range(1, 121, 20):
            await append_all(
                gates.log, [accepted(n, user_id=f"user-{n % 4}", uow_id=f"u-{n % 4}") for n in range(start, start + 20)]
            )
        await eventually(lambda: all_are_forwarded(gates))

    by_key: dict[str | None, list[int]] = {}
    for stored, step in zip(await gates.stored_steps(), await gates.steps(), strict=True):
        by_key.setdefault(stored.key, []).append(step.number)
    assert {key: list(dict.fromkeys(its)) for key, its in by_key.items()} == {
        f"default:user:user-{at}": [n for n in range(1, 121) if n % 4 == at] for at in range(4)
    }


async def all_are_forwarded(gates: Gates) -> bool:
    return set(await numbers(gates)) == set(range(1, 121))


async def test_a_record_that_cannot_be_read_is_parked_where_a_definition_names_it(gates: Gates) -> None:
    await gates.define(definition("ORDER.CREATE"))
    unreadable = [
        msgspec.structs.replace(accepted(number, action=action), value=value)
        for number, action, value in (
            (2, "CREATE", b'{"resourceType": "ORDER", "action": "CREATE"}'),
            (3, "CREATE", b"{"),
            (4, "READ", b'{"resourceType": "ORDER", "action": "READ"}'),
        )
    ]
    async with running(gates.gate()) as runner:
        await eventually(lambda: runner.figures.has_begun)
        await gates.accept(1)
        await append_all(gates.log, unreadable)
        await gates.accept(5)
        await eventually(lambda: (runner.figures.applied, runner.figures.parked) == (3, 2))

    assert sorted(await numbers(gates)) == [1, 5]
