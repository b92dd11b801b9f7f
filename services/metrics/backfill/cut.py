"""The cut: the offsets from which on the live fold has all contributions to a series that came after its generation.

Every batch locks the positions of its partitions before it reads which series there are. The cut holds all positions of
the generation while it writes down where they stand. Batches that come after see the series, so the live fold has
everything from the cut on. Some of those before may have seen it too: what both fold, the ledger counts once.
"""

from __future__ import annotations

from collections.abc import Sequence

from libs.pg.columns import as_columns
from libs.pg.database import Database
from libs.projections.generations import Generation
from libs.projections.positions import hold_all
from services.metrics.backfill.coverage import Beginning
from services.metrics.backfill.generation import BACKFILL_SQL, entered


async def is_cut_wanted(db: Database, generation: Generation) -> bool:
    """Return whether there are series that came after the generation and are not cut yet. Raises as `cut` does."""
    async with entered(db, generation) as inside:
        return bool(await inside.conn.fetchval(BACKFILL_SQL.is_cut_wanted))


async def cut(db: Database, generation: Generation, beginnings: Sequence[Beginning]) -> int:
    """Cut the series that came after the generation and are not cut yet; return how many there were.

    They lack the records between `beginnings` and the cut. Raises GenerationChanged, ProjectionStopped.
    """
    async with entered(db, generation) as inside:
        await hold_all(inside.conn, inside.tables)
        rows = await inside.conn.fetch(BACKFILL_SQL.cut, *as_columns(beginnings, 4))
    return len({row["series_id"] for row in rows})
