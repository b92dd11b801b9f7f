"""Walks steps in memory, by a clock that passes with the accept times of the records.

What is remembered is bounded by what a definition may have open and by what a key may hold: keys that are idle are
forgotten as the read model forgets them.
"""

from __future__ import annotations

from collections.abc import Mapping

from libs.contracts.monitoring_steps import Closing, Step, Tick
from services.monitoring.matches.matcher import DefinitionMatches, Ended
from services.monitoring.matches.store import ledger_key
from services.monitoring.matches.walk import Arrived, DefinitionKey, MatchKey, PartitionWalk

_GROWTH_BETWEEN_SWEEPS = 1_000


class MemoryWalk:
    """The matches of definitions from `start_ms` on; a step that comes again is known."""

    def __init__(self, definitions: Mapping[DefinitionKey, DefinitionMatches], start_ms: int) -> None:
        self._walk = PartitionWalk(0, start_ms, definitions, {}, [])
        self._seen: set[int] = set()
        self._sweep_at = _GROWTH_BETWEEN_SWEEPS

    @property
    def size(self) -> int:
        """How many keys and times are remembered."""
        return len(self._walk.touched) + len(self._walk.due)

    def step(self, tenant_id: str, match_key: str, step: Step) -> bool:
        """Walk a step once time has passed up to its accept time; return whether it is a new one."""
        arrived = Arrived(0, 0, tenant_id, match_key, step)
        seen = hash(ledger_key(arrived, step))
        if seen in self._seen:
            return False
        self._seen.add(seen)
        self.pass_time(step.accepted_at)
        self._walk.take(arrived)
        return True

    def close(self, tenant_id: str, closing: Closing) -> None:
        """Take the end of a definition once time has passed up to it."""
        self.pass_time(closing.at)
        self._walk.take(Arrived(0, 0, tenant_id, "", closing))

    def pass_time(self, until_ms: int) -> None:
        """Let everything happen that is due until the clock stands at `until_ms`; it never goes back."""
        walk = self._walk
        while walk.due and walk.due[0].due_ms <= max(until_ms, walk.clock_ms):
            walk.take(Arrived(0, 0, "", "", Tick(as_of=until_ms)))
        walk.clock_ms = max(until_ms, walk.clock_ms)
        if self.size >= self._sweep_at:
            self._walk.forget_idle()
            self._sweep_at = _GROWTH_BETWEEN_SWEEPS + 2 * self.size

    def drain(self) -> list[tuple[MatchKey, Ended]]:
        """Return the matches that ended since the last call, in order."""
        ended, self._walk.ended = self._walk.ended, []
        return ended
