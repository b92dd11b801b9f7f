"""Members that decide for themselves come to one fair sharing, and stay there."""

from hypothesis import given
from hypothesis import strategies as st

from libs.eventlog.port import TopicPartition
from libs.eventlog.sharing import share_of

Holders = dict[TopicPartition, str]
Members = dict[str, list[str]]


def turn(member: str, members: Members, partitions: dict[str, int], holders: Holders) -> bool:
    """One member's turn; whether it changed anything."""
    share = share_of(member, members, partitions, holders)
    assert all(holders[place] == member for place in share.give_up)
    assert not any(place in holders for place in share.take)
    for place in share.give_up:
        del holders[place]
    holders.update(dict.fromkeys(share.take, member))
    return bool(share.give_up or share.take)


def settle(members: Members, partitions: dict[str, int], holders: Holders, order: list[str]) -> int:
    """Turns in rounds until nobody changes anything; how many rounds that took."""
    for rounds in range(1, 20):
        if sum(turn(member, members, partitions, holders) for member in order) == 0:
            return rounds
    raise AssertionError("it does not come to rest")


@st.composite
def groups(draw: st.DrawFn) -> tuple[Members, dict[str, int], Holders, list[str]]:
    partitions = draw(st.dictionaries(st.sampled_from(["t1", "t2", "t3"]), st.integers(1, 12), min_size=1))
    names = draw(st.lists(st.sampled_from("abcdefg"), min_size=1, unique=True))
    members = {name: sorted(partitions) for name in names}
    every = [TopicPartition(topic, number) for topic, count in partitions.items() for number in range(count)]
    holders = {place: draw(st.sampled_from(names)) for place in every if draw(st.booleans())}
    return members, partitions, holders, draw(st.permutations(names))


@given(groups())
def test_any_state_comes_to_a_fair_rest(group: tuple[Members, dict[str, int], Holders, list[str]]) -> None:
    members, partitions, holders, order = group
    settle(members, partitions, holders, order)
    for topic, count in partitions.items():
        held = [sum(1 for place, who in holders.items() if place.topic == topic and who == name) for name in members]
        assert sum(held) == count
        assert max(held) - min(held) <= 1


@given(groups(), st.sampled_from("xyz"))
def test_a_newcomer_moves_no_more_than_its_share(
    group: tuple[Members, dict[str, int], Holders, list[str]], newcomer: str
) -> None:
    members, partitions, holders, order = group
    settle(members, partitions, holders, order)
    before = dict(holders)
    settle({**members, newcomer: sorted(partitions)}, partitions, holders, [*order, newcomer])
    moved = [place for place in holders if holders[place] != before[place]]
    assert {holders[place] for place in moved} <= {newcomer}


def test_a_member_that_does_not_read_a_topic_gets_none_of_it() -> None:
    holders: Holders = {}
    settle({"a": ["t1"], "b": ["t1", "t2"]}, {"t1": 2, "t2": 2}, holders, ["a", "b"])
    assert {who for place, who in holders.items() if place.topic == "t2"} == {"b"}
    assert sorted(who for place, who in holders.items() if place.topic == "t1") == ["a", "b"]


def test_topics_of_one_partition_are_spread_over_the_members() -> None:
    partitions = {"t1": 1, "t2": 1}
    holders: Holders = {}
    settle({"a": ["t1", "t2"], "b": ["t1", "t2"]}, partitions, holders, ["a", "b"])
    assert sorted(holders.values()) == ["a", "b"]
