"""Differences between an existing topic and its declaration, in the sentences that every log uses."""

from __future__ import annotations

from libs.contracts.topics import Topic
from libs.eventlog.errors import LogMismatch


def check_partitions(topic: Topic, partitions: int) -> None:
    """Raise LogMismatch unless the topic has the declared number of partitions."""
    if partitions != topic.partitions:
        raise LogMismatch(f"topic {topic.name} has {partitions} partitions, expected {topic.partitions}")


def check_topic(wanted: Topic, found: Topic | None) -> str | None:
    """Return a sentence that says how the topic differs from its declaration, or None."""
    if found is None:
        return f"topic {wanted.name} is missing"
    if found.partitions != wanted.partitions:
        return f"topic {wanted.name} has {found.partitions} partitions, expected {wanted.partitions}"
    if found.compacted != wanted.compacted:
        return f"topic {wanted.name} is {_policy(found)}, expected {_policy(wanted)}"
    return None


def _policy(topic: Topic) -> str:
    return "compacted" if topic.compacted else "not compacted"
