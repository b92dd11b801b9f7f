"""How far matches are decided."""

from __future__ import annotations

from datetime import datetime

from libs.contracts.paths import MONITORING
from libs.contracts.times import from_ms
from libs.pg.database import Connection
from libs.projections.passed import passed_by_model
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.matches.ticker import TICKER_SQL


async def decided_by_matches(conn: Connection) -> datetime:
    """Return up to when steps are applied and nothing is due: the stage of the matches. Raises ModelBehind."""
    applied = await passed_by_model(MONITORING, MATCHES_MODEL)(conn)
    due_ms = await conn.fetchval(TICKER_SQL.oldest_due)
    return applied if due_ms is None else min(applied, from_ms(due_ms))
