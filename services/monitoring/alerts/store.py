"""Reads and writes of alert rules and their history; each function is one statement of `queries.sql`.

A rule is held before its row of the schedule. The evaluator, which holds rows of the schedule first, never waits for a
rule: it passes over those that are held.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.monitoring.alerts.alert_states import HistoryEntry, Incident, Standing
from services.monitoring.alerts.model import AlertRule, Settings, ShownState

QUERIES = SqlFile.load(Path(__file__).with_name("queries.sql"))
RuleKey = tuple[str, uuid.UUID]
"""Tenant and id of a rule."""
_RULE: Final = (
    *("tenant_id", "id", "version", "interaction_id", "interaction_name", "slo_id"),
    *("created_at", "created_by", "updated_at", "updated_by", "read_at"),
)
_STANDING: Final = (
    *("state", "since", "reason", "value", "held_from_ms", "evaluated_at", "as_of_ms", "snoozed_until", "entries"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFilter:
    """A list's filters: the state as it is shown, the critical interaction's name, the objective."""

    state: ShownState | None = None
    interaction_name: str | None = None
    slo_id: uuid.UUID | None = None


class RuleStore:
    """One tenant's alert rules, over a connection inside a transaction."""

    def __init__(self, conn: Connection, tenant_id: str) -> None:
        self._conn = conn
        self._tenant_id = tenant_id

    async def insert(self, rule: AlertRule) -> None:
        """Insert a rule."""
        standing = rule.standing
        await self._conn.execute(
            QUERIES.insert_rule,
            *(rule.tenant_id, rule.id, rule.interaction_id, rule.slo_id, rule.kind, rule.settings.name),
            *(_stored(rule.settings), standing.state, standing.since, standing.reason),
            *(rule.created_at, rule.created_by),
        )

    async def update(self, rule: AlertRule) -> None:
        """Make what is said of a rule as `rule` has it."""
        await self._conn.execute(
            QUERIES.update_rule,
            *(rule.tenant_id, rule.id, rule.version, rule.settings.name, _stored(rule.settings)),
            *(rule.updated_at, rule.updated_by),
        )

    async def delete(self, rule_ids: Collection[uuid.UUID]) -> None:
        """Remove rules with their history."""
        await self._conn.execute(QUERIES.delete_history, self._tenant_id, list(rule_ids))
        await self._conn.execute(QUERIES.delete_rules, self._tenant_id, list(rule_ids))

    async def get(self, rule_id: uuid.UUID) -> AlertRule | None:
        """Return the rule of that id."""
        row = await self._conn.fetchrow(QUERIES.get_rule, self._tenant_id, rule_id)
        return None if row is None else _rule(row)

    async def lock(self, rule_id: uuid.UUID) -> AlertRule | None:
        """Hold the rule of that id against other writers, and return it."""
        row = await self._conn.fetchrow(QUERIES.lock_rule, self._tenant_id, rule_id)
        return None if row is None else _rule(row)

    async def lock_of_slo(self, slo_id: uuid.UUID) -> Sequence[AlertRule]:
        """Hold the rules of an objective against other writers, and return them by id."""
        return [_rule(row) for row in await self._conn.fetch(QUERIES.lock_rules_of_slo, self._tenant_id, slo_id)]

    async def lock_of_interaction(self, interaction_id: int) -> Sequence[AlertRule]:
        """Hold the rules of a critical interaction against other writers, and return them by id."""
        rows = await self._conn.fetch(QUERIES.lock_rules_of_interaction, self._tenant_id, interaction_id)
        return [_rule(row) for row in rows]

    async def list(self, wanted: RuleFilter, *, limit: int, offset: int) -> Sequence[AlertRule]:
        """Return a part of the rules that match the filter, by name."""
        rows = await self._conn.fetch(QUERIES.list_rules, self._tenant_id, *_arguments(wanted), limit, offset)
        return [_rule(row) for row in rows]

    async def count(self, wanted: RuleFilter) -> int:
        """Return how many rules match the filter."""
        found: int = await self._conn.fetchval(QUERIES.count_rules, self._tenant_id, *_arguments(wanted))
        return found

    async def count_metric_rules(self) -> int:
        """Return how many rules of the kind `metric` there are."""
        found: int = await self._conn.fetchval(QUERIES.count_metric_rules, self._tenant_id)
        return found

    async def history(self, rule_id: uuid.UUID, *, before: int, limit: int) -> Sequence[HistoryEntry]:
        """Return up to `limit` entries of a rule's history before its `before`th, newest first."""
        rows = await self._conn.fetch(QUERIES.history, self._tenant_id, rule_id, before, limit)
        return [HistoryEntry(**row) for row in rows]


async def lock_free(conn: Connection, keys: Collection[RuleKey]) -> Sequence[AlertRule]:
    """Hold those of the rules that nobody else holds, and return them (projector role)."""
    return [_rule(row) for row in await conn.fetch(QUERIES.lock_free, *as_columns(keys, 2))]


async def save_standings(conn: Connection, rules: Iterable[AlertRule]) -> None:
    """Store how rules stand; the transaction holds them."""
    await conn.execute(QUERIES.save_standings, *as_columns(map(_standing_columns, rules), 14))


async def add_history(conn: Connection, entries: Iterable[tuple[RuleKey, HistoryEntry]]) -> None:
    """Add to the history of rules."""
    rows = [
        (*key, one.number, one.at, one.before, one.after, one.value, one.reason, one.incident_id, one.as_of_ms)
        for key, one in entries
    ]
    await conn.execute(QUERIES.add_history, *as_columns(rows, 10))


async def purge_history(conn: Connection, older_than: timedelta) -> None:
    """Remove entries of all tenants' histories (projector role)."""
    await conn.execute(QUERIES.purge_history, older_than)


async def clock(conn: Connection) -> datetime:
    """Return the present, by the database's clock."""
    found: datetime = await conn.fetchval(QUERIES.clock)
    return found


def _stored(settings: Settings) -> Any:
    return msgspec.to_builtins(settings)


def _arguments(wanted: RuleFilter) -> tuple[object, ...]:
    return wanted.state, wanted.interaction_name, wanted.slo_id


def _standing_columns(rule: AlertRule) -> tuple[object, ...]:
    standing, incident = rule.standing, rule.standing.incident
    notified = None if incident is None or incident.notified is None else incident.notified
    return (
        *(rule.tenant_id, rule.id, *(getattr(standing, name) for name in _STANDING)),
        *((None, None) if incident is None else (incident.id, incident.started_at)),
        None if notified is None else f"{{{','.join(map(str, notified))}}}",
    )


def _rule(row: Row) -> AlertRule:
    incident = None
    if row["incident_id"] is not None:
        notified = row["incident_notified"]
        incident = Incident(
            id=row["incident_id"],
            started_at=row["incident_at"],
            notified=None if notified is None else tuple(notified),
        )
    return AlertRule(
        **{name: row[name] for name in _RULE},
        settings=msgspec.convert(row["settings"], Settings),
        standing=Standing(**{name: row[name] for name in _STANDING}, incident=incident),
    )
