"""Contact policies on metrics beside the oracle: the value over all dimensions, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import cycle
from typing import Any

import httpx

from tests.support.metrics.conditions import ORDERS
from tests.support.metrics.oracle import Oracle
from tests.support.metrics.over_http import loaded
from tests.support.metrics.posted import plain, time_text

_URL = "/api/v1/contact-policies"


async def check_rules(client: httpx.AsyncClient, oracles: Mapping[str, Oracle], ats_ms: Iterable[int]) -> None:
    """Make a policy for each metric, and evaluate all of them for every customer as of each instant."""
    of: dict[str, tuple[Oracle, str]] = {}
    for (metric_id, oracle), name in zip(oracles.items(), cycle(ORDERS), strict=False):
        config = {"metricId": metric_id, "operator": name, "value": 1}
        body = {"name": metric_id, "ruleType": "metric_condition", "config": config}
        answer = await client.post(_URL, json=body)
        assert answer.status_code == 201, answer.text
        of[answer.json()["id"]] = oracle, name
    for customer in sorted({one for oracle in oracles.values() for one in oracle.customers}):
        for at_ms in ats_ms:
            body = {"customerId": customer, "ids": list(of), "at": time_text(at_ms)}
            answer = await client.post(f"{_URL}/evaluate", json=body)
            assert answer.status_code == 200, answer.text
            _check(loaded(answer), {rule_id: _expected(*one, customer, at_ms) for rule_id, one in of.items()})


def _expected(oracle: Oracle, name: str, customer: str, at_ms: int) -> tuple[str | None, bool | None]:
    value = oracle.value(at_ms, customer)
    return (None, None) if value is None else (plain(value), ORDERS[name](value, Decimal(1)))


def _check(answer: Mapping[str, Any], expected: Mapping[str, tuple[str | None, bool | None]]) -> None:
    found = {one["id"]: (one["value"], one["matched"]) for one in answer["results"]}
    assert found == expected
    blocking = {rule_id for rule_id, (_, matched) in expected.items() if matched}
    assert set(answer["blockedBy"]) == blocking
    assert set(answer["unknown"]) == {rule_id for rule_id, (_, matched) in expected.items() if matched is None}
    assert answer["allowed"] is not bool(blocking)
