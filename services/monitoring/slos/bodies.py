"""Request bodies of service level objectives' routes."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from libs.httpkit.camel import CamelBody, refused
from libs.httpkit.fields import WHOLE
from services.monitoring.bodies import UPPER_CASED, ForSeconds, PrintableName, WebhookIds
from services.monitoring.slos.burn_rate import BurnRule, Severity
from services.monitoring.slos.consistency import inconsistencies
from services.monitoring.slos.examples import FIELDS_EXAMPLE
from services.monitoring.slos.model import (
    MAX_BURN_RULES,
    MAX_FACTOR,
    MAX_MIN_EVENTS,
    MAX_WINDOW_MINUTES,
    MIN_WINDOW_MINUTES,
    GoodWhen,
    Objective,
)

Minutes = Annotated[int, Field(strict=True, ge=1, le=MAX_WINDOW_MINUTES), WHOLE]
Factor = Annotated[float, Field(strict=True, gt=0, le=MAX_FACTOR)]
Target = Annotated[float, Field(strict=True, gt=0, lt=1)]
WindowMinutes = Annotated[int, Field(strict=True, ge=MIN_WINDOW_MINUTES, le=MAX_WINDOW_MINUTES), WHOLE]
MinEvents = Annotated[int, Field(strict=True, ge=1, le=MAX_MIN_EVENTS), WHOLE]
GoodWhenIn = Annotated[GoodWhen, UPPER_CASED]


class BurnRuleIn(CamelBody):
    """An alert when the budget burns faster than `factor` over both windows, for `forSeconds`."""

    long_minutes: Minutes
    short_minutes: Minutes
    factor: Factor
    severity: Severity = "warning"
    for_seconds: ForSeconds = 0

    def rule(self) -> BurnRule:
        """Return the rule as the model has it."""
        return BurnRule(**dict(self))


BurnRules = Annotated[list[BurnRuleIn], Field(min_length=1, max_length=MAX_BURN_RULES)]


class SloPatchIn(CamelBody):
    """The fields to change; null changes nothing, except that `burnRules` are the default ones again.

    `interactionName` cannot be changed, and is taken where it is the present one.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"target": 0.9995, "minEvents": 50}})

    name: PrintableName | None = None
    interaction_name: str | None = None
    good_when: GoodWhenIn | None = None
    target: Target | None = None
    window_minutes: WindowMinutes | None = None
    min_events: MinEvents | None = None
    burn_rules: BurnRules | None = None
    webhook_ids: WebhookIds | None = None

    def changes(self) -> dict[str, Any]:
        """Return the values of the objective's fields that the body wants, by their names."""
        wanted = self.sent(nullable=("burn_rules",))
        wanted.pop("interaction_name", None)
        if wanted.get("burn_rules") is not None:
            wanted["burn_rules"] = tuple(rule.rule() for rule in wanted["burn_rules"])
        return wanted


class SloIn(SloPatchIn):
    """A service level objective to define; without `burnRules` the default ones, scaled to the window, are meant.

    Of a burn rule, shortMinutes < longMinutes ≤ windowMinutes.
    """

    model_config = ConfigDict(json_schema_extra={"example": FIELDS_EXAMPLE})

    name: PrintableName
    interaction_name: str
    target: Target

    @model_validator(mode="wrap")
    @classmethod
    def _fit(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        body = handler(value)
        objective = body.objective()
        if violations := inconsistencies(objective.burn_rules or (), objective.window_minutes):
            raise refused(cls, violations)
        return body

    def objective(self) -> Objective:
        """Return the objective as the model has it."""
        return Objective(**self.changes()).normal()
