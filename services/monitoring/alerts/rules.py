"""Changes of alert rules, each by its rule and within the caller's change.

Locks are taken in the order critical interaction, objective, rules by their ids, rows of the schedule.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from libs.contracts.paths import MONITORING
from libs.httpkit.errors import Unprocessable, Violation, require_found
from libs.httpkit.preconditions import IfMatch
from libs.objects.changes import Change
from libs.objects.limits import require_room
from libs.objects.names import unique
from libs.schedule.schedule import Schedule
from services.monitoring.alerts.alert_states import (
    DELETED,
    DISABLED,
    NEW,
    Standing,
    ended,
    remeasured,
    restarted,
)
from services.monitoring.alerts.consistency import inconsistencies
from services.monitoring.alerts.errors import RuleExists, RuleOfObjective, TooManyRules
from services.monitoring.alerts.kinds import ALERT_RULES
from services.monitoring.alerts.model import (
    LONGEST_SNOOZE,
    MAX_RULES,
    AlertRule,
    MetricCondition,
    Settings,
    of_condition,
)
from services.monitoring.alerts.outcomes import record, tell
from services.monitoring.alerts.reads import NOUN
from services.monitoring.alerts.store import RuleStore, clock, save_standings
from services.monitoring.definitions.references import require_same_name, share_named
from services.monitoring.webhooks.references import require_webhooks

SCHEDULE: Final = Schedule(MONITORING, "alert_rule")
"""When rules are evaluated, by their ids; disabled ones are not on it."""


async def create(change: Change, settings: Settings, interaction_name: str) -> AlertRule:
    """Create a metric rule, evaluated from now on. Raises Unprocessable, RuleExists, TooManyRules."""
    store = RuleStore(change.conn, change.tenant_id)
    interaction = await share_named(change, interaction_name)
    full = TooManyRules(limit=MAX_RULES)
    await require_room(change, ALERT_RULES, store.count_metric_rules, MAX_RULES, full)
    await require_webhooks(change, settings.webhook_ids)
    async with unique(change.conn, "alert_rule_names", RuleExists(name=settings.name)):
        return await add(change, settings, interaction.id, interaction_name)


async def add(
    change: Change, settings: Settings, interaction_id: int, interaction_name: str, slo_id: uuid.UUID | None = None
) -> AlertRule:
    """Add a rule to a critical interaction that the transaction holds; it is due now."""
    now, at = change.now(), await clock(change.conn)
    rule = AlertRule(
        tenant_id=change.tenant_id,
        id=change.new_id(),
        version=1,
        interaction_id=interaction_id,
        interaction_name=interaction_name,
        slo_id=slo_id,
        settings=settings,
        standing=Standing(since=at, reason=NEW if settings.enabled else DISABLED),
        created_at=now,
        created_by=change.cause.actor.id,
        updated_at=now,
        updated_by=change.cause.actor.id,
        read_at=at,
    )
    await RuleStore(change.conn, change.tenant_id).insert(rule)
    await _make_due(change, rule)
    await change.publish(ALERT_RULES, rule, "created")
    return rule


async def update(
    change: Change, rule_id: uuid.UUID, changes: Mapping[str, Any], *, interaction_name: str | None, match: IfMatch
) -> AlertRule:
    """Change fields of a metric rule; those that change nothing make no version.

    Raises NotFound, PreconditionFailed, RuleOfObjective, Unprocessable, RuleExists.
    """
    before = await _own(change, rule_id, match)
    require_same_name(before.interaction_name, interaction_name)
    settings = _changed(before.settings, changes)
    await require_webhooks(change, settings.webhook_ids, known=before.settings.webhook_ids)
    async with unique(change.conn, "alert_rule_names", RuleExists(name=settings.name)):
        return await say(change, before, settings)


async def say(change: Change, before: AlertRule, settings: Settings) -> AlertRule:
    """Let a rule that the transaction holds say something else from now on, if it is something else."""
    if settings == before.settings:
        return before
    rule = replace(
        before,
        version=before.version + 1,
        settings=settings,
        updated_at=change.now(),
        updated_by=change.cause.actor.id,
    )
    await RuleStore(change.conn, change.tenant_id).update(rule)
    rule = await _follow(change, before.settings, rule)
    await change.publish(ALERT_RULES, rule, "updated")
    return rule


async def delete(change: Change, rule_id: uuid.UUID, *, match: IfMatch) -> None:
    """Delete a metric rule, its open incident resolved. Raises NotFound, PreconditionFailed, RuleOfObjective."""
    await delete_all(change, [await _own(change, rule_id, match)])


async def delete_of_interaction(change: Change, interaction_id: int) -> None:
    """Delete the rules of a critical interaction that the transaction holds."""
    await delete_all(change, await RuleStore(change.conn, change.tenant_id).lock_of_interaction(interaction_id))


async def delete_all(change: Change, rules: Sequence[AlertRule]) -> None:
    """Delete rules that the transaction holds, with their history; open incidents are resolved."""
    if not rules:
        return
    at = await clock(change.conn)
    for rule in rules:
        after = await tell(change, rule, ended(rule.standing, at, DELETED))
        await SCHEDULE.remove(change.conn, rule.tenant_id, str(rule.id))
        await change.publish(ALERT_RULES, after, "deleted")
    await RuleStore(change.conn, change.tenant_id).delete([rule.id for rule in rules])


async def snooze(change: Change, rule_id: uuid.UUID, until: datetime | timedelta) -> AlertRule:
    """Let firing notices of a rule wait until a moment, or for a time from now. Raises NotFound, Unprocessable."""
    rule = await _held(change, rule_id)
    moment = rule.read_at + until if isinstance(until, timedelta) else until
    if not rule.read_at < moment <= rule.read_at + LONGEST_SNOOZE:
        raise Unprocessable(
            Violation(("body", "until"), f"a time from now on is expected, within {LONGEST_SNOOZE.days} days")
        )
    return await _snoozed(change, rule, moment, "snoozed")


async def unsnooze(change: Change, rule_id: uuid.UUID) -> None:
    """End the snooze of a rule, if it is snoozed: one that fires is due to tell so. Raises NotFound."""
    rule = await _held(change, rule_id)
    if rule.standing.is_snoozed(rule.read_at):
        await _snoozed(change, rule, None, "unsnoozed")


async def _snoozed(change: Change, before: AlertRule, until: datetime | None, happened: str) -> AlertRule:
    """Let a rule be snoozed until then; it is due now, and its next time follows from the snooze."""
    if before.standing.snoozed_until == until:
        return before
    rule = replace(before, standing=replace(before.standing, snoozed_until=until))
    await save_standings(change.conn, [rule])
    await _make_due(change, rule)
    await change.publish(ALERT_RULES, rule, happened)
    return rule


async def _follow(change: Change, said: Settings, rule: AlertRule) -> AlertRule:
    """Let the standing of a rule follow what is said now, where that was `said` before."""
    if said.enabled and not rule.settings.enabled:
        step = ended(rule.standing, await clock(change.conn), DISABLED)
        await SCHEDULE.remove(change.conn, rule.tenant_id, str(rule.id))
        return (await record(change.conn, [(rule, step)], lambda *_: change))[0]
    standing = rule.standing
    if rule.settings.enabled and not said.enabled:
        standing = restarted(standing)
    elif rule.settings.condition != said.condition:
        standing = remeasured(standing)
    else:
        return rule
    rule = replace(rule, standing=standing)
    await save_standings(change.conn, [rule])
    await _make_due(change, rule)
    return rule


async def _make_due(change: Change, rule: AlertRule) -> None:
    if rule.settings.enabled:
        await SCHEDULE.put(change.conn, rule.tenant_id, str(rule.id))


async def _held(change: Change, rule_id: uuid.UUID) -> AlertRule:
    return require_found(await RuleStore(change.conn, change.tenant_id).lock(rule_id), NOUN, rule_id)


async def _own(change: Change, rule_id: uuid.UUID, match: IfMatch) -> AlertRule:
    """Return the rule, held, if it is changed by itself: not one of an objective's."""
    rule = await _held(change, rule_id)
    if rule.slo_id is not None:
        raise RuleOfObjective(slo_id=rule.slo_id)
    match.require(rule.version)
    return rule


def _changed(before: Settings, changes: Mapping[str, Any]) -> Settings:
    """Return what a metric rule says with the changes; raises Unprocessable for a threshold that does not fit."""
    measured, said = of_condition(changes)
    condition = msgspec.structs.replace(before.condition, **measured)
    assert isinstance(condition, MetricCondition)
    if violations := inconsistencies(condition, ("body",)):
        raise Unprocessable(*violations)
    return msgspec.structs.replace(before, condition=condition, **said)
