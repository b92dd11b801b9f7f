"""The read model `matches` in a database of its own, folded by projections that remember nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import orjson

from libs.eventlog.port import Record
from services.monitoring.definitions.model import Definition
from services.monitoring.matches.projection import MatchesProjection
from services.monitoring.matches.walk import Arrived
from tests.support.read_models import ModelWorld

ROOM = 4


class MatchesWorld(ModelWorld):
    """The model's world."""

    async def fold(self, events: Sequence[Arrived]) -> list[Record]:
        """Fold one batch by a projection that remembers nothing, and return what it publishes."""
        async with self.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.schema}, monitoring")
            return list(await matches_projection().apply(conn, events))

    async def define(self, versions: Mapping[tuple[str, int, int], Definition]) -> None:
        """Store versions, as the definitions' own writes do."""
        async with self.projector.transaction() as conn:
            for (tenant_id, definition_id, version), definition in versions.items():
                state = orjson.loads(msgspec.json.encode(definition))
                await conn.execute(
                    "INSERT INTO monitoring.object_versions"
                    " (tenant_id, kind, object_id, version, state, changed, in_force_from)"
                    " VALUES ($1, 'critical_interaction', $2, $3, $4, '{}', now())",
                    *(tenant_id, str(definition_id), version, state),
                )

    async def rows(self, table: str) -> list[tuple[object, ...]]:
        """Return the rows of a table, sorted."""
        async with self.projector.transaction() as conn:
            return sorted(map(tuple, await conn.fetch(f"SELECT * FROM {self.schema}.{table}")))


def matches_projection() -> MatchesProjection:
    """Return a projection that lets `ROOM` matches of a definition be open."""
    return MatchesProjection(open_matches_max=ROOM, partitions=1)
