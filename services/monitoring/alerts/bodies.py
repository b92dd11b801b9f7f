"""Request bodies of alert rules' routes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StrictBool,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from libs.contracts.times import from_ms
from libs.httpkit.camel import CamelBody, refused
from libs.httpkit.errors import Violation
from libs.httpkit.fields import WHOLE
from services.monitoring.alerts.consistency import inconsistencies
from services.monitoring.alerts.examples import FIELDS_EXAMPLE
from services.monitoring.alerts.model import (
    LONGEST_SNOOZE,
    MAX_THRESHOLD,
    MAX_WINDOW_MINUTES,
    Metric,
    MetricCondition,
    Operator,
    Settings,
    of_condition,
)
from services.monitoring.bodies import UPPER_CASED, ForSeconds, PrintableName, WebhookIds
from services.monitoring.health.filters import read_instant_ms
from services.monitoring.slos.burn_rate import Severity
from services.monitoring.slos.model import MAX_MIN_EVENTS

_MINUTE: Final = timedelta(minutes=1)


def _instant(value: Any) -> int:
    return read_instant_ms(str(value))


OperatorIn = Annotated[Operator, UPPER_CASED]
Threshold = Annotated[float, Field(strict=True, ge=-MAX_THRESHOLD, le=MAX_THRESHOLD, allow_inf_nan=False)]
WindowMinutes = Annotated[int, Field(strict=True, ge=1, le=MAX_WINDOW_MINUTES), WHOLE]
MinEvents = Annotated[int, Field(strict=True, ge=0, le=MAX_MIN_EVENTS), WHOLE]

_INT_OR_TEXT: Final[JsonSchemaValue] = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
Instant = Annotated[int, BeforeValidator(_instant), WithJsonSchema(_INT_OR_TEXT)]


class AlertRulePatchIn(CamelBody):
    """The fields to change; null changes nothing.

    `interactionName` cannot be changed, and is taken where it is the present one.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"threshold": 0.1, "forSeconds": 120}})

    name: PrintableName | None = None
    interaction_name: str | None = None
    metric: Metric | None = None
    operator: OperatorIn | None = None
    threshold: Threshold | None = None
    window_minutes: WindowMinutes | None = None
    for_seconds: ForSeconds | None = None
    min_events: MinEvents | None = None
    severity: Severity | None = None
    notify_no_data: StrictBool | None = None
    enabled: StrictBool | None = None
    webhook_ids: WebhookIds | None = None

    def changes(self) -> dict[str, Any]:
        """Return the values of the rule's fields that the body wants, by their names."""
        wanted = self.sent()
        wanted.pop("interaction_name", None)
        return wanted


class AlertRuleIn(AlertRulePatchIn):
    """An alert rule to create, of the kind `metric`; null and absent fields are the default ones."""

    model_config = ConfigDict(json_schema_extra={"example": FIELDS_EXAMPLE})

    name: PrintableName
    interaction_name: str
    metric: Metric
    operator: OperatorIn
    threshold: Threshold

    @model_validator(mode="wrap")
    @classmethod
    def _fit(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        body = handler(value)
        if violations := inconsistencies(body._condition()):
            raise refused(cls, violations)
        return body

    def settings(self) -> Settings:
        """Return the rule as the model has it."""
        return Settings(condition=self._condition(), **of_condition(self.changes())[1])

    def _condition(self) -> MetricCondition:
        return MetricCondition(**of_condition(self.changes())[0])


class SnoozeIn(CamelBody):
    """How long firing notices wait: `minutes` from now, or `until` a time; at most 365 days."""

    model_config = ConfigDict(json_schema_extra={"example": {"minutes": 60}})

    minutes: Annotated[int, Field(strict=True, ge=1, le=LONGEST_SNOOZE // _MINUTE), WHOLE] | None = None
    until: Instant | None = Field(default=None, description="Milliseconds since the epoch, or an RFC 3339 time.")

    @model_validator(mode="wrap")
    @classmethod
    def _one_of_them(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        body = handler(value)
        if (body.minutes is None) == (body.until is None):
            raise refused(cls, [Violation(("minutes",), "either minutes or until is expected", "one_of_two")])
        return body

    def end(self) -> datetime | timedelta:
        """Return when the snooze ends, or how long it is."""
        return timedelta(minutes=self.minutes or 0) if self.until is None else from_ms(self.until)
