"""Versions of definitions as the matches need them; none ever changes, so each is loaded once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from libs.pg.database import Connection
from services.monitoring.definitions.model import Definition
from services.monitoring.definitions.store import VersionKey, load_versions
from services.monitoring.matches.matcher import Rules

_KEPT = 20_000


class Versions:
    """The versions that were asked for so far, up to a bound."""

    def __init__(self) -> None:
        self._known: dict[VersionKey, tuple[Definition, Rules]] = {}

    async def load(self, conn: Connection, wanted: Collection[VersionKey]) -> None:
        """Load those that are not known; one that does not exist stays unknown."""
        if len(self._known) > _KEPT:
            self._known.clear()
        missing = [key for key in wanted if key not in self._known]
        if missing:
            for key, definition in (await load_versions(conn, missing)).items():
                self._known[key] = definition, rules_of(key[2], definition)

    def rules(self, tenant_id: str, definition_id: int, versions: Collection[int]) -> Mapping[int, Rules]:
        """Return the rules of the versions of a definition, as far as they are known."""
        found = {version: self._known.get((tenant_id, definition_id, version)) for version in versions}
        return {version: known[1] for version, known in found.items() if known is not None}

    def definition(self, tenant_id: str, definition_id: int, version: int) -> Definition:
        """Return a version that is known."""
        return self._known[(tenant_id, definition_id, version)][0]


def rules_of(version: int, definition: Definition) -> Rules:
    """Return a version as the walk needs it."""
    return Rules(
        version=version,
        forbidden=tuple(event.is_blacklisted for event in definition.events),
        threshold_ms=definition.threshold_in_ms,
    )
