"""Alert rules that are due, evaluated by whichever API process has room, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from libs.eventlog.errors import ModelBehind
from libs.pg.database import Connection, Database
from libs.pg.errors import FAULTS, PASSING, is_transient
from libs.pg.hints import Hints
from libs.schedule.due_loop import DueLoop
from libs.schedule.schedule import DueRow
from libs.telemetry.logger import get_logger
from libs.telemetry.metrics import ALERT_EVALUATION_LAG_SECONDS, ALERT_EVALUATIONS
from services.monitoring.alerts.evaluation import Evaluation
from services.monitoring.alerts.rules import SCHEDULE

BATCH: Final = 100
"""How many rules one transaction evaluates at most."""
_RETRY_S: Final = 60.0
_log = get_logger(__name__)


class Evaluator:
    """Evaluates rules of all tenants; `db` connects as the projector role."""

    def __init__(self, db: Database, evaluation: Evaluation) -> None:
        self._db = db
        self._evaluation = evaluation

    def loop(self, hints: Hints) -> DueLoop:
        """Return the loop that evaluates rules when they are due.

        A database that is away and a model that is not built are waited for: their own checks say so.
        """
        return DueLoop(
            "alert evaluator", SCHEDULE, self._db, hints, self.evaluate_due, survives=(*PASSING, ModelBehind)
        )

    async def evaluate_due(self, limit: int = BATCH) -> bool:
        """Evaluate up to `limit` rules that are due; return whether there were so many. Raises ModelBehind."""
        async with self._db.transaction() as conn:
            due = await SCHEDULE.take_due(conn, limit=limit)
            outcomes = await self._outcomes(conn, due) if due else []
        for outcome in outcomes:
            ALERT_EVALUATIONS.labels(outcome).inc()
        return len(outcomes) == limit

    async def look(self) -> None:
        """Look at how long the rule has been due that has been for longest. Raises DatabaseUnavailable."""
        async with self._db.transaction(readonly=True) as conn:
            ALERT_EVALUATION_LAG_SECONDS.set(await SCHEDULE.overdue_s(conn))

    async def _outcomes(self, conn: Connection, due: Sequence[DueRow]) -> list[str]:
        """Evaluate rules together, or if that fails each by itself; return the state of each, or `failed`."""
        try:
            async with conn.transaction():
                return [rule.underlying_state.lower() for rule in await self._evaluation.evaluate(conn, due)]
        except (*FAULTS, msgspec.MsgspecError) as fault:
            if is_transient(fault):
                raise
            if len(due) > 1:
                return [outcome for one in due for outcome in await self._outcomes(conn, [one])]
            _log.error("alert_rule_not_evaluated", tenant=due[0].tenant_id, rule=due[0].id, exc_info=fault)
            await SCHEDULE.put(conn, due[0].tenant_id, due[0].id, due_in_s=_RETRY_S)
            return ["failed"]
