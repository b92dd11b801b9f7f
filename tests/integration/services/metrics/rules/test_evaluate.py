"""Rules evaluated over HTTP, on stored values and on computed ones, and metrics that rules refer to."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest

from libs.contracts.metric_values import metric_text
from libs.contracts.times import format_ms
from libs.httpkit.errors import Unprocessable
from libs.httpkit.positions import AS_OF_HEADER
from libs.objects.changes import Change
from services.metrics.definitions import rules as definition_changes
from services.metrics.definitions.errors import MetricReferenced
from services.metrics.rules import rules as rule_changes
from services.metrics.rules.kinds import CONTACT_POLICY, QUALIFICATION_RULE
from services.metrics.rules.model import RuleTerms, ValueCondition
from tests.support.callers import Callers
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.rules import KINDS, Rules
from tests.support.metrics.series import Given
from tests.support.metrics.values import MetricValues
from tests.support.postgres import a_session_waits
from tests.support.waiting import eventually

DAY = 86_400_000
AT = 20_000 * DAY
GIVEN = [
    Given("17", '["DE"]', AT - 1, Decimal("0.1")),
    Given("17", '["FR"]', AT - 1, Decimal("0.2")),
    Given("17", '["FR"]', AT, Decimal(5)),
]


async def test_rules_are_evaluated_on_values_of_one_instant(
    values: MetricValues, client: httpx.AsyncClient, callers: Callers
) -> None:
    spent = await values.metric(
        GIVEN, aggregate_function="sum", window_days=None, group_by_dimensions=("country",), compute_mode="realtime"
    )
    stored = await values.metric(aggregate_function="avg", window_days=None, group_by_dimensions=("country",))
    await values.store(stored, AT)
    building = await values.metric(is_current=False, source_field="other")
    for kind in KINDS:
        rules = Rules(kind, client, spent.id)
        all_over = await rules.create("all", value=5.3, operator="eq", priority=90, status="active")
        in_france = await rules.create("FR", value=5.2, operator="gt", dimensions={"country": "FR"}, status="active")
        mean = await rules.create("mean", value=0.15, operator="eq", metricId=metric_text(stored.id), status="active")
        unknown = await rules.create("new", metricId=metric_text(building.id), status="active", priority=10)
        draft = await rules.create("draft", value=1)
        found = await rules.evaluate(17)
        assert [(one["name"], one["value"], one["matched"], one["reason"]) for one in found["results"]] == [
            ("all", 5.3, True, None),
            ("mean", 0.15, True, None),
            ("FR", 5.2, False, None),
            ("new", None, None, "not_current"),
        ]
        assert [one["computedAt"] for one in found["results"]] == [found["at"], format_ms(AT), found["at"], None]
        assert found["unknown"] == [unknown["id"]]
        told = {name: found[name] for name in found.keys() - {"customerId", "at", "unknown", "results"}}
        assert told == (
            {"allowed": False, "blockedBy": [all_over["id"], mean["id"]]}
            if kind is CONTACT_POLICY
            else {"qualified": False, "failed": [in_france["id"]]}
        )
        named = await rules.evaluate("17", ids=[draft["id"], in_france["id"], draft["id"]], at=format_ms(AT))
        assert [(one["name"], one["status"], one["value"], one["computedAt"]) for one in named["results"]] == [
            ("draft", "draft", 0.3, format_ms(AT)),
            ("FR", "active", 0.2, format_ms(AT)),
        ]
        body: dict[str, Any] = {"customerId": "17", "ids": [f"{kind.id_prefix}_{'0' * 32}"]}
        missing = await client.post(f"{kind.path}/evaluate", json=body)
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
        other = await client.post(
            f"{kind.path}/evaluate", json={"customerId": "17"}, headers=callers.user("viewer", "other")
        )
        assert (other.status_code, other.json()["results"]) == (200, [])
        assert AS_OF_HEADER in other.headers


async def test_what_a_rule_refers_to_may_be_gone_or_grouped_otherwise(
    values: MetricValues, client: httpx.AsyncClient
) -> None:
    grouped = await values.metric(group_by_dimensions=("country",))
    rules = Rules(QUALIFICATION_RULE, client, grouped.id)
    made = await rules.create(dimensions={"country": "DE"})
    regrouped = await values.definitions.update(grouped, group_by_dimensions=("city",))
    await values.serve(regrouped)
    for reason in ("dimensions_changed", "metric_deleted"):
        (found,) = (await rules.evaluate("ann", ids=[made["id"]]))["results"]
        assert (found["matched"], found["reason"], found["value"]) == (None, reason, None)
        answer = await client.put(rules.kind.path, json={"id": made["id"], "status": "active"})
        assert answer.status_code == 422
        await rules.update(made["id"], description=f"still a draft: {reason}")
        if reason == "dimensions_changed":
            await values.definitions.delete(grouped.id)


@pytest.mark.parametrize("is_rule_first", [True, False])
async def test_of_a_rule_made_active_and_its_metrics_deletion_the_second_is_refused(
    definitions: Definitions, is_rule_first: bool
) -> None:
    metric = await definitions.create()
    condition = ValueCondition(operator="gt", value=1)
    terms = RuleTerms(name="Often", metric_id=metric.id, condition=condition)
    rule = await definitions.change(lambda change: rule_changes.create(change, CONTACT_POLICY, terms))

    async def activate(change: Change) -> None:
        rule_id = CONTACT_POLICY.id_text(rule.id)
        await rule_changes.update(change, CONTACT_POLICY, rule_id, {"status": "active"})

    async def delete(change: Change) -> None:
        await definition_changes.delete(change, metric.id)

    first, second = (activate, delete) if is_rule_first else (delete, activate)
    refused = MetricReferenced if is_rule_first else Unprocessable

    async def begin(change: Change) -> asyncio.Task[None]:
        await first(change)
        late = asyncio.create_task(definitions.change(second))
        await eventually(lambda: a_session_waits(change.conn))
        return late

    late = await definitions.change(begin)
    with pytest.raises(refused):
        await late
