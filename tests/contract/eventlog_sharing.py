"""Subscriptions of several groups in one process: each sees every record, whatever the others do."""

import asyncio

from libs.eventlog.port import EventLog, StoredRecord, Subscription, TopicPartition
from tests.support.eventlog import (
    MANY,
    ONE,
    ContractPart,
    Members,
    OpenLog,
    View,
    all_partitions,
    read,
    record,
    subscribed,
)

COUNT = 300


async def read_into(view: View, member: Subscription, count: int, *, max_records: int = 500) -> None:
    """Poll and apply until the view has `count` records."""
    async with asyncio.timeout(30):
        while len(view.applied) < count:
            view.apply(await member.poll(timeout_s=0.2, max_records=max_records))


def places_of(records: list[StoredRecord]) -> list[tuple[TopicPartition, int]]:
    return sorted((one.topic_partition, one.offset) for one in records)


async def append_many(log: EventLog, count: int = COUNT, *, value: bytes = b"v") -> None:
    await log.append([record(f"k{n}", value, topic=MANY) for n in range(count)])


class SharingContract(ContractPart):
    """Several groups of one client."""

    async def test_groups_see_every_record_wherever_they_stand(self, log: EventLog, group: str) -> None:
        await append_many(log)
        everything, rest = View(), View()
        rest.positions = dict.fromkeys(all_partitions(MANY), 20)
        ends = await log.end_offsets([MANY])
        left = sum(ends.values()) - sum(rest.positions.values())
        async with (
            subscribed(log, f"{group}-all", member="a", view=everything) as one,
            subscribed(log, f"{group}-rest", member="a", view=rest) as two,
        ):
            await asyncio.gather(
                read_into(everything, one, COUNT, max_records=7), read_into(rest, two, left, max_records=50)
            )
            await append_many(log)
            await asyncio.gather(read_into(everything, one, 2 * COUNT), read_into(rest, two, left + COUNT))
        assert len(set(places_of(everything.applied))) == 2 * COUNT
        assert set(places_of(rest.applied)) <= set(places_of(everything.applied))

    async def test_groups_that_stand_level_are_given_the_same_records(self, log: EventLog, group: str) -> None:
        one_view, two_view = View(), View()
        async with (
            subscribed(log, f"{group}-1", member="a", view=one_view) as one,
            subscribed(log, f"{group}-2", member="a", view=two_view) as two,
        ):
            members = Members(one, two)
            await members.until(lambda: all(member.assignment for member in members.members))
            await append_many(log)
            await asyncio.gather(read_into(one_view, one, COUNT), read_into(two_view, two, COUNT))
        assert {id(one) for one in one_view.applied} == {id(one) for one in two_view.applied}

    async def test_a_group_that_stops_leaves_the_other_undisturbed(self, log: EventLog, group: str) -> None:
        await append_many(log)
        view = View()
        async with subscribed(log, f"{group}-1", member="a", view=view) as staying:
            async with subscribed(log, f"{group}-2", member="a") as leaving:
                await asyncio.gather(read_into(view, staying, 50, max_records=50), read(leaving, 10, max_records=10))
                waiting = asyncio.create_task(leaving.poll(timeout_s=5, max_records=500))
                polling = asyncio.create_task(read_into(view, staying, COUNT, max_records=50))
                await asyncio.sleep(0)
            await polling
            await waiting
            await append_many(log)
            await read_into(view, staying, 2 * COUNT)

    async def test_a_rebalance_in_one_group_does_not_disturb_the_other(
        self, log: EventLog, open_log: OpenLog, group: str
    ) -> None:
        moving, steady = View(), View()
        await append_many(log)
        async with (
            subscribed(log, f"{group}-1", member="a", view=moving) as one,
            subscribed(log, f"{group}-2", member="a", view=steady) as other,
        ):
            await read_into(steady, other, 1, max_records=50)
            async with subscribed(await open_log(), f"{group}-1", member="b", view=moving) as two:
                reading = asyncio.create_task(read_into(steady, other, 2 * COUNT, max_records=50))
                members = Members(one, two)
                await members.until(members.share_all)
                await append_many(log)
                await members.until(lambda: _apply(moving, members) == 2 * COUNT)
                await reading
            rest = Members(one)
            await rest.until(rest.share_all)
            await append_many(log)
            await rest.until(lambda: _apply(moving, rest) == 3 * COUNT)
            await read_into(steady, other, 3 * COUNT)
        assert len(set(places_of(moving.applied))) == len(set(places_of(steady.applied))) == 3 * COUNT

    async def test_a_group_far_behind_the_others_reads_everything(self, log: EventLog, group: str) -> None:
        large, count = b"x" * 700_000, 60
        for n in range(count):
            await log.append([record(str(n), large)])
        ahead, behind = View(), View()
        async with (
            subscribed(log, f"{group}-1", member="a", topic=ONE, view=ahead) as quick,
            subscribed(log, f"{group}-2", member="a", topic=ONE, view=behind) as slow,
        ):
            await read_into(behind, slow, 1, max_records=1)
            await read_into(ahead, quick, count, max_records=5)
            await read_into(behind, slow, count, max_records=5)
            await log.append([record("last")])
            await asyncio.gather(read_into(ahead, quick, count + 1), read_into(behind, slow, count + 1))

    async def test_a_group_that_goes_back_reads_again_by_itself(self, log: EventLog, group: str) -> None:
        await append_many(log)
        steady, again = View(), View()
        async with subscribed(log, f"{group}-1", member="a", view=steady) as one:
            async with subscribed(log, f"{group}-2", member="a", view=again) as two:
                await asyncio.gather(read_into(steady, one, COUNT), read_into(again, two, COUNT))
            again.positions.clear()
            async with subscribed(log, f"{group}-2", member="a", view=again) as two:
                await asyncio.gather(read_into(again, two, 2 * COUNT), append_many(log))
                await asyncio.gather(read_into(again, two, 3 * COUNT), read_into(steady, one, 2 * COUNT))


def _apply(view: View, members: Members) -> int:
    """Apply what the members polled."""
    view.apply(members.records)
    members.records.clear()
    return len(view.applied)
