"""Versions of definitions as the matches need them; none ever changes, so each is loaded once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from libs.pg.database import Connection
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import MONITORING_VERSIONS_MISSING
from services.monitoring.definitions.model import Definition
from services.monitoring.definitions.store import VersionKey, load_versions
from services.monitoring.matches.matcher import Rules

_log = get_logger(__name__)
_KEPT = 20_000


class KnownVersion(NamedTuple):
    """A version, and what the walk needs of it."""

    definition: Definition
    rules: Rules


class Versions:
    """The versions that were asked for so far, up to a bound; several batches may ask at once."""

    def __init__(self) -> None:
        self._known: dict[VersionKey, KnownVersion] = {}
        self._reported: set[VersionKey] = set()

    async def load(self, conn: Connection, wanted: Collection[VersionKey]) -> Mapping[VersionKey, KnownVersion]:
        """Return those of the versions that exist."""
        known = {key: self._known[key] for key in wanted if key in self._known}
        missing = [key for key in wanted if key not in known]
        if missing:
            for key, definition in (await load_versions(conn, missing)).items():
                known[key] = KnownVersion(definition, rules_of(key[2], definition))
            if len(self._known) > _KEPT:
                self._known.clear()
            self._known.update(known)
            self._report(key for key in missing if key not in known)
        return known

    def _report(self, keys: Iterable[VersionKey]) -> None:
        """Log and count versions that do not exist, each once."""
        if new := set(keys) - self._reported:
            if len(self._reported) > _KEPT:
                self._reported.clear()
            self._reported |= new
            MONITORING_VERSIONS_MISSING.inc(len(new))
            _log.warning("versions_missing", count=len(new), first=min(new))


def rules_of(version: int, definition: Definition) -> Rules:
    """Return a version as the walk needs it."""
    return Rules(
        version=version,
        forbidden=tuple(event.is_blacklisted for event in definition.events),
        threshold_ms=definition.threshold_in_ms,
    )
