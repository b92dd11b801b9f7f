"""Contact policies evaluated for a customer: 20 of them on 20 metrics, beside a request for each metric's value."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from libs.contracts.paths import METRICS
from libs.projections.generations import ReadModel
from services.metrics.definitions.model import Metric
from services.metrics.rules import rules
from services.metrics.rules.kinds import CONTACT_POLICY
from services.metrics.rules.model import RuleTerms, ValueCondition
from services.metrics.rules.reads import CustomerRuleReads, EvaluationQuery
from services.metrics.series.model import SERIES_MODEL
from services.metrics.values.reads import ValueReads
from tests.performance.ground import Ground
from tests.performance.interactions_data import DAY_MS
from tests.performance.latencies import measure_latency
from tests.performance.metric_values import AT_MS
from tests.performance.options import Options
from tests.performance.report import Report
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.series import TENANT, Given
from tests.support.metrics.values import MetricValues, opened_values

_P99_MS: Final = 25.0
_CUSTOMERS, _A_CUSTOMER, _DAYS = 200, 60, 30
_SERIES, _WINDOWS = 4, (1, 7, 30, 365, None)


async def measure_customer_rules(ground: Ground, options: Options, report: Report) -> None:
    """Add a line for rules on realtime metrics, and one for the same as of an instant."""
    async with ground.postgres.database() as url, opened_values(url) as values:
        metrics = await _metrics(values)
        await _make_policies(values.definitions, metrics)
        requests = values.series.requests
        model = ReadModel(requests, METRICS, SERIES_MODEL)
        policies, reads, rng = CustomerRuleReads(requests, model), ValueReads(model), random.Random(8)

        async def one_by_one() -> None:
            customer = _customer(rng)
            for metric in metrics:
                await reads.values(TENANT, metric.id, customer, AT_MS, limit=20)

        async def evaluate(at_ms: int | None) -> None:
            await policies.evaluate(TENANT, CONTACT_POLICY, EvaluationQuery(_customer(rng), None, at_ms))

        contributions = f"{_SERIES * _CUSTOMERS * _A_CUSTOMER:,} contributions"
        what = f"evaluate {len(metrics)} policies p99, {contributions}"
        await measure_latency(what, lambda: evaluate(None), one_by_one, _P99_MS, options, report)
        await measure_latency(
            f"{what}, as of an instant", lambda: evaluate(AT_MS), one_by_one, _P99_MS, options, report
        )


async def _metrics(values: MetricValues) -> Sequence[Metric]:
    """Return metrics of every window over each of the series, which have contributions of all customers."""
    rng = random.Random(9)
    metrics = []
    for source in range(_SERIES):
        of: dict[str, Any] = {"source_field": f"source-{source}", "aggregate_function": "sum"}
        given = [
            Given(_customer(rng), "[]", AT_MS - rng.randrange(_DAYS * DAY_MS), Decimal(rng.randrange(10_000)))
            for _ in range(_CUSTOMERS * _A_CUSTOMER)
        ]
        for number, days in enumerate(_WINDOWS):
            metrics.append(
                await values.metric(given if number == 0 else (), compute_mode="realtime", window_days=days, **of)
            )
    await values.series.vacuum()
    return metrics


async def _make_policies(definitions: Definitions, metrics: Sequence[Metric]) -> None:
    for number, metric in enumerate(metrics):
        condition = ValueCondition(operator="gt", value=number)
        terms = RuleTerms(name=f"policy {number}", status="active", metric_id=metric.id, condition=condition)
        await definitions.change(partial(rules.create, kind=CONTACT_POLICY, terms=terms))


def _customer(rng: random.Random) -> str:
    return f"customer-{rng.randrange(_CUSTOMERS)}"
