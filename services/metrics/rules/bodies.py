"""Request bodies of the routes of contact policies and qualification rules."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from libs.contracts.metric_values import read_metric_id
from libs.httpkit.camel import CamelBody
from libs.httpkit.fields import PRINTABLE, WHOLE, IfSent
from services.metrics.bodies import CustomerId, Instant
from services.metrics.rules.examples import FIELDS_EXAMPLE, RULE_ID
from services.metrics.rules.model import (
    DEFAULT_PRIORITY,
    MAX_DESCRIPTION_CHARS,
    MAX_NAME_CHARS,
    MAX_PRIORITY,
    MAX_RULES,
    DimensionValue,
    Operator,
    RuleStatus,
    RuleTerms,
    RuleType,
    ValueCondition,
    plain_number,
)


def _metric_id(value: Any) -> Any:
    found = read_metric_id(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("the id of a metric is expected")
    return found


def _plain(value: Any) -> Any:
    return plain_number(value) if isinstance(value, float) else value


MetricId = Annotated[uuid.UUID, BeforeValidator(_metric_id), WithJsonSchema({"type": "string"})]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS), PRINTABLE]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_CHARS)]
Priority = Annotated[int, Field(strict=True, ge=0, le=MAX_PRIORITY), WHOLE]
Number = Annotated[
    Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True, allow_inf_nan=False)],
    AfterValidator(_plain),
]
Dimension = Annotated[DimensionValue, AfterValidator(_plain)]


class ConfigIn(CamelBody):
    """A condition: the customer's value of a metric compared with a number.

    `dimensions` has a value for each of the metric's; without, the value over all of them is compared.
    """

    metric_id: MetricId
    operator: Operator
    value: Number
    dimensions: dict[str, Dimension] | None = None

    def condition(self) -> ValueCondition:
        """Return the condition as the model has it."""
        return ValueCondition(operator=self.operator, value=self.value, dimensions=self.dimensions or None)


class RuleFieldsIn(CamelBody):
    """The fields of a rule, any of which may be left out."""

    name: IfSent[Name] = None
    description: Description | None = None
    status: IfSent[RuleStatus] = None
    rule_type: IfSent[RuleType] = None
    config: IfSent[ConfigIn] = None
    priority: IfSent[Priority] = None

    def changes(self) -> dict[str, Any]:
        """Return the values of the rule's terms that the body wants, by their names."""
        wanted = self.sent(among=RuleTerms.__struct_fields__, nullable=("description",))
        if self.config is not None:
            wanted["metric_id"] = self.config.metric_id
            wanted["condition"] = self.config.condition()
        return wanted


class RuleIn(RuleFieldsIn):
    """A rule to create."""

    model_config = ConfigDict(json_schema_extra={"example": FIELDS_EXAMPLE})

    name: Name
    config: ConfigIn
    status: RuleStatus = "draft"
    rule_type: RuleType = "metric_condition"
    priority: Priority = DEFAULT_PRIORITY

    def terms(self) -> RuleTerms:
        """Return the terms as the model has them."""
        return RuleTerms(**self.changes())


class RulePutIn(RuleFieldsIn):
    """The fields to change; those that are left out stay. A null clears `description`."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": RULE_ID, "status": "paused", "priority": 90}})

    id: str


class EvaluationIn(CamelBody):
    """The customer, and which rules to evaluate: the active ones, or those named, whatever their status.

    With `at` all values are those of that instant.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"customerId": "CUST001"}})

    customer_id: CustomerId
    ids: Annotated[list[str], Field(min_length=1, max_length=MAX_RULES)] | None = None
    at: Instant | None = Field(
        default=None,
        description="RFC 3339 time, past or future. When absent, realtime values are of now, others as stored.",
    )
