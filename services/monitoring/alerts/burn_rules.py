"""The alert rules of an objective: made, changed and removed with it, one for each of its burn rules."""

from __future__ import annotations

import uuid

from libs.objects.changes import Change
from libs.pg.database import Connection
from services.monitoring.alerts import rules
from services.monitoring.alerts.model import BurnCondition, Settings, ShownState
from services.monitoring.alerts.store import RuleFilter, RuleStore
from services.monitoring.slos.burn_rate import BurnRule
from services.monitoring.slos.model import MAX_BURN_RULES, Slo


async def keep(change: Change, slo: Slo) -> None:
    """Make the rules of an objective, which the transaction holds, as it says.

    A rule of the same windows, factor, severity and duration goes on with its state.
    """
    held = await RuleStore(change.conn, change.tenant_id).lock_of_slo(slo.id)
    present = {_same(rule.settings): rule for rule in held}
    wanted = {_same(settings): settings for settings in (_settings(slo, rule) for rule in slo.objective.rules)}
    await rules.delete_all(change, [rule for same, rule in present.items() if same not in wanted])
    for same, settings in wanted.items():
        if same in present:
            await rules.say(change, present[same], settings)
        else:
            await rules.add(change, settings, slo.interaction_id, slo.interaction_name, slo.id)


async def remove(change: Change, slo_id: uuid.UUID) -> None:
    """Delete the rules of an objective, which the transaction holds."""
    await rules.delete_all(change, await RuleStore(change.conn, change.tenant_id).lock_of_slo(slo_id))


async def states(conn: Connection, slo: Slo) -> list[ShownState]:
    """Return the states of the rules of an objective, in the order of its burn rules."""
    found = await RuleStore(conn, slo.tenant_id).list(RuleFilter(slo_id=slo.id), limit=MAX_BURN_RULES, offset=0)
    present = {_same(rule.settings): rule.state for rule in found}
    return [present[_same(_settings(slo, rule))] for rule in slo.objective.rules]


def _settings(slo: Slo, rule: BurnRule) -> Settings:
    objective = slo.objective
    return Settings(
        name=f"{objective.name}: {rule.factor:g} x over {rule.long_minutes} and {rule.short_minutes} min",
        slo_name=objective.name,
        condition=BurnCondition(
            target=objective.target,
            good_when=objective.good_when,
            long_minutes=rule.long_minutes,
            short_minutes=rule.short_minutes,
            factor=rule.factor,
            for_seconds=rule.for_seconds,
            min_events=objective.min_events,
        ),
        severity=rule.severity,
        webhook_ids=objective.webhook_ids,
    )


def _same(settings: Settings) -> tuple[object, ...]:
    """Return what tells the rules of one objective apart."""
    condition = settings.condition
    assert isinstance(condition, BurnCondition)
    return (
        *(condition.long_minutes, condition.short_minutes, condition.factor, condition.for_seconds),
        settings.severity,
    )
