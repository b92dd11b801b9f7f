"""Writes what steps of rules come to, all in one transaction: standings, history, platform events, deliveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from libs.objects.changes import Change
from libs.pg.database import Connection
from services.monitoring.alerts.alert_states import ALERT_FIRING, RuleStep
from services.monitoring.alerts.kinds import ALERT_RULES
from services.monitoring.alerts.model import AlertRule
from services.monitoring.alerts.notices import message_of
from services.monitoring.alerts.store import add_history, save_standings
from services.monitoring.webhooks.notices import notify


async def record(
    conn: Connection, steps: Sequence[tuple[AlertRule, RuleStep]], change_of: Callable[[AlertRule, RuleStep], Change]
) -> list[AlertRule]:
    """Write the steps of rules that the transaction holds, and return the rules as they stand then.

    `change_of` gives the change as whose part an incident of a rule opens or is resolved.
    """
    rules = []
    for before, step in steps:
        is_told = step.notices or step.opened or step.resolved
        rules.append(
            await tell(change_of(before, step), before, step) if is_told else replace(before, standing=step.standing)
        )
    await save_standings(conn, rules)
    entries = [((rule.tenant_id, rule.id), step.entry) for rule, step in steps if step.entry is not None]
    if entries:
        await add_history(conn, entries)
    return rules


async def tell(change: Change, before: AlertRule, step: RuleStep) -> AlertRule:
    """Publish the incident that a step opens or resolves, send its notices, and return the rule as it stands then."""
    rule = replace(before, standing=step.standing)
    if step.opened is not None:
        await change.publish(ALERT_RULES, rule, "firing")
    if step.resolved is not None:
        # The event says of which incident it is, although that is open no more.
        of_incident = replace(rule, standing=replace(step.standing, incident=step.resolved))
        await change.publish(ALERT_RULES, of_incident, "resolved")
    for notice in step.notices:
        told = await notify(change.conn, message_of(rule, notice), notice.webhooks)
        if notice.type == ALERT_FIRING and step.standing.incident is not None:
            incident = replace(step.standing.incident, notified=tuple(told))
            rule = replace(rule, standing=replace(step.standing, incident=incident))
    return rule
