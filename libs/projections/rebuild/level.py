"""The positions that a generation must have reached to take over from the one that serves."""

from __future__ import annotations

from libs.eventlog.port import Positions, TopicPartition
from libs.projections.generations import Generation


def level_with(
    old: Generation, new: Generation, reached: Positions, ends: Positions, *, publishes: bool
) -> dict[TopicPartition, int]:
    """Return where `new` is level with `old`, which has `reached` positions of a log with these ends.

    Positions of another log mean nothing. Those beyond an end were reached through records that the log has lost, and
    nobody knows of the records there now whether what comes of them was published: a projection that publishes begins
    anew then, and publishes everything again, under the same ids.
    """
    if old.log_id != new.log_id:
        return {}
    if publishes and any(offset > ends.get(place, 0) for place, offset in reached.items()):
        return {}
    return {place: min(offset, ends[place]) for place, offset in reached.items() if place in ends}
