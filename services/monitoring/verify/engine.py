"""The walk of all definitions over the source records, by every version as it was in force; pure."""

from __future__ import annotations

import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from libs.contracts.critical_interactions import Result
from libs.contracts.errors import InvalidRecord
from libs.contracts.monitoring_steps import Closing, Step
from libs.eventlog.port import StoredRecord
from services.monitoring.definitions.model import Definition, VersionInForce, outlasts_ms
from services.monitoring.gate.gate_index import GateIndex
from services.monitoring.gate.judging import steps_of
from services.monitoring.gate.records import decode_named
from services.monitoring.matches.matcher import DefinitionMatches, Rules
from services.monitoring.matches.results import result_of
from services.monitoring.matches.versions import rules_of
from services.monitoring.matches.walk import DefinitionKey
from services.monitoring.rewalk.walk import MemoryWalk


class TenantStep(NamedTuple):
    """A step, and its key."""

    tenant_id: str
    match_key: str
    step: Step


class DecidedResult(NamedTuple):
    """A result, its tenant, and the instant at which it was decided."""

    tenant_id: str
    result: Result
    decided_ms: int


class Rewalk:
    """Every definition's matches from `start_ms` on; `closings` are in the order of their instants."""

    def __init__(
        self,
        versions: Sequence[VersionInForce],
        closings: Sequence[tuple[str, Closing]],
        start_ms: int,
        *,
        watermark_ms: int,
    ) -> None:
        self.scanned = self.relevant = 0
        self._watermark_ms = watermark_ms
        self._index = GateIndex(versions, watermark_ms=watermark_ms)
        self._versions = {(one.tenant_id, one.definition_id, one.version): one.definition for one in versions}
        self._matches = _matches_of(self._versions)
        self._closings = deque(one for one in closings if (one[0], one[1].definition_id) in self._matches)
        self._walk = MemoryWalk(self._matches, start_ms)

    def sift(self, record: StoredRecord) -> Iterator[TenantStep]:
        """Yield the steps of a record; an invalid one has none."""
        self.scanned += 1
        try:
            named = decode_named(record)
            if named is not None:
                for keyed in steps_of(self._index, named, self._watermark_ms):
                    yield TenantStep(named.tenant_id, *keyed)
        except InvalidRecord:
            return

    def walk(self, steps: Iterable[TenantStep], until_ms: int) -> list[DecidedResult]:
        """Walk steps in the order in which they were accepted, then time up to `until_ms`; return what ended."""
        for tenant_id, match_key, step in steps:
            self._close(step.accepted_at)
            self.relevant += self._walk.step(tenant_id, match_key, step)
        self._close(until_ms)
        self._walk.pass_time(until_ms)
        for matches in self._matches.values():
            matches.tallies.clear()
        return [
            DecidedResult(
                key.tenant_id, result_of(key, end, self._definition(key[:2], end.match.version)), end.decided_at
            )
            for key, end in self._walk.drain()
        ]

    def _close(self, until_ms: int) -> None:
        while self._closings and self._closings[0][1].at <= until_ms:
            self._walk.close(*self._closings.popleft())

    def _definition(self, key: DefinitionKey, version: int) -> Definition:
        return self._versions[(*key, version)]


def longest_match_ms(versions: Iterable[VersionInForce], watermark_ms: int) -> int:
    """Return how long a match of these versions can take."""
    return max((outlasts_ms(one.definition, watermark_ms) for one in versions), default=0)


def _matches_of(versions: dict[tuple[str, int, int], Definition]) -> dict[DefinitionKey, DefinitionMatches]:
    rules: defaultdict[DefinitionKey, dict[int, Rules]] = defaultdict(dict)
    for (tenant_id, definition_id, version), definition in versions.items():
        rules[tenant_id, definition_id][version] = rules_of(version, definition)
    return {key: DefinitionMatches(own, room=sys.maxsize) for key, own in rules.items()}
