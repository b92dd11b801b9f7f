"""The members of a group: where they start, how they share, and that nothing is lost when they change."""

from libs.eventlog.port import (
    EventLog,
    TopicPartition,
)
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


class GroupContract(ContractPart):
    """Subscriptions of a group."""

    async def test_a_member_starts_where_its_listener_says(self, log: EventLog, group: str) -> None:
        await log.append([record("k", str(n).encode()) for n in range(5)])
        view = View()
        view.positions[TopicPartition(ONE.name, 0)] = 3
        async with subscribed(log, group, member="a", topic=ONE, view=view) as member:
            assert [one.value for one in await read(member, 2)] == [b"3", b"4"]

    async def test_a_member_without_a_position_starts_at_the_beginning(self, log: EventLog, group: str) -> None:
        await log.append([record("k", b"0")])
        async with subscribed(log, group, member="a", topic=ONE) as member:
            assert [one.value for one in await read(member, 1)] == [b"0"]
            await log.append([record("k", b"1")])
            assert [one.value for one in await read(member, 1)] == [b"1"]
            assert member.assignment == frozenset(all_partitions(ONE))

    async def test_a_hint_does_not_move_a_later_member(self, log: EventLog, group: str) -> None:
        await log.append([record("k", b"0")])
        async with subscribed(log, group, member="a", topic=ONE) as member:
            await read(member, 1)
            await member.commit_hint({TopicPartition(ONE.name, 0): 1})
        async with subscribed(log, group, member="a", topic=ONE) as member:
            assert [one.value for one in await read(member, 1)] == [b"0"]

    async def test_groups_do_not_share(self, log: EventLog, group: str) -> None:
        await log.append([record("k", b"0")])
        for name in (group, group + "-other"):
            async with subscribed(log, name, member="a", topic=ONE) as member:
                assert [one.value for one in await read(member, 1)] == [b"0"]
                await member.commit_hint({TopicPartition(ONE.name, 0): 1})

    async def test_two_members_share_all_partitions(self, log: EventLog, open_log: OpenLog, group: str) -> None:
        other = await open_log()
        async with subscribed(log, group, member="a") as one, subscribed(other, group, member="b") as two:
            members = Members(one, two)
            await members.until(members.share_all)
            assert {len(one.assignment), len(two.assignment)} == {3}

    async def test_a_leaving_member_leaves_its_partitions_to_the_others(
        self, log: EventLog, open_log: OpenLog, group: str
    ) -> None:
        other = await open_log()
        async with subscribed(log, group, member="a") as staying:
            async with subscribed(other, group, member="b") as leaving:
                members = Members(staying, leaving)
                await members.until(members.share_all)
            rest = Members(staying)
            await rest.until(rest.share_all)

    async def test_a_restarted_member_is_back_in_its_place(self, log: EventLog, open_log: OpenLog, group: str) -> None:
        view, keys = View(), [f"k{n}" for n in range(100)]
        async with subscribed(log, group, member="a", view=view) as staying:
            async with subscribed(await open_log(), group, member="b", view=view) as stopped:
                members = Members(staying, stopped)
                await members.until(members.share_all)
            async with subscribed(await open_log(), group, member="b", view=view) as restarted:
                await log.append([record(key, topic=MANY) for key in keys])
                members = Members(staying, restarted)
                await members.until(lambda: members.share_all() and self._apply(view, members) == len(keys))

    async def test_a_rebalance_in_the_middle_of_a_batch_loses_nothing(
        self, log: EventLog, open_log: OpenLog, group: str
    ) -> None:
        view, count = View(), 300
        await log.append([record(f"k{n}", topic=MANY) for n in range(count)])
        async with subscribed(log, group, member="a", view=view) as one:
            in_hand = await read(one, 1, max_records=50)
            async with subscribed(await open_log(), group, member="b", view=view) as two:
                members = Members(one, two)
                await members.until(lambda: bool(two.assignment))
                view.apply(in_hand)
                await members.until(lambda: members.share_all() and self._apply(view, members) == count)
        assert len({(one.topic_partition, one.offset) for one in view.applied}) == count

    @staticmethod
    def _apply(view: View, members: Members) -> int:
        """Apply what the members polled; a record beyond its position waits for those before it, polled again."""
        view.apply(members.records)
        members.records.clear()
        return len(view.applied)
