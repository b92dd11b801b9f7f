"""The versions of definitions by which records are judged now, kept in memory and compiled.

They are as new as the transaction that reads them: a definition that was committed before a record was accepted judges
it, however far the log's own copy of definitions is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from math import inf
from typing import Protocol

from libs.pg.database import Connection
from services.monitoring.definitions.model import VersionInForce, judged_until_ms
from services.monitoring.gate.gate_index import DefinitionKey, GateIndex

_MARGIN_MS = 3_600_000
"""How much older than the records at hand others may be without another look at the tables."""

Revision = Callable[[Connection], Awaitable[int]]


class VersionsSince(Protocol):
    """Finds versions as `services.monitoring.definitions.store.versions_since` does."""

    async def __call__(self, conn: Connection, revision: int, /, *, oldest_ms: int) -> Sequence[VersionInForce]: ...


class VersionsInForce:
    """The versions that may judge a record accepted at or after some time, up to a revision of the definitions."""

    def __init__(self, revision: Revision, versions_since: VersionsSince, *, watermark_ms: int) -> None:
        self._find_revision = revision
        self._find_versions = versions_since
        self._watermark_ms = watermark_ms
        self._revision = 0
        self._oldest_ms: float = inf
        self._index = GateIndex(watermark_ms=watermark_ms)
        self._definitions: dict[DefinitionKey, dict[int, VersionInForce]] = {}

    async def index(self, conn: Connection, earliest_ms: int) -> GateIndex:
        """Return the tests of records accepted at or after `earliest_ms`, by all that is committed."""
        newest = await self._find_revision(conn)
        oldest_ms = earliest_ms - _MARGIN_MS
        if newest < self._revision or earliest_ms < self._oldest_ms:
            versions = await self._find_versions(conn, 0, oldest_ms=oldest_ms)
            self._definitions, self._index = {}, GateIndex(watermark_ms=self._watermark_ms)
            self._take(versions)
            self._revision, self._oldest_ms = newest, oldest_ms
        elif newest > self._revision:
            self._take(await self._find_versions(conn, self._revision, oldest_ms=oldest_ms))
            self._forget(oldest_ms)
            self._revision, self._oldest_ms = newest, max(oldest_ms, self._oldest_ms)
        return self._index

    def _take(self, versions: Iterable[VersionInForce]) -> None:
        changed: dict[DefinitionKey, dict[int, VersionInForce]] = {}
        for one in versions:
            key = one.tenant_id, one.definition_id
            changed[key] = known = self._definitions.setdefault(key, {})
            known[one.version] = one
        self._index.replace(one for known in changed.values() for one in known.values())

    def _forget(self, before_ms: int) -> None:
        """Forget the versions that judge nothing accepted at or after `before_ms`."""
        changed: list[DefinitionKey] = []
        for key, known in list(self._definitions.items()):
            left = {at: one for at, one in known.items() if judged_until_ms(one, self._watermark_ms) > before_ms}
            if len(left) < len(known):
                changed.append(key)
                self._definitions[key] = left
            if not left:
                del self._definitions[key]
        left_over = (one for key in changed for one in self._definitions.get(key, {}).values())
        self._index.replace(left_over, also=changed)
