"""The rule by which members of a group share partitions: fair per topic, and moving as few as possible.

Pure rules, used by the logs that have no broker to decide it. Every member decides for itself from the same state: it
gives up what it holds above its share and takes what nobody holds up to its share, so that no partition has two
holders and repeated rounds come to rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from libs.eventlog.port import TopicPartition


@dataclass(frozen=True, slots=True)
class Share:
    """The partitions that a member should give up and may take now."""

    give_up: frozenset[TopicPartition]
    take: frozenset[TopicPartition]


def share_of(
    member: str,
    members: Mapping[str, Collection[str]],
    partitions: Mapping[str, int],
    holders: Mapping[TopicPartition, str],
) -> Share:
    """Return the share of `member`, one of the living `members` (name to topics).

    `partitions` counts them per topic; `holders` names the holder of every partition that a living member holds.
    """
    totals = Counter(holders.values())
    give_up: set[TopicPartition] = {tp for tp, holder in holders.items() if holder == member}
    take: set[TopicPartition] = set()
    for topic in sorted(set(members[member]) & set(partitions)):
        every = [TopicPartition(topic, number) for number in range(partitions[topic])]
        held = [tp for tp in every if holders.get(tp) == member]
        quota = _quota(member, [name for name, topics in members.items() if topic in topics], every, holders, totals)
        give_up.difference_update(held[:quota])
        free = [tp for tp in every if tp not in holders]
        taken = free[: max(0, quota - len(held))]
        take.update(taken)
        totals[member] += len(taken)
    return Share(frozenset(give_up), frozenset(take))


def _quota(
    member: str,
    readers: list[str],
    every: list[TopicPartition],
    holders: Mapping[TopicPartition, str],
    totals: Mapping[str, int],
) -> int:
    """Return how many partitions of a topic `member` may hold; who holds more already gets the remainder first."""
    held = Counter(holders.get(tp) for tp in every)
    order = sorted(readers, key=lambda name: (-held[name], totals.get(name, 0), name))
    base, remainder = divmod(len(every), len(readers))
    return base + (1 if order.index(member) < remainder else 0)
