"""Evaluates rules that are due, in one transaction for many: each due time once, however many processes do.

A rule is evaluated at `asOf`, which is read before the figures: everything accepted before it is in them. What it comes
to and its next due time are written together.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from libs.contracts.events import SYSTEM, Cause
from libs.contracts.paths import MONITORING
from libs.contracts.times import EPOCH, to_ms
from libs.objects.changes import Change, Changes
from libs.pg.database import Connection
from libs.projections.passed import enter_model
from libs.schedule.schedule import DueRow, ScheduleEntry
from services.monitoring.alerts.alert_states import Reading, RuleStep, evaluated
from services.monitoring.alerts.model import AlertRule
from services.monitoring.alerts.outcomes import record
from services.monitoring.alerts.readings import reading_of, stale, windows_of
from services.monitoring.alerts.rules import SCHEDULE
from services.monitoring.alerts.store import clock, lock_free
from services.monitoring.health.freshness import as_of
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.scores import Tally
from services.monitoring.health.store import Window, tallies_of_windows

_OLDEST: Final = timedelta(seconds=120)
_PHASES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often rules are evaluated, and for how long records wait before they count as accepted."""

    interval: timedelta
    watermark: timedelta

    def next_due(self, rule: AlertRule, at: datetime) -> datetime:
        """Return when a rule that was evaluated `at` is due: at its own phase of the interval, or as its snooze ends.

        Phases follow from ids: rules made together are spread over the interval, in a few transactions.
        """
        phase = self.interval * (rule.id.int % _PHASES) / _PHASES
        due = EPOCH + ((at - EPOCH - phase) // self.interval + 1) * self.interval + phase
        snoozed_until = rule.standing.snoozed_until
        return due if snoozed_until is None or not at < snoozed_until < due else snoozed_until

    def is_stale(self, as_of_: datetime, at: datetime) -> bool:
        """Return whether figures are too old to say anything: a pipeline that is behind is not healthy."""
        return at - as_of_ > _OLDEST + self.watermark


class Evaluation:
    """Evaluates rules under the projector role, at a pace."""

    def __init__(self, pace: Pace, changes: Changes | None = None) -> None:
        self._pace = pace
        self._changes = changes or Changes()

    async def evaluate(self, conn: Connection, due: Sequence[DueRow]) -> list[AlertRule]:
        """Evaluate the rules that are due and that nobody is changing, and return them as they stand.

        The transaction holds their rows of the schedule. Raises ModelBehind.
        """
        rules = await lock_free(conn, [(one.tenant_id, uuid.UUID(one.id)) for one in due])
        if not rules:
            return []
        at, complete_to = await clock(conn), await as_of(conn, self._pace.watermark)
        readings = await self._readings(conn, rules, complete_to, at)
        steps = [
            (rule, evaluated(rule.standing, rule.policy, reading, at, self._changes.new_id))
            for rule, reading in zip(rules, readings, strict=True)
        ]
        after = await record(conn, steps, lambda rule, step: self._change(conn, rule, step))
        await SCHEDULE.put_all(
            conn,
            [
                ScheduleEntry(tenant_id=rule.tenant_id, id=str(rule.id), due_at=self._pace.next_due(rule, at))
                for rule in after
            ],
        )
        return after

    async def _readings(
        self, conn: Connection, rules: Sequence[AlertRule], complete_to: datetime, at: datetime
    ) -> list[Reading]:
        as_of_ms = to_ms(complete_to)
        if self._pace.is_stale(complete_to, at):
            return [stale(as_of_ms)] * len(rules)
        wanted = [windows_of(rule, as_of_ms) for rule in rules]
        tallies = await _tallies(conn, wanted)
        return [
            reading_of(rule.settings.condition, [tallies[window] for window in windows], as_of_ms)
            for rule, windows in zip(rules, wanted, strict=True)
        ]

    def _change(self, conn: Connection, rule: AlertRule, step: RuleStep) -> Change:
        """Begin a change by Waymark itself: what happens to an incident lies in one correlation, by its id."""
        incident = step.resolved or step.standing.incident
        correlation_id = (self._changes.new_id() if incident is None else incident.id).hex
        return self._changes.begin(conn, rule.tenant_id, Cause(actor=SYSTEM, correlation_id=correlation_id))


async def _tallies(conn: Connection, wanted: Sequence[Sequence[Window]]) -> Mapping[Window, Tally]:
    """Return the results of windows; one that several rules look at is read once."""
    windows = list(dict.fromkeys(window for some in wanted for window in some))
    await enter_model(conn, MONITORING, HEALTH_MODEL)
    return dict(zip(windows, await tallies_of_windows(conn, windows), strict=True))
