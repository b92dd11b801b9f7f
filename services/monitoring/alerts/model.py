"""Alert rules: what each watches, when it fires, whom it tells, and how it stands."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec

from services.monitoring.alerts.alert_states import Policy, Standing, State
from services.monitoring.slos.burn_rate import Severity
from services.monitoring.slos.model import GoodWhen

Metric = Literal[
    "apdex",
    "strictApdex",
    "errorRate",
    "abortRate",
    "poorRate",
    "p50",
    "p95",
    "p99",
    "throughputPerMinute",
    "completed",
    "errored",
    "aborted",
]
Operator = Literal["GREATER_THAN", "GREATER_THAN_EQUAL", "LESS_THAN", "LESS_THAN_EQUAL"]
Kind = Literal["metric", "burnRate"]
ShownState = Literal["NO_DATA", "OK", "PENDING", "FIRING", "SNOOZED"]

METRIC: Final = "metric"
BURN_RATE: Final = "burnRate"
SNOOZED: Final = "SNOOZED"
SHARES: Final = frozenset(("apdex", "strictApdex", "errorRate", "abortRate", "poorRate"))
"""Metrics from 0 to 1; all others are from 0 up."""
MAX_RULES: Final = 2_000
"""The most metric rules of a tenant; those of objectives are bounded by these."""
MAX_WINDOW_MINUTES: Final = 1_440
MAX_THRESHOLD: Final = 1e15
LONGEST_SNOOZE: Final = timedelta(days=365)


class MetricCondition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag=METRIC):
    """A metric of the last `window_minutes` compared with a threshold; no data with under `min_events` to divide by."""

    metric: Metric
    operator: Operator
    threshold: float
    window_minutes: int = 5
    for_seconds: int = 0
    min_events: int = 1


class BurnCondition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag=BURN_RATE):
    """An objective's budget that burns faster than `factor` over a long and a short window.

    `target` and `good_when` are the objective's; no data with under `min_events` in the long window.
    """

    target: float
    good_when: GoodWhen
    long_minutes: int
    short_minutes: int
    factor: float
    for_seconds: int
    min_events: int


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All that is said of a rule, as it is stored; `slo_name` is the name of the objective, if it is one's."""

    name: str
    slo_name: str | None = None
    condition: MetricCondition | BurnCondition
    severity: Severity = "warning"
    notify_no_data: bool = False
    enabled: bool = True
    webhook_ids: tuple[uuid.UUID, ...] = ()


def of_condition(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return those of a metric rule's `values` that are of its condition, and the others, by their names."""
    fields = MetricCondition.__struct_fields__
    measured = {name: value for name, value in values.items() if name in fields}
    return measured, {name: value for name, value in values.items() if name not in fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """An alert rule as an object of a tenant, as it stands at `read_at` by the database's clock.

    `version` counts what was said of it; evaluations and snoozing leave it.
    """

    tenant_id: str
    id: uuid.UUID
    version: int
    interaction_id: int
    interaction_name: str
    slo_id: uuid.UUID | None
    settings: Settings
    standing: Standing
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    read_at: datetime

    @property
    def kind(self) -> Kind:
        """The kind of the rule: it watches a metric, or an objective's budget."""
        return METRIC if isinstance(self.settings.condition, MetricCondition) else BURN_RATE

    @property
    def state(self) -> ShownState:
        """The state of the rule as it is shown: snoozed, or the underlying one."""
        return SNOOZED if self.standing.is_snoozed(self.read_at) else self.underlying_state

    @property
    def underlying_state(self) -> State:
        """The state of the rule regardless of a snooze."""
        return self.standing.state

    @property
    def policy(self) -> Policy:
        """The rule's policy of firing, and the webhooks that are told."""
        return Policy(
            for_seconds=self.settings.condition.for_seconds,
            notify_no_data=self.settings.notify_no_data,
            webhooks=self.settings.webhook_ids,
        )


def watched(condition: MetricCondition | BurnCondition) -> dict[str, Any]:
    """Return what a rule watches in the words of a metric rule: metric, operator, threshold, windowMinutes."""
    if isinstance(condition, MetricCondition):
        return {
            "metric": condition.metric,
            "operator": condition.operator,
            "threshold": condition.threshold,
            "windowMinutes": condition.window_minutes,
        }
    return {
        "metric": BURN_RATE,
        "operator": "GREATER_THAN",
        "threshold": condition.factor,
        "windowMinutes": condition.long_minutes,
    }
