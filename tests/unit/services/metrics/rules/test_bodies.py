"""Bodies of rules: numbers as they are meant, what is left out, and whom a customer's id names."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.metrics.rules.bodies import EvaluationIn, RuleIn, RulePutIn
from services.metrics.rules.examples import FIELDS_EXAMPLE, RULE_ID

CONFIG = FIELDS_EXAMPLE["config"]


def test_numbers_that_are_whole_are_integers() -> None:
    dimensions = {"size": 2.0, "price": 0.5, "is new": True, "none": None, "name": "1.0"}
    body = RuleIn.model_validate({"name": "a", "config": {**CONFIG, "value": 100.0, "dimensions": dimensions}})
    condition = body.terms().condition
    assert repr(condition.value) == "100"
    assert repr(condition.dimensions) == "{'size': 2, 'price': 0.5, 'is new': True, 'none': None, 'name': '1.0'}"
    large = RuleIn.model_validate({"name": "a", "config": {**CONFIG, "value": 1e300}})
    assert repr(large.terms().condition.value) == "1e+300"


def test_only_what_is_sent_changes_and_null_clears_the_description() -> None:
    assert RulePutIn.model_validate({"id": RULE_ID}).changes() == {}
    assert RulePutIn.model_validate({"id": RULE_ID, "description": None}).changes() == {"description": None}
    changes = RulePutIn.model_validate({"id": RULE_ID, "config": {**CONFIG, "dimensions": {}}}).changes()
    assert set(changes) == {"metric_id", "condition"}
    assert changes["condition"].dimensions is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customerId": ""},
        {"customerId": True},
        {"customerId": 1.5},
        {"customerId": None},
        {"customerId": "ann", "ids": []},
        {"customerId": "ann", "ids": [RULE_ID] * 201},
        {"customerId": "ann", "at": "soon"},
        {"customerId": "ann", "at": 17},
    ],
)
def test_an_evaluation_is_of_one_customer_and_some_rules(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EvaluationIn.model_validate(body)


def test_a_customer_may_be_an_integer_and_an_instant_a_date() -> None:
    body = EvaluationIn.model_validate({"customerId": 17, "at": "1970-01-02"})
    assert (body.customer_id, body.at, body.ids) == ("17", 86_400_000, None)
