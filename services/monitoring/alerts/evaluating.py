"""Starts what evaluates alert rules, and clears their history of what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from libs.background.loops import Periodic
from libs.pg.database import Database
from libs.pg.errors import PASSING
from libs.pg.hints import Hints
from libs.service.parts import Parts
from services.monitoring.alerts.evaluation import Evaluation, Pace
from services.monitoring.alerts.evaluator import Evaluator
from services.monitoring.alerts.store import purge_history

PURGE_INTERVAL_S: Final = 3_600.0
_KEPT: Final = timedelta(days=90)


async def start_evaluating(parts: Parts, projector: Database, hints: Hints, pace: Pace) -> None:
    """Start the evaluator and the purge; `projector` has the projector role, `hints` are those of the schedule."""
    evaluator = Evaluator(projector, Evaluation(pace))
    await parts.start("alert evaluator", evaluator.loop(hints))
    parts.looks(evaluator.look)

    async def purge() -> None:
        async with projector.transaction() as conn:
            await purge_history(conn, _KEPT)

    await parts.start(
        "alert history", Periodic("alert history", PURGE_INTERVAL_S, purge, survives=PASSING, at_once=True)
    )
