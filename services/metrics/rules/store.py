"""Reads and writes of one tenant's rules; each is one statement of `queries.sql`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from libs.objects.names import fold_name
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.metrics.rules.kinds import RuleKind
from services.metrics.rules.model import CustomerRule, RuleStatus, RuleTerms, ValueCondition

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))
_TERMS = RuleTerms.__struct_fields__


class RulePlace(NamedTuple):
    """The place of a rule in the list; the page after it follows."""

    priority: int
    created_at: datetime
    id: uuid.UUID

    @classmethod
    def of(cls, rule: CustomerRule) -> RulePlace:
        """Return the place of a rule."""
        return cls(rule.terms.priority, rule.created_at, rule.id)


class Referrer(NamedTuple):
    """An active rule that refers to a metric; `kind` is the name of its kind."""

    kind: str
    id: uuid.UUID
    name: str


class CustomerRuleStore:
    """One tenant's rules of a kind, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str, kind: RuleKind) -> None:
        self._conn = conn
        self._of = (tenant_id, kind.name)

    async def insert(self, rule: CustomerRule) -> None:
        """Insert a rule."""
        await self._conn.execute(
            QUERIES.insert_rule,
            *(*self._of, rule.id, rule.version, *_columns(rule.terms)),
            *(rule.created_at, rule.created_by, rule.updated_at, rule.updated_by),
        )

    async def update(self, rule: CustomerRule) -> None:
        """Make the row as `rule` is."""
        await self._conn.execute(
            QUERIES.update_rule,
            *(*self._of, rule.id, rule.version, *_columns(rule.terms), rule.updated_at, rule.updated_by),
        )

    async def delete(self, rule_id: uuid.UUID) -> None:
        """Remove a rule."""
        await self._conn.execute(QUERIES.delete_rule, *self._of, rule_id)

    async def get(self, rule_id: uuid.UUID) -> CustomerRule | None:
        """Return the rule of that id."""
        row = await self._conn.fetchrow(QUERIES.get_rule, *self._of, rule_id)
        return None if row is None else _rule(row)

    async def lock(self, rule_id: uuid.UUID) -> CustomerRule | None:
        """Hold the rule of that id against other writers, and return it."""
        row = await self._conn.fetchrow(QUERIES.lock_rule, *self._of, rule_id)
        return None if row is None else _rule(row)

    async def list(self, status: RuleStatus | None, after: RulePlace | None, *, limit: int) -> Sequence[CustomerRule]:
        """Return the rules of a status, or of any, that follow the place: by priority, then newest first."""
        place = after or (None, None, None)
        return [_rule(row) for row in await self._conn.fetch(QUERIES.list_rules, *self._of, status, *place, limit)]

    async def count(self, status: RuleStatus | None = None) -> int:
        """Return how many rules there are of a status, or of any."""
        found: int = await self._conn.fetchval(QUERIES.count_rules, *self._of, status)
        return found

    async def to_evaluate(self, ids: Sequence[uuid.UUID] | None) -> Sequence[CustomerRule]:
        """Return the active rules, or those of the ids whatever their status: by priority, then newest first."""
        return [_rule(row) for row in await self._conn.fetch(QUERIES.rules_to_evaluate, *self._of, ids)]


async def active_referrers(conn: Connection, tenant_id: str, metric_id: uuid.UUID) -> Sequence[Referrer]:
    """Return the active rules of both kinds that refer to a metric, by kind and name."""
    return [Referrer(**row) for row in await conn.fetch(QUERIES.active_referrers, tenant_id, metric_id)]


def _columns(terms: RuleTerms) -> tuple[object, ...]:
    return (
        *(terms.name, fold_name(terms.name), terms.description, terms.status, terms.rule_type, terms.metric_id),
        *(msgspec.to_builtins(terms.condition), terms.priority),
    )


def _rule(row: Row) -> CustomerRule:
    columns: dict[str, Any] = {name: value for name, value in row.items() if name != "name_folded"}
    terms = {name: columns.pop(name) for name in _TERMS}
    terms["condition"] = msgspec.convert(terms["condition"], ValueCondition)
    return CustomerRule(**columns, terms=RuleTerms(**terms))
