"""Alert rules for tests: made and evaluated by hand, on results folded at the present."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import orjson

from libs.contracts.envelope import decode_headers
from libs.contracts.events import SYSTEM, Cause
from libs.contracts.times import to_ms
from libs.eventlog.header_codec import unpack_headers
from libs.objects.changes import Change, Changes, utc_now
from libs.pg.database import Database
from libs.vault.vault import Vault
from services.monitoring.alerts import rules
from services.monitoring.alerts.alert_states import HistoryEntry
from services.monitoring.alerts.evaluation import Evaluation, Pace
from services.monitoring.alerts.evaluator import Evaluator
from services.monitoring.alerts.model import AlertRule, MetricCondition, Settings
from services.monitoring.alerts.store import RuleStore
from services.monitoring.definitions import rules as definitions
from services.monitoring.webhooks import rules as webhooks
from tests.support.accounts import SECRET_KEY
from tests.support.monitoring.definitions import definition
from tests.support.monitoring.health import World, recorded, result
from tests.support.records import START_MS

T = TypeVar("T")
TENANT = "acme"
INTERVAL = timedelta(seconds=15)
_numbers = count()


def condition(**changes: Any) -> MetricCondition:
    """At least one errored one within five minutes, and the changes."""
    return MetricCondition(**{"metric": "errored", "operator": "GREATER_THAN_EQUAL", "threshold": 1, **changes})


@dataclass(frozen=True, slots=True)
class Alerts:
    """Alert rules of acme, whose critical interaction `checkout` has the id 1."""

    world: World
    evaluator: Evaluator

    async def change(self, work: Callable[[Change], Awaitable[T]], tenant_id: str = TENANT) -> T:
        """Do some work within a change, as a request does."""
        async with self.world.requests.tenant_transaction(tenant_id) as conn:
            return await work(Changes().begin(conn, tenant_id, Cause(actor=SYSTEM, correlation_id="tests")))

    async def define(self) -> None:
        """Define the critical interaction."""
        await self.change(lambda change: definitions.create(change, definition("ORDER.CREATE", "paid"), by="tests"))

    async def create(self, name: str = "rule", *, said: dict[str, Any] | None = None, **measured: Any) -> uuid.UUID:
        """Create a rule; `said` is what it says besides its condition."""
        settings = Settings(name=name, condition=condition(**measured), **(said or {}))
        rule = await self.change(lambda change: rules.create(change, settings, "checkout"))
        return rule.id

    async def webhook(self) -> uuid.UUID:
        """Create a webhook."""
        vault = Vault(SECRET_KEY)
        made = await self.change(
            lambda change: webhooks.create(change, vault, url="https://example.org/", description=None, enabled=True)
        )
        return made.id

    async def bodies(self) -> list[Any]:
        """Return the bodies of the messages to webhooks, in their order."""
        bodies = await self.fetch("SELECT body FROM monitoring.webhook_deliveries")
        return sorted((orjson.loads(body) for body in bodies), key=lambda body: body["timestamp"])

    async def rule(self, rule_id: uuid.UUID) -> AlertRule:
        """Return a rule as it stands."""
        async with self.world.requests.tenant_transaction(TENANT) as conn:
            found = await RuleStore(conn, TENANT).get(rule_id)
        assert found is not None
        return found

    async def history(self, rule_id: uuid.UUID) -> Sequence[HistoryEntry]:
        """Return a rule's history, oldest first."""
        async with self.world.requests.tenant_transaction(TENANT) as conn:
            return (await RuleStore(conn, TENANT).history(rule_id, before=2**62, limit=10_000))[::-1]

    async def count(self, *, completed: int = 0, errored: int = 0, ago: timedelta = timedelta()) -> None:
        """Count results that ended `ago`: completed ones take 50 ms."""
        at_ms = to_ms(utc_now() - ago) - START_MS
        durations = [50] * completed + [None] * errored
        made = [result(f"alerts {next(_numbers)}", at_ms, duration_ms) for duration_ms in durations]
        await self.world.apply([recorded(one, TENANT) for one in made])

    async def decide(self, ago: timedelta = timedelta()) -> None:
        """Let all that was accepted before then be decided, and no more."""
        await self.execute("UPDATE monitoring.decided SET as_of_ms = $1", to_ms(utc_now() - ago))

    async def evaluate(self) -> None:
        """Evaluate every rule that is on the schedule, as it would be at its time."""
        await self.execute("UPDATE monitoring.schedule SET due_at = now() WHERE kind = 'alert_rule'")
        await self.evaluator.evaluate_due()

    async def execute(self, statement: str, *values: object) -> None:
        """Change something behind the service's back."""
        async with self.world.projector.transaction() as conn:
            await conn.execute(statement, *values)

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        """Look at something behind the service's back."""
        async with self.world.projector.transaction() as conn:
            return [row[0] for row in await conn.fetch(statement, *values)]

    async def events(self) -> list[str]:
        """Return the types of the platform events of rules, in their order."""
        headers = await self.fetch(
            "SELECT headers FROM monitoring.outbox WHERE object_key LIKE '%alert_rule%' ORDER BY id"
        )
        return [decode_headers(unpack_headers(one)).type for one in headers]


async def opened_alerts(world: World) -> Alerts:
    """Define the critical interaction of a world without any; all is decided up to the present."""
    alerts = Alerts(world, evaluator_of(world.projector))
    await alerts.define()
    await alerts.decide()
    return alerts


def evaluator_of(db: Database, interval: timedelta = INTERVAL) -> Evaluator:
    """Return an evaluator without a watermark."""
    pace = Pace(interval=interval, watermark=timedelta())
    return Evaluator(db, Evaluation(pace))
