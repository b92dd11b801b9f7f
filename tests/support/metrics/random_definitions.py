"""Random definitions over the records of `random_records`, each with what its filter in SQL means."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.support.metrics.oracle import OracleMetric
from tests.support.metrics.posted import time_text
from tests.support.metrics.random_records import COUNTRIES
from tests.support.metrics.sql_conditions import random_sql

FUNCTIONS = ("count", "sum", "avg", "min", "max")
SOURCES = ("Create", "DELETE", "payment.settled", "purchase", "n", "value", "a.b", "a.0", "items.0.price", "country")
GROUPINGS: Sequence[Sequence[str]] = (
    *((), (), ("country",), ("n",), ("kind", "flag"), ("data.action", "action"), ("tags", "items.0.price")),
    ("eventType", "customerId"),
)
_FIELDS: Mapping[str, Sequence[Any]] = {
    "country": COUNTRIES,
    "n": (0, 1, Decimal("0.1"), 100, Decimal("-1.5")),
    "a.b": (1, 17, "5"),
    "flag": (True, False, "true"),
    "data.action": ("own",),
    "action": ("CREATE", "DELETE"),
    "eventType": ("purchase", "payment.settled"),
    "kind": ("interaction", "event"),
    "resourceType": ("ORDER", "PAYMENT"),
    "customerId": ("ann", "17"),
    "userId": ("bob",),
}
"""What conditions look at, and what each is compared with."""


def random_metric(source: random.Random, name: str, now_ms: int, *, mode: str | None = None) -> OracleMetric:
    """Return a definition; it is for a short run of the machine, so batches are computed when they are asked for."""
    mode = mode or source.choice(("batch", "realtime"))
    body: dict[str, Any] = {
        "name": name,
        "aggregateFunction": source.choice(FUNCTIONS if mode == "batch" else FUNCTIONS[:2]),
        "sourceField": source.choice(SOURCES),
        "windowDays": source.choice((1, 7, 30, 365, None)),
        "groupByDimensions": list(source.choice(GROUPINGS)),
        "computeMode": mode,
        "batchIntervalMin": 1440,
    }
    if source.random() < 0.5:
        body["filterConditions"] = random_conditions(source, now_ms)
    sql = random_sql(source, _FIELDS) if source.random() < 0.4 else None
    if sql is None:
        return OracleMetric(body)
    return OracleMetric({**body, "sqlFilter": sql.text}, sql.judge)


def random_conditions(source: random.Random, now_ms: int, depth: int = 2) -> Mapping[str, Any]:
    """Return `filterConditions`."""
    if depth > 0 and source.random() < 0.6:
        inner = [random_conditions(source, now_ms, depth - 1) for _ in range(2)]
        return source.choice(({"and": inner}, {"or": inner}, {"not": inner[0]}))
    name, several = source.choice(sorted(_FIELDS.items()))
    value = source.choice(several)
    leaves = [
        {name: value},
        {"field": name, "op": source.choice(("eq", "neq", "gt", "gte", "lt", "lte")), "value": value},
        {"field": name, "op": source.choice(("eq", "neq")), "value": None},
        {"field": name, "op": source.choice(("in", "not_in")), "value": list(several)},
        {"field": name, "op": "exists", "value": source.choice((True, False))},
        {"field": source.choice(("tags", "country")), "op": "contains", "value": source.choice(("a", 1, "E"))},
        {"field": "eventTime", "op": source.choice(("lt", "gte")), "value": time_text(now_ms - 20 * 86_400_000)},
    ]
    return source.choice(leaves)
