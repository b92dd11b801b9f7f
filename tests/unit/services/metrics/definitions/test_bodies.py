"""Bodies of metrics: what is refused, by its field, and what a change means by null."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from libs.httpkit.errors import Unprocessable
from services.metrics.definitions.bodies import MetricChangesIn, MetricIn
from services.metrics.definitions.consistency import require_consistent
from services.metrics.definitions.examples import FIELDS_EXAMPLE
from services.metrics.definitions.model import MetricDefinition
from tests.support.metrics.definitions import definition

LEAST = {"name": "n", "aggregateFunction": "count", "sourceField": "purchase"}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"name": ""}, ("name",)),
        ({"name": " "}, ("name",)),
        ({"name": "x" * 101}, ("name",)),
        ({"name": None}, ("name",)),
        ({"description": "x" * 501}, ("description",)),
        ({"aggregateFunction": "median"}, ("aggregateFunction",)),
        ({"aggregateFunction": None}, ("aggregateFunction",)),
        ({"sourceField": ""}, ("sourceField",)),
        ({"sourceField": "x" * 257}, ("sourceField",)),
        ({"windowDays": 0}, ("windowDays",)),
        ({"windowDays": 366}, ("windowDays",)),
        ({"windowDays": "30"}, ("windowDays",)),
        ({"windowDays": 1.5}, ("windowDays",)),
        ({"groupByDimensions": ["a", "b", "c"]}, ("groupByDimensions",)),
        ({"groupByDimensions": ["a", "a"]}, ("groupByDimensions",)),
        ({"groupByDimensions": ["a", "b..c"]}, ("groupByDimensions", 1)),
        ({"groupByDimensions": ["x" * 201]}, ("groupByDimensions", 0)),
        ({"filterConditions": []}, ("filterConditions",)),
        ({"sqlFilter": 1}, ("sqlFilter",)),
        ({"computeMode": "stream"}, ("computeMode",)),
        ({"computeMode": None}, ("computeMode",)),
        ({"batchIntervalMin": 4}, ("batchIntervalMin",)),
        ({"batchIntervalMin": 1_441}, ("batchIntervalMin",)),
        ({"batchIntervalMin": None}, ("batchIntervalMin",)),
        ({"windowdays": 5}, ("windowdays",)),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], place: tuple[str | int, ...]) -> None:
    for body, model in (({**LEAST, **fields}, MetricIn), ({"id": "x", **fields}, MetricChangesIn)):
        with pytest.raises(ValidationError) as refused:
            model.model_validate(body)
        assert [one["loc"] for one in refused.value.errors()] == [place]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValidationError) as refused:
        MetricIn.model_validate({})
    assert [one["loc"] for one in refused.value.errors()] == [("name",), ("aggregateFunction",), ("sourceField",)]
    with pytest.raises(ValidationError) as refused:
        MetricChangesIn.model_validate({"status": "gone"})
    assert {one["loc"] for one in refused.value.errors()} == {("id",), ("status",)}


def test_what_is_left_out_has_a_default() -> None:
    made = MetricIn.model_validate({**LEAST, "windowDays": None, "groupByDimensions": None}).definition()
    assert made == MetricDefinition(name="n", aggregate_function="count", source_field="purchase")
    assert (made.window_days, made.compute_mode, made.batch_interval_min, made.status) == (None, "batch", 60, "active")
    require_consistent(MetricIn.model_validate(FIELDS_EXAMPLE).definition())


def test_null_clears_and_what_is_not_sent_stays() -> None:
    body = {
        "id": "x",
        "description": None,
        "windowDays": None,
        "groupByDimensions": None,
        "filterConditions": None,
        "sqlFilter": None,
    }
    assert MetricChangesIn.model_validate(body).changes() == {
        "description": None,
        "window_days": None,
        "group_by_dimensions": (),
        "filter_conditions": None,
        "sql_filter": None,
    }
    changes = {"id": "x", "windowDays": 7.0, "groupByDimensions": ["a.b"], "status": "paused"}
    assert MetricChangesIn.model_validate(changes).changes() == {
        "window_days": 7,
        "group_by_dimensions": ("a.b",),
        "status": "paused",
    }


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"compute_mode": "realtime", "aggregate_function": "avg"}, "aggregateFunction", "count or sum"),
        ({"filter_conditions": {"and": [{"field": "a", "op": "is"}]}}, "filterConditions.and[0].op", "one of eq"),
        ({"filter_conditions": {"not": 1}}, "filterConditions.not", "an object"),
        ({"filter_conditions": {"field": "a", "op": "eq", "value": "x" * 70_000}}, "filterConditions", "65536 bytes"),
        ({"sql_filter": ""}, "sqlFilter", "line 1, column 1: "),
        ({"sql_filter": "a > 1\nand now() > b"}, "sqlFilter", "line 2, column 5: "),
        ({"sql_filter": "x = '" + "x" * 2_000 + "'"}, "sqlFilter", "2,000 characters"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(fields: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        require_consistent(definition(**fields))
    ((found, message),) = [(one.field, one.msg) for one in refused.value.violations]
    assert (found, words in message) == (field, True), message
