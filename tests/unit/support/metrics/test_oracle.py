"""The oracle of behavioural metrics against examples worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.metrics.building import event, interaction, metric
from tests.support.metrics.oracle import DAY_MS, Oracle, OracleMetric
from tests.support.metrics.posted import Posted, plain

NOON_MS = 1_767_268_800_000  # 2026-01-01T12:00:00Z


def shown(
    asked: OracleMetric, records: list[Posted], at_ms: int = NOON_MS + 1
) -> list[tuple[str, tuple[str, ...], str, int]]:
    return [(one.customer, one.dims, plain(one.value), one.records) for one in Oracle(asked, records).values(at_ms)]


def summed(*numbers: Any, function: str = "sum") -> list[str]:
    records = [interaction("ann", NOON_MS, {"value": number}) for number in numbers]
    return [value for _, _, value, _ in shown(metric(function), records)]


@pytest.mark.parametrize(
    ("at_ms", "counted"),
    [
        (NOON_MS, 0),  # the end is outside
        (NOON_MS + 1, 1),
        (NOON_MS + DAY_MS, 1),  # the beginning is inside
        (NOON_MS + DAY_MS + 1, 0),
    ],
)
def test_a_window_begins_with_its_first_millisecond_and_ends_before_its_last(at_ms: int, counted: int) -> None:
    records = [interaction("ann", NOON_MS)]
    assert Oracle(metric(windowDays=1), records).value(at_ms, "ann") == counted
    assert len(shown(metric(windowDays=1), records, at_ms)) == counted


def test_all_time_begins_with_the_first_year() -> None:
    records = [interaction("ann", NOON_MS, interactionTimestamp="0001-01-01T00:00:00.000Z")]
    assert shown(metric(), records) == [("ann", (), "1", 1)]
    assert shown(metric(windowDays=365), records) == []


def test_sums_are_exact_and_in_plain_notation() -> None:
    assert summed(Decimal("0.1"), Decimal("0.2")) == ["0.3"]
    assert summed(Decimal("1e2")) == ["100"]
    assert summed(Decimal("1e300"), Decimal("1e-9"), Decimal("-1e300")) == ["0.000000001"]
    assert summed(Decimal("0.5"), Decimal("-0.50")) == ["0"]


@pytest.mark.parametrize(
    ("numbers", "average"),
    [
        ((1, 2), "1.5"),
        ((1, 0, 0), "0.33333333333333333"),
        ((2, 0, 0), "0.66666666666666667"),
        # 10000000000000000.5 and 10000000000000001.5 lie in the middle of two numbers of 17 digits.
        ((10_000_000_000_000_000, 10_000_000_000_000_001), "10000000000000000"),
        ((10_000_000_000_000_001, 10_000_000_000_000_002), "10000000000000002"),
    ],
)
def test_an_average_has_17_digits_half_to_even(numbers: tuple[int, ...], average: str) -> None:
    assert summed(*numbers, function="avg") == [average]


@pytest.mark.parametrize(("function", "value"), [("sum", "4"), ("avg", "2"), ("min", "1.5"), ("max", "2.5")])
def test_what_is_no_number_is_skipped_by_all_but_count(function: str, value: str) -> None:
    numbers = ["5", True, None, [1], Decimal("1.5"), Decimal("2.5")]
    records = [interaction("ann", NOON_MS, {"value": number}) for number in numbers] + [interaction("ann", NOON_MS)]
    assert shown(metric(function), records) == [("ann", (), value, 2)]
    assert shown(metric("count"), records) == [("ann", (), "7", 7)]
    assert shown(metric(function), records[:2]) == []


@pytest.mark.parametrize(
    ("data", "customer"),
    [
        ({"customerId": "c1"}, "c1"),
        ({"customerId": 17}, "17"),
        ({"customerId": True}, "ann"),
        ({"customerId": Decimal("1.5")}, "ann"),
        ({"customerId": None}, "ann"),
        (["customerId"], "ann"),
        (None, "ann"),
    ],
)
def test_a_customer_is_named_by_the_data_else_by_the_user(data: Any, customer: str) -> None:
    assert Oracle(metric(), [interaction("ann", NOON_MS, data)]).customers == [customer]


def test_an_actor_is_a_customer_where_it_is_a_user() -> None:
    records = [event("ann", NOON_MS), event(None, NOON_MS), event("job", NOON_MS, actorType="service")]
    assert Oracle(metric(source="PAYMENT.settled"), records).customers == ["ann"]


def test_a_source_is_a_name_in_any_case_or_a_path_whose_number_goes_first() -> None:
    records = [
        interaction("both", NOON_MS, {"create": 7, "value": 1}),
        interaction("name", NOON_MS, {"create": None, "value": 1}),
        interaction("path", NOON_MS, {"create": 3, "value": 1}, action="UPDATE"),
        interaction("skipped", NOON_MS, {"create": "x", "value": 1}),
        interaction("neither", NOON_MS, {"value": 1}, action="UPDATE"),
    ]
    assert shown(metric("sum"), records) == [("both", (), "7", 1), ("path", (), "3", 1), ("name", (), "1", 1)]


def test_digits_of_a_path_are_keys_and_indexes() -> None:
    data = {"items": [{"price": 2}, {"price": 3}], "byDay": {"0": 5}}
    assert shown(metric("sum", "items.1.price"), [interaction("ann", NOON_MS, data)]) == [("ann", (), "3", 1)]
    assert shown(metric("sum", "byDay.0"), [interaction("ann", NOON_MS, data)]) == [("ann", (), "5", 1)]


def test_dimensions_tell_kinds_apart_and_numbers_together() -> None:
    values = [1, Decimal("1.0"), "1", True, None, [1], {"a": 1}]
    records = [interaction("ann", NOON_MS, {"d": value}) for value in values] + [interaction("ann", NOON_MS, {})]
    assert shown(metric(groupByDimensions=["d", "action"]), records) == [
        ("ann", ("null", '"CREATE"'), "4", 4),
        ("ann", ("1", '"CREATE"'), "2", 2),
        ("ann", ('"1"', '"CREATE"'), "1", 1),
        ("ann", ("true", '"CREATE"'), "1", 1),
    ]


def test_a_repeat_counts_once_and_of_two_contents_the_first_that_contributes() -> None:
    first = event("ann", NOON_MS, {"value": 1})
    same = event("ann", NOON_MS, {"value": 1}, id=first.id)
    other = event("ann", NOON_MS, {"value": 2}, id=first.id)
    assert shown(metric("sum", "payment.settled"), [first, same, other]) == [("ann", (), "1", 1)]
    of_twos = metric("sum", "payment.settled", filterConditions={"value": 2})
    assert shown(of_twos, [first, same, other]) == [("ann", (), "2", 1)]


@pytest.mark.parametrize(
    ("function", "value"), [("count", Decimal(0)), ("sum", Decimal(0)), ("avg", None), ("min", None), ("max", None)]
)
def test_of_nothing_there_is_zero_or_null(function: str, value: Decimal | None) -> None:
    assert Oracle(metric(function), []).value(NOON_MS, "ann") == value


def test_values_come_by_value_then_customer_then_dimensions() -> None:
    records = [
        *(interaction(customer, NOON_MS, {"d": dim}) for customer in ("b", "a", "B") for dim in ("y", "x")),
        interaction("z", NOON_MS, {"d": "x"}),
        interaction("z", NOON_MS, {"d": "x"}),
    ]
    order = [(customer, *dims) for customer, dims, _, _ in shown(metric(groupByDimensions=["d"]), records)]
    assert order == [("z", '"x"'), ("B", '"x"'), ("B", '"y"'), ("a", '"x"'), ("a", '"y"'), ("b", '"x"'), ("b", '"y"')]
