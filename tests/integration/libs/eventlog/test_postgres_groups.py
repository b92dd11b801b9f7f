"""Groups of the PostgreSQL log: leases that end, names that are taken over, members that wake up late."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from libs.contracts.topics import Topic
from libs.eventlog.port import Positions, Record, TopicPartition
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.membership import GroupSettings
from libs.eventlog.postgres.subscription import PostgresSubscription
from tests.support.waiting import eventually

TOPIC = Topic("t", key="k", description="d")
SESSION_TIMEOUT_S = 0.9


class Listener:
    """Remembers what was assigned; everything begins at 0."""

    def __init__(self) -> None:
        self.calls: list[frozenset[TopicPartition]] = []

    async def __call__(self, places: frozenset[TopicPartition]) -> Positions:
        self.calls.append(places)
        return dict.fromkeys(places, 0)


@pytest.fixture
async def logs(database_url: str) -> AsyncIterator[Sequence[PostgresEventLog]]:
    settings = PostgresLogSettings(
        group=GroupSettings(session_timeout_s=SESSION_TIMEOUT_S, max_poll_interval_s=SESSION_TIMEOUT_S)
    )
    logs = [PostgresEventLog(database_url, settings) for _ in range(2)]
    for log in logs:
        await log.start()
    await logs[0].ensure_topics([TOPIC])
    yield logs
    for log in logs:
        await log.stop()


async def joined(log: PostgresEventLog, member: str, listener: Listener | None = None) -> PostgresSubscription:
    return await log.subscribe("g", [TOPIC], member=member, on_assigned=listener or Listener())


async def holds(member: PostgresSubscription, count: int) -> bool:
    await member.poll(timeout_s=0.02, max_records=100)
    return len(member.assignment) == count


async def all_held(member: PostgresSubscription, count: int = 6) -> None:
    await eventually(lambda: holds(member, count))


async def test_a_dead_members_partitions_are_taken_over_after_its_lease(logs: Sequence[PostgresEventLog]) -> None:
    dead = await joined(logs[0], "dead")
    await all_held(dead)
    await die(dead)
    survivor = await joined(logs[1], "survivor")
    await all_held(survivor)


async def test_a_stopped_members_partitions_are_free_at_once(logs: Sequence[PostgresEventLog]) -> None:
    leaving = await joined(logs[0], "leaving")
    await all_held(leaving)
    staying = await joined(logs[1], "staying")
    await leaving.stop()
    await staying.poll(timeout_s=0, max_records=1)
    assert len(staying.assignment) == 6


async def test_a_restarted_member_has_its_partitions_at_once(logs: Sequence[PostgresEventLog]) -> None:
    killed, other = await joined(logs[0], "a"), await joined(logs[1], "b")
    await eventually(lambda: both_hold(killed, other))
    places = killed.assignment
    await die(killed)
    listener = Listener()
    restarted = await joined(logs[0], "a", listener)
    await restarted.poll(timeout_s=0, max_records=1)
    assert restarted.assignment == places
    assert listener.calls == [places]


async def both_hold(one: PostgresSubscription, two: PostgresSubscription) -> bool:
    return all(await asyncio.gather(holds(one, 3), holds(two, 3)))


async def test_an_earlier_process_of_a_name_notices_that_it_was_replaced(logs: Sequence[PostgresEventLog]) -> None:
    earlier = await joined(logs[0], "a")
    await all_held(earlier)
    later = await joined(logs[1], "a")
    await all_held(later)
    await eventually(lambda: holds(earlier, 0))
    await logs[0].append([Record("t", f"k{n}", b"v", (), 1) for n in range(20)])
    assert not await earlier.poll(timeout_s=0.1, max_records=100)
    await earlier.stop()
    assert len(await later.poll(timeout_s=1, max_records=100)) > 0
    assert len(later.assignment) == 6


async def test_a_sleeper_gets_nothing_of_what_it_lost(logs: Sequence[PostgresEventLog]) -> None:
    sleeper, listener = await joined(logs[0], "sleeper"), Listener()
    await all_held(sleeper)
    await die(sleeper)
    other = await joined(logs[1], "other", listener)
    await all_held(other)
    await logs[1].append([Record("t", f"k{n}", b"v", (), 1) for n in range(20)])
    assert not await sleeper.poll(timeout_s=0, max_records=100)
    assert not sleeper.assignment


async def test_one_that_lost_its_lease_asks_its_listener_again(logs: Sequence[PostgresEventLog]) -> None:
    listener = Listener()
    member = await joined(logs[0], "a", listener)
    await all_held(member)
    await die(member)
    await eventually(lambda: not member._membership.has_lease)
    await all_held(member)
    assert [len(places) for places in listener.calls] == [6, 6]


async def test_a_member_that_does_not_poll_loses_its_place(logs: Sequence[PostgresEventLog]) -> None:
    stuck = await joined(logs[0], "stuck")
    await all_held(stuck)
    other = await joined(logs[1], "other")
    await all_held(other)
    assert not stuck._membership.has_lease


async def test_a_slow_batch_keeps_its_place(database_url: str) -> None:
    settings = PostgresLogSettings(group=GroupSettings(session_timeout_s=SESSION_TIMEOUT_S, max_poll_interval_s=60))
    slow_log, other_log = PostgresEventLog(database_url, settings), PostgresEventLog(database_url, settings)
    for log in (slow_log, other_log):
        await log.start()
    await slow_log.ensure_topics([TOPIC])
    slow = await joined(slow_log, "slow")
    await all_held(slow)
    other = await joined(other_log, "other")
    renewed_from = slow._membership._leased_until
    await eventually(lambda: slow._membership._leased_until > renewed_from + 2 * SESSION_TIMEOUT_S)
    await other.poll(timeout_s=0, max_records=1)
    assert not other.assignment
    await slow_log.stop()
    await other_log.stop()


async def test_stopping_in_the_middle_of_a_poll_leaves_no_ghost(logs: Sequence[PostgresEventLog]) -> None:
    for number in range(20):
        member = await joined(logs[0], f"m{number}")
        polling = asyncio.create_task(member.poll(timeout_s=1, max_records=1))
        for _ in range(number):
            await asyncio.sleep(0)
        await member.stop()
        await polling
    async with logs[0]._running.db.transaction() as conn:
        assert await conn.fetchval("SELECT count(*) FROM log.members") == 0
        assert await conn.fetchval("SELECT count(*) FROM log.assignments") == 0


async def test_hints_are_kept_for_dashboards(logs: Sequence[PostgresEventLog]) -> None:
    member = await joined(logs[0], "a")
    await member.commit_hint({TopicPartition("t", 2): 7})
    await member.commit_hint({TopicPartition("t", 2): 9})
    async with logs[0]._running.db.transaction() as conn:
        row = await conn.fetchrow("SELECT topic, partition, next_offset FROM log.group_offsets WHERE group_name = 'g'")
    assert tuple(row or ()) == ("t", 2, 9)


async def die(member: PostgresSubscription) -> None:
    """What a kill does: nobody renews the lease any more, and nothing is said."""
    await member._membership._renewing.stop()
