"""Evaluations on real rollups: states, incidents, notices and events in one transaction, each due time once."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from libs.httpkit.preconditions import ANY_VERSION
from libs.objects.changes import Change
from libs.pg.database import Connection, connect_once
from libs.pg.errors import DatabaseUnavailable
from libs.schedule.schedule import DueRow
from services.monitoring.alerts import burn_rules, rules
from services.monitoring.alerts.alert_states import DISABLED, FEW_EVENTS, NEW, STALE, HistoryEntry
from services.monitoring.alerts.evaluation import Evaluation, Pace
from services.monitoring.alerts.evaluator import Evaluator
from services.monitoring.alerts.model import AlertRule
from services.monitoring.definitions import rules as definitions
from services.monitoring.definitions.closings import Closings
from services.monitoring.slos import rules as slos
from services.monitoring.slos.burn_rate import BurnRule
from services.monitoring.slos.model import Objective
from tests.support.monitoring.alerts import INTERVAL, Alerts, evaluator_of
from tests.support.waiting import eventually


def states(history: Sequence[HistoryEntry]) -> list[tuple[str, str | None]]:
    return [(one.after, one.reason) for one in history]


async def test_a_rule_reads_the_percentiles_of_its_window(alerts: Alerts) -> None:
    rule_id = await alerts.create(metric="p95", operator="GREATER_THAN", threshold=40)
    await alerts.count(completed=3, errored=2)
    await alerts.evaluate()
    firing = await alerts.rule(rule_id)
    assert firing.state == "FIRING"
    assert firing.standing.value == pytest.approx(50, rel=0.01)


async def test_a_rule_fires_and_is_resolved(alerts: Alerts) -> None:
    webhook_id = await alerts.webhook()
    rule_id = await alerts.create(
        metric="errorRate", operator="GREATER_THAN", threshold=0.25, min_events=4, said={"webhook_ids": (webhook_id,)}
    )
    assert (await alerts.rule(rule_id)).standing.reason == NEW

    await alerts.count(completed=2, errored=1)
    await alerts.evaluate()
    assert (await alerts.rule(rule_id)).standing.reason == FEW_EVENTS
    await alerts.count(errored=1)
    await alerts.evaluate()
    firing = await alerts.rule(rule_id)
    assert (firing.state, firing.standing.value) == ("FIRING", 0.5)
    await alerts.evaluate()
    await alerts.count(completed=8)
    await alerts.evaluate()

    history = await alerts.history(rule_id)
    assert states(history) == [("FIRING", None), ("OK", None)]
    incident = firing.standing.incident
    assert incident is not None
    assert [one.incident_id for one in history] == [incident.id] * 2
    assert await alerts.events() == ["alert_rule.created", "alert_rule.firing", "alert_rule.resolved"]
    fired, resolved = await alerts.bodies()
    assert (fired["type"], resolved["type"]) == ("alert.firing", "alert.resolved")
    assert fired["data"] == {
        "tenantId": "acme",
        "incidentId": str(incident.id),
        "rule": {
            "id": str(rule_id),
            "name": "rule",
            "kind": "metric",
            "severity": "warning",
            "metric": "errorRate",
            "operator": "GREATER_THAN",
            "threshold": 0.25,
            "windowMinutes": 5,
        },
        "interaction": {"id": 1, "name": "checkout"},
        "slo": None,
        "value": 0.5,
        "startedAt": fired["data"]["startedAt"],
        "resolvedAt": None,
        "reason": None,
        "path": f"/v1/alert-rules/{rule_id}",
    }
    assert resolved["data"]["startedAt"] == fired["data"]["startedAt"] <= resolved["data"]["resolvedAt"]


async def test_what_is_undecided_is_no_data_and_an_incident_outlives_that(alerts: Alerts) -> None:
    rule_id = await alerts.create()
    await alerts.count(errored=1)
    await alerts.evaluate()
    await alerts.decide(timedelta(seconds=121))
    await alerts.evaluate()
    await alerts.decide()
    await alerts.evaluate()
    history = await alerts.history(rule_id)
    assert states(history) == [("FIRING", None), ("NO_DATA", STALE), ("FIRING", None)]
    assert len({one.incident_id for one in history}) == 1


async def test_a_rule_that_is_disabled_resolves_its_incident_and_is_not_evaluated(alerts: Alerts) -> None:
    rule_id = await alerts.create()
    await alerts.count(errored=1)
    await alerts.evaluate()
    await _patch(alerts, rule_id, enabled=False)
    await alerts.evaluate()
    assert (await alerts.rule(rule_id)).standing.reason == DISABLED
    await _patch(alerts, rule_id, enabled=True)
    await alerts.evaluate()
    assert states(await alerts.history(rule_id)) == [("FIRING", None), ("NO_DATA", DISABLED), ("FIRING", None)]


async def test_a_snooze_holds_the_firing_notice_back_until_its_end(alerts: Alerts) -> None:
    rule_id = await alerts.create(said={"webhook_ids": (await alerts.webhook(),)})
    await alerts.change(lambda change: rules.snooze(change, rule_id, timedelta(seconds=2)))
    await alerts.count(errored=1)
    await alerts.evaluate()
    snoozed = await alerts.rule(rule_id)
    assert (snoozed.state, snoozed.underlying_state) == ("SNOOZED", "FIRING")
    assert await alerts.bodies() == []
    (due_at,) = await alerts.fetch("SELECT due_at FROM monitoring.schedule WHERE kind = 'alert_rule'")
    assert due_at <= (snoozed.standing.snoozed_until or due_at)

    await alerts.change(lambda change: rules.unsnooze(change, rule_id))
    await alerts.evaluate()
    await alerts.evaluate()
    assert [body["type"] for body in await alerts.bodies()] == ["alert.firing"]


async def test_an_objectives_rule_fires_when_both_windows_burn_too_fast(alerts: Alerts) -> None:
    burning = BurnRule(long_minutes=60, short_minutes=5, factor=2, severity="critical")
    objective = Objective(
        name="mostly", target=0.9, min_events=10, burn_rules=(burning,), webhook_ids=(await alerts.webhook(),)
    )
    slo = await alerts.change(lambda change: slos.create(change, objective, "checkout"))
    (rule_id,) = await alerts.fetch("SELECT id FROM monitoring.alert_rules")
    await alerts.count(completed=5, errored=4, ago=timedelta(minutes=30))
    await alerts.evaluate()
    assert (await alerts.rule(rule_id)).standing.reason == FEW_EVENTS
    await alerts.count(completed=1)
    await alerts.evaluate()
    assert ((await alerts.rule(rule_id)).state, (await alerts.rule(rule_id)).standing.value) == ("OK", 4.0)
    await alerts.count(errored=1)
    await alerts.evaluate()
    async with alerts.world.requests.tenant_transaction("acme") as conn:
        assert await burn_rules.states(conn, slo) == ["FIRING"]
    await alerts.change(lambda change: slos.delete(change, slo.id, match=ANY_VERSION))
    fired, resolved = (body["data"] for body in await alerts.bodies())
    assert fired["slo"] == {"id": str(slo.id), "name": "mostly"}
    assert [fired["rule"][name] for name in ("kind", "metric", "operator", "threshold", "windowMinutes")] == [
        *("burnRate", "burnRate", "GREATER_THAN", 2, 60)
    ]
    assert (fired["value"], resolved["reason"]) == (pytest.approx(50 / 11), "deleted")


async def test_a_rule_that_breaks_its_evaluation_holds_up_no_other(alerts: Alerts) -> None:
    broken, sound = await alerts.create("broken"), await alerts.create("sound")
    await alerts.execute("""UPDATE monitoring.alert_rules SET settings = '{}' WHERE id = $1""", broken)
    await alerts.evaluate()
    assert (await alerts.rule(sound)).state == "OK"
    overdue = "SELECT id FROM monitoring.schedule WHERE kind = 'alert_rule' AND due_at <= now()"
    assert await alerts.fetch(overdue) == []


async def test_two_evaluators_over_a_figure_that_flaps_tell_each_incident_once(alerts: Alerts) -> None:
    webhook_id = await alerts.webhook()
    made = [await alerts.create(f"rule {n}", window_minutes=1, said={"webhook_ids": (webhook_id,)}) for n in range(6)]
    await alerts.count(errored=1)
    evaluators = [evaluator_of(alerts.world.projector, timedelta(milliseconds=1)) for _ in range(2)]
    rounds: Counter[Evaluator] = Counter()
    over = asyncio.Event()

    async def evaluate(evaluator: Evaluator) -> None:
        while not over.is_set():
            await evaluator.evaluate_due()
            rounds[evaluator] += 1

    async def whole_rounds() -> None:
        before = rounds.copy()
        await eventually(lambda: all(rounds[one] - before[one] > 1 for one in evaluators))

    async def flap() -> None:
        for n in range(40):
            await alerts.decide(timedelta(minutes=n % 2))
            await whole_rounds()
        over.set()

    await asyncio.gather(flap(), *map(evaluate, evaluators))
    opened = set()
    for rule_id in made:
        history = await alerts.history(rule_id)
        assert [one.number for one in history] == list(range(1, len(history) + 1))
        assert all(earlier.after == later.before for earlier, later in pairwise(history))
        assert all(earlier.at < later.at for earlier, later in pairwise(history))
        opened |= {one.incident_id for one in history if one.after == "FIRING"}
    fired = [body["data"]["incidentId"] for body in await alerts.bodies() if body["type"] == "alert.firing"]
    assert len(opened) > len(made)
    assert sorted(fired) == sorted(map(str, opened))
    assert (await alerts.events()).count("alert_rule.firing") == len(opened)


async def test_an_evaluation_that_dies_leaves_nothing_and_is_done_by_the_next(alerts: Alerts) -> None:
    rule_id = await alerts.create(said={"webhook_ids": (await alerts.webhook(),)})
    await alerts.count(errored=1)
    owner = await connect_once(alerts.world.url, application_name="tests")

    class Dying(Evaluation):
        """Loses its connection once all is written, before the transaction is committed."""

        async def evaluate(self, conn: Connection, due: Sequence[DueRow]) -> list[AlertRule]:
            evaluated = await super().evaluate(conn, due)
            await owner.execute("SELECT pg_terminate_backend($1, 5000)", conn.get_server_pid())
            return evaluated

    pace = Pace(interval=INTERVAL, watermark=timedelta())
    with pytest.raises(DatabaseUnavailable):
        await Evaluator(alerts.world.projector, Dying(pace)).evaluate_due()
    await owner.close()
    assert await alerts.history(rule_id) == []
    assert await alerts.bodies() == []
    await alerts.evaluator.evaluate_due()
    await alerts.evaluator.evaluate_due()
    assert len(await alerts.history(rule_id)) == len(await alerts.bodies()) == 1


async def test_whoever_changes_rules_and_evaluates_them_never_waits_in_a_circle(alerts: Alerts) -> None:
    made = [await alerts.create(f"rule {n}") for n in range(8)]
    await alerts.count(errored=1)
    over = asyncio.Event()

    async def evaluate() -> None:
        evaluator = evaluator_of(alerts.world.projector, timedelta(milliseconds=1))
        while not over.is_set():
            await evaluator.evaluate_due()

    async def work(number: int) -> None:
        for n in range(12):
            rule_id, minutes = made[(number + n) % 7], timedelta(minutes=n + 1)
            await _patch(alerts, rule_id, threshold=n + number, enabled=n % 3 > 0)
            await alerts.change(partial(rules.snooze, rule_id=rule_id, until=minutes))
            await alerts.change(partial(rules.unsnooze, rule_id=rule_id))

    async def work_on_objective() -> None:
        objective = Objective(name="objective", target=0.9)
        slo = await alerts.change(lambda change: slos.create(change, objective, "checkout"))
        for n in range(8):
            changes = {"target": 0.9 + n / 100, "window_minutes": 1_440 * (n % 2 + 1)}
            await alerts.change(
                partial(slos.update, slo_id=slo.id, changes=changes, interaction_name=None, match=ANY_VERSION)
            )

    async def change() -> None:
        await asyncio.gather(work_on_objective(), *map(work, range(4)))
        await alerts.change(lambda change: rules.delete(change, made[7], match=ANY_VERSION))
        await alerts.change(_delete_interaction)
        over.set()

    await asyncio.gather(evaluate(), evaluate(), change())
    for table in ("alert_rules", "alert_history", "schedule"):
        assert await alerts.fetch(f"SELECT 1 FROM monitoring.{table}") == []


async def test_the_rules_of_an_interaction_go_with_it_and_their_incidents_are_resolved(alerts: Alerts) -> None:
    await alerts.create(said={"webhook_ids": (await alerts.webhook(),)})
    await alerts.count(errored=1)
    await alerts.evaluate()
    await alerts.change(_delete_interaction)
    assert await alerts.events() == [f"alert_rule.{one}" for one in ("created", "firing", "resolved", "deleted")]
    assert [(body["type"], body["data"]["reason"]) for body in await alerts.bodies()] == [
        ("alert.firing", None),
        ("alert.resolved", "deleted"),
    ]


async def _patch(alerts: Alerts, rule_id: uuid.UUID, **changes: Any) -> None:
    await alerts.change(lambda change: rules.update(change, rule_id, changes, interaction_name=None, match=ANY_VERSION))


async def _delete_interaction(change: Change) -> None:
    closings = Closings(1, 0)
    await definitions.delete(change, "checkout", match=ANY_VERSION, by="tests", closings=closings)
