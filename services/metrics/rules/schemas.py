"""Query parameters and answers of the routes of contact policies and qualification rules."""

from __future__ import annotations

from typing import Any, Final

from pydantic import ConfigDict, Field

from libs.httpkit.camel import Camel, CamelQuery
from libs.httpkit.paging import MAX_LIMIT
from services.metrics.family import PageOut, page_json
from services.metrics.rules.evaluation import Reason
from services.metrics.rules.examples import QUALIFICATION_EXAMPLE, RESULT_EXAMPLE, RULE_EXAMPLE
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE
from services.metrics.rules.model import DimensionValue, Operator, RuleStatus, RuleType

DEFAULT_LIMIT: Final = 25
_EVALUATION: Final[dict[str, Any]] = {"customerId": "CUST001", "at": RESULT_EXAMPLE["computedAt"]}


class RulesQuery(CamelQuery):
    """A page of the list, and its filter."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Rules per page ({DEFAULT_LIMIT}).")
    cursor: str | None = Field(default=None, description="`nextCursor` of the page before.")
    status: RuleStatus | None = Field(default=None, description="Of this status alone.")


class ConfigOut(Camel):
    """A condition: the customer's value of a metric compared with a number."""

    metric_id: str
    operator: Operator
    value: int | float
    dimensions: dict[str, DimensionValue] | None = Field(description="Null: the value over all dimensions.")


class RuleOut(Camel):
    """A contact policy or a qualification rule."""

    model_config = ConfigDict(json_schema_extra={"example": RULE_EXAMPLE})

    id: str
    name: str
    description: str | None
    status: RuleStatus
    rule_type: RuleType
    config: ConfigOut
    priority: int
    version: int
    created_at: str
    created_by: str
    updated_at: str
    updated_by: str


class RulesPageOut(PageOut[RuleOut]):
    """A page of rules, by priority descending, then newest first."""

    model_config = ConfigDict(json_schema_extra={"example": page_json([RULE_EXAMPLE], 1, None)})


class RuleResultOut(Camel):
    """The result of a rule for a customer."""

    id: str
    name: str
    priority: int
    status: RuleStatus
    metric_id: str
    metric_name: str | None = Field(description="Null for a metric that is deleted.")
    operator: Operator
    expected: int | float
    value: int | float | None
    matched: bool | None = Field(description="Whether the condition holds; null where that is unknown.")
    computed_at: str | None = Field(description="The instant that the value is of.")
    reason: Reason | None = Field(description="Why `matched` is null.")


class EvaluationOut(Camel):
    """The results of rules for a customer, highest priority first."""

    customer_id: str
    at: str
    unknown: list[str] = Field(description="Ids of the rules whose `matched` is null.")
    results: list[RuleResultOut]


class ContactEvaluationOut(EvaluationOut):
    """Whether a customer may be contacted: no policy's condition holds."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_EVALUATION,
                "allowed": False,
                "blockedBy": [RESULT_EXAMPLE["id"]],
                "unknown": [],
                "results": [RESULT_EXAMPLE],
            }
        }
    )

    allowed: bool
    blocked_by: list[str] = Field(description="Ids of the policies whose condition holds.")


class QualificationOut(EvaluationOut):
    """Whether a customer qualifies: every rule's condition holds."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_EVALUATION,
                "qualified": True,
                "failed": [],
                "unknown": [],
                "results": [QUALIFICATION_EXAMPLE],
            }
        }
    )

    qualified: bool
    failed: list[str] = Field(description="Ids of the rules whose condition does not hold.")


EVALUATIONS: Final = {CONTACT_POLICY.name: ContactEvaluationOut, QUALIFICATION_RULE.name: QualificationOut}
