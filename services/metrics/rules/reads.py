"""Reads of one tenant's contact policies and qualification rules for requests, and their evaluation for a customer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from libs.httpkit.errors import require_found
from libs.pg.database import Connection, Database
from libs.projections.generations import ReadModel, as_of_snapshot
from libs.service.reading import Answer, reading
from services.metrics.rules.evaluation import evaluation_json, result_of
from services.metrics.rules.kinds import RuleKind
from services.metrics.rules.model import CustomerRule, RuleStatus
from services.metrics.rules.rules import identified
from services.metrics.rules.store import CustomerRuleStore, RulePlace
from services.metrics.values.computing import clock_ms
from services.metrics.values.model import ValueReading, WantedValue
from services.metrics.values.readings import read_values


class EvaluationQuery(NamedTuple):
    """A customer to evaluate rules for: the active ones, or those of `ids`; as of `at_ms`, None for now."""

    customer: str
    ids: Sequence[str] | None
    at_ms: int | None


class CustomerRuleReads:
    """Reads rules; `db` connects as the request role, `model` is the read model `series` as that role sees it."""

    def __init__(self, db: Database, model: ReadModel) -> None:
        self.model = model
        self._db = db

    async def get(self, tenant_id: str, kind: RuleKind, rule_id: str) -> CustomerRule:
        """Return the rule of that id; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await identified(CustomerRuleStore(conn, tenant_id, kind), kind, rule_id)

    async def page(
        self, tenant_id: str, kind: RuleKind, status: RuleStatus | None, after: RulePlace | None, *, limit: int
    ) -> tuple[Sequence[CustomerRule], int]:
        """Return the rules of a status, or of any, that follow the place, and how many there are of it in all."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = CustomerRuleStore(conn, tenant_id, kind)
            return await store.list(status, after, limit=limit), await store.count(status)

    async def evaluate(self, tenant_id: str, kind: RuleKind, query: EvaluationQuery) -> Answer:
        """Return the rules evaluated for a customer in one snapshot. Raises NotFound, ModelBehind."""
        async with reading(self.model, tenant_id, narrow_it="`ids`") as conn:
            rules = await _wanted(CustomerRuleStore(conn, tenant_id, kind), kind, query.ids)
            as_of = await as_of_snapshot(conn)
            at_ms = await clock_ms(conn) if query.at_ms is None else query.at_ms
            readings = await _readings(conn, tenant_id, rules, query, at_ms)
        results = [result_of(rule, one) for rule, one in zip(rules, readings, strict=True)]
        return Answer(evaluation_json(kind, query.customer, at_ms, results), as_of)


async def _wanted(store: CustomerRuleStore, kind: RuleKind, texts: Sequence[str] | None) -> Sequence[CustomerRule]:
    """Return the active rules, or those of the ids that clients have as `texts`. Raises NotFound."""
    if texts is None:
        return await store.to_evaluate(None)
    ids = {text: kind.read_id(text) for text in texts}
    rules = await store.to_evaluate([rule_id for rule_id in ids.values() if rule_id is not None])
    found: dict[uuid.UUID | None, CustomerRule] = {rule.id: rule for rule in rules}
    for text, rule_id in ids.items():
        require_found(found.get(rule_id), kind.noun, text)
    return rules


async def _readings(
    conn: Connection, tenant_id: str, rules: Iterable[CustomerRule], query: EvaluationQuery, at_ms: int
) -> Sequence[ValueReading]:
    """Return the value for each rule; one that several rules compare is read once."""
    wanted = [WantedValue(rule.terms.metric_id, rule.terms.condition.dimensions) for rule in rules]
    keys = [(one.metric_id, orjson.dumps(one.dimensions, option=orjson.OPT_SORT_KEYS)) for one in wanted]
    distinct = dict(zip(keys, wanted, strict=True))
    values = await read_values(
        conn, tenant_id, query.customer, list(distinct.values()), at_ms, is_now=query.at_ms is None
    )
    by_key = dict(zip(distinct, values, strict=True))
    return [by_key[key] for key in keys]
