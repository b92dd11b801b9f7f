"""The figures of jobs, of matching, of alert rules and of messages to webhooks."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.outbound.client import Outbound
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.schedule.due_loop import schedule_hints
from libs.service.jobs import KeptJob
from libs.service.setup import setup_service
from libs.webhooks.deliveries import Message, enqueue
from libs.webhooks.retries import RetryPolicy
from libs.webhooks.sender import SenderSettings, WebhookSender
from libs.webhooks.signing import new_secret
from services.monitoring.matches.versions import Versions
from services.monitoring.service import SERVICE
from services.monitoring.webhooks.sending import look_at_waiting
from tests.support.figures.parts import OLDEST_S
from tests.support.jobs import Counting
from tests.support.monitoring.alerts import opened_alerts
from tests.support.monitoring.health import opened_world as opened_health
from tests.support.projections import opened_world
from tests.support.waiting import eventually
from tests.support.webhooks import LOOPBACK, NO_CONTENT, KnownEndpoints, receiving


@asynccontextmanager
async def a_job_that_failed_once(url: str) -> AsyncIterator[None]:
    """A job that is waited for before it is begun anew."""
    job = Counting()
    job.error = RuntimeError("planned")
    async with opened_world(url) as world:
        kept = KeptJob(job, world.log, world.projector, on_failure=lambda _: None)
        await kept.start()
        await eventually(lambda: kept.work_failure is not None)
        job.error = None
        yield
        await kept.stop()


@asynccontextmanager
async def two_versions_missing(url: str) -> AsyncIterator[None]:
    """Matches that look for two versions, one of them twice."""
    await setup_service(SERVICE, url)
    versions = Versions()
    wanted = [("acme", 1, 1), ("acme", 1, 2)]
    async with (
        await Database.connect(url, role=projector_role(SERVICE.name), application_name="tests") as db,
        db.transaction() as conn,
    ):
        await versions.load(conn, wanted)
        await versions.load(conn, wanted[:1])
    yield


@asynccontextmanager
async def two_rules_evaluated_and_one_due_for_long(url: str) -> AsyncIterator[None]:
    """One fires, one has no data; another's time was two hours ago."""
    await setup_service(SERVICE, url)
    async with opened_health(url) as world:
        alerts = await opened_alerts(world)
        await alerts.create("fires", metric="completed", operator="GREATER_THAN_EQUAL", threshold=0)
        await alerts.create("has no data", metric="apdex", operator="LESS_THAN", threshold=0.5)
        await alerts.evaluate()
        late = await alerts.create("late")
        await alerts.execute(
            "UPDATE monitoring.schedule SET due_at = now() - make_interval(secs => $2) WHERE id = $1",
            str(late),
            OLDEST_S,
        )
        await alerts.evaluator.look()
        yield


@asynccontextmanager
async def three_attempts_to_deliver_two_messages_and_two_more_that_wait(url: str) -> AsyncIterator[None]:
    """The first message is taken at its second attempt; the second finds the endpoint gone."""
    await setup_service(SERVICE, url)
    endpoints, role = KnownEndpoints(), projector_role(SERVICE.name)
    connecting = Database.connect(url, role=role, application_name="tests", search_path=[SERVICE.name])
    async with await connecting as db, receiving("500 Oh", NO_CONTENT, "410 Gone") as receiver:
        endpoint_id, hints = endpoints.add(receiver.url, new_secret()), schedule_hints(db, SERVICE.name)
        settings = SenderSettings(retries=RetryPolicy(first_s=0.01))
        sender = WebhookSender(db, hints, SERVICE.name, endpoints, Outbound(LOOPBACK, "tests"), settings)
        await hints.start()
        await sender.start()
        await _enqueue(db, endpoint_id)
        await eventually(lambda: len(receiver.received) == 2)
        await _enqueue(db, endpoint_id)
        await eventually(lambda: endpoints.disabled)
        await sender.stop()
        await hints.stop()
        for _ in range(2):
            await _enqueue(db, endpoint_id)
        await look_at_waiting(db)
        yield


async def _enqueue(db: Database, endpoint_id: uuid.UUID) -> None:
    message = Message(id=str(uuid.uuid4()), tenant_id="acme", type="webhook.test", body=b"{}")
    async with db.transaction() as conn:
        await enqueue(conn, SERVICE.name, message, [endpoint_id])
