"""Reads of one tenant's service level objectives for requests, and how much of their budgets is spent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import msgspec

from libs.contracts.times import to_ms
from libs.httpkit.errors import require_found
from libs.pg.database import Connection, Database
from libs.projections.generations import ReadModel
from libs.service.reading import Answer, reading
from services.monitoring.alerts import burn_rules
from services.monitoring.alerts.model import ShownState
from services.monitoring.health.freshness import Freshness
from services.monitoring.health.ranges import Period
from services.monitoring.health.store import Window, tallies_of_windows
from services.monitoring.slos.burn_rate import EventCounts, budget_of, burn_rate
from services.monitoring.slos.model import Slo
from services.monitoring.slos.store import SloStore

NOUN: Final = "service level objective"


class SloReads:
    """Reads objectives; `db` connects as the request role, `model` is the read model `health` as that role sees it."""

    def __init__(self, db: Database, model: ReadModel, freshness: Freshness) -> None:
        self.model = model
        self._db = db
        self._freshness = freshness

    async def get(self, tenant_id: str, slo_id: uuid.UUID) -> Slo:
        """Return the objective of that id; raises NotFound."""
        async with self._db.tenant_transaction(tenant_id, readonly=True) as conn:
            return await identified(SloStore(conn, tenant_id), slo_id)

    async def page(
        self, tenant_id: str, interaction_name: str | None, *, limit: int, offset: int
    ) -> tuple[Sequence[Slo], int]:
        """Return a part of the objectives, of one critical interaction or of all, and how many there are of it."""
        async with self._db.tenant_transaction(tenant_id, isolation="repeatable_read", readonly=True) as conn:
            store = SloStore(conn, tenant_id)
            found = await store.list(interaction_name, limit=limit, offset=offset)
            return found, await store.count(interaction_name)

    async def status(self, tenant_id: str, slo_id: uuid.UUID) -> Answer:
        """Return how much of the objective's budget is spent, and how fast it burns; raises NotFound."""
        as_of = await self._freshness.as_of()
        as_of_ms = to_ms(as_of)
        async with reading(self.model, tenant_id, narrow_it="a shorter window of the objective") as conn:
            slo = await identified(SloStore(conn, tenant_id), slo_id)
            events = await _events(conn, slo, as_of_ms)
            states = await burn_rules.states(conn, slo)
        return Answer({"data": _status(slo, as_of_ms, events, states)}, as_of)


async def identified(store: SloStore, slo_id: uuid.UUID) -> Slo:
    """Return the objective of that id; raises NotFound."""
    return require_found(await store.get(slo_id), NOUN, slo_id)


async def _events(conn: Connection, slo: Slo, as_of_ms: int) -> Mapping[int, EventCounts]:
    """Return the events of the objective's window and of its rules', by their lengths in minutes."""
    rules = slo.objective.rules
    lengths = sorted(
        {
            slo.objective.window_minutes,
            *(minutes for rule in rules for minutes in (rule.long_minutes, rule.short_minutes)),
        }
    )
    windows = [
        Window(slo.tenant_id, slo.interaction_id, Period.up_to(as_of_ms, minutes), durations=False)
        for minutes in lengths
    ]
    tallies = await tallies_of_windows(conn, windows)
    return {minutes: slo.objective.events(tally) for minutes, tally in zip(lengths, tallies, strict=True)}


def _status(slo: Slo, as_of_ms: int, events: Mapping[int, EventCounts], states: Sequence[ShownState]) -> dict[str, Any]:
    target, period = slo.objective.target, Period.up_to(as_of_ms, slo.objective.window_minutes)
    whole = events[slo.objective.window_minutes]
    budget = budget_of(whole, target)
    return {
        "asOf": as_of_ms,
        "from": period.from_ms,
        "to": period.to_ms,
        "good": whole.good,
        "bad": whole.bad,
        "total": whole.total,
        "sli": _number(budget.sli),
        "target": target,
        "allowedBad": float(budget.allowed_bad),
        "budgetSpent": _number(budget.spent),
        "budgetRemaining": _number(budget.remaining),
        "burnRules": [
            {
                **msgspec.to_builtins(rule),
                "longRate": _number(burn_rate(events[rule.long_minutes], target)),
                "shortRate": _number(burn_rate(events[rule.short_minutes], target)),
                "state": state,
            }
            for rule, state in zip(slo.objective.rules, states, strict=True)
        ],
    }


def _number(exact: Fraction | None) -> float | None:
    return None if exact is None else float(exact)
