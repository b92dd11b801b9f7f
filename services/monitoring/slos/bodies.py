"""Request bodies of service level objectives' routes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Self

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from libs.httpkit.camel import CamelBody, refused
from services.monitoring.bodies import UPPER_CASED, WHOLE, PrintableName, WebhookIds
from services.monitoring.slos.burn_rate import BurnRule, Severity
from services.monitoring.slos.consistency import inconsistencies
from services.monitoring.slos.examples import FIELDS_EXAMPLE
from services.monitoring.slos.model import (
    DEFAULT_MIN_EVENTS,
    DEFAULT_WINDOW_MINUTES,
    MAX_BURN_RULES,
    MAX_FACTOR,
    MAX_FOR_SECONDS,
    MAX_MIN_EVENTS,
    MAX_WINDOW_MINUTES,
    MIN_WINDOW_MINUTES,
    GoodWhen,
    Objective,
)

_NULLABLE: Final = frozenset(("burn_rules",))
"""Fields that null sets back; null in another field of a PATCH is as if it were absent."""


Minutes = Annotated[int, Field(strict=True, ge=1, le=MAX_WINDOW_MINUTES), WHOLE]
Seconds = Annotated[int, Field(strict=True, ge=0, le=MAX_FOR_SECONDS), WHOLE]
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
    for_seconds: Seconds = 0

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
        wanted = {
            name: value
            for name in self.model_fields_set - {"interaction_name"}
            if (value := getattr(self, name)) is not None or name in _NULLABLE
        }
        if wanted.get("burn_rules") is not None:
            wanted["burn_rules"] = _rules(wanted["burn_rules"])
        if "webhook_ids" in wanted:
            wanted["webhook_ids"] = tuple(wanted["webhook_ids"])
        return wanted


class SloIn(CamelBody):
    """A service level objective to define; without `burnRules` the default ones, scaled to the window, are meant.

    Of a burn rule, shortMinutes < longMinutes ≤ windowMinutes.
    """

    model_config = ConfigDict(json_schema_extra={"example": FIELDS_EXAMPLE})

    name: PrintableName
    interaction_name: str
    good_when: GoodWhenIn | None = None
    target: Target
    window_minutes: WindowMinutes | None = None
    min_events: MinEvents | None = None
    burn_rules: BurnRules | None = None
    webhook_ids: WebhookIds | None = None

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
        return Objective(
            name=self.name,
            good_when=self.good_when or "COMPLETED",
            target=self.target,
            window_minutes=self.window_minutes or DEFAULT_WINDOW_MINUTES,
            min_events=self.min_events or DEFAULT_MIN_EVENTS,
            burn_rules=None if self.burn_rules is None else _rules(self.burn_rules),
            webhook_ids=tuple(self.webhook_ids or ()),
        ).normal()


def _rules(rules: list[BurnRuleIn]) -> tuple[BurnRule, ...]:
    return tuple(one.rule() for one in rules)
