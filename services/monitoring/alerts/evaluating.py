"""Starts what evaluates alert rules, and clears their history of what is old."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from libs.pg.database import Database
from libs.pg.hints import Hints
from libs.pg.purges import TablePurge
from libs.service.parts import Parts
from services.monitoring.alerts.evaluation import Evaluation, Pace
from services.monitoring.alerts.evaluator import Evaluator
from services.monitoring.alerts.store import purge_history

_KEPT: Final = timedelta(days=90)


async def start_evaluating(parts: Parts, projector: Database, hints: Hints, pace: Pace) -> None:
    """Start the evaluator and the purge; `projector` has the projector role, `hints` are those of the schedule."""
    evaluator = Evaluator(projector, Evaluation(pace))
    await parts.start("alert evaluator", evaluator.loop(hints))
    parts.looks(evaluator.look)
    purge = partial(purge_history, older_than=_KEPT)
    await parts.start("alert history", TablePurge("alert history", projector, purge))
