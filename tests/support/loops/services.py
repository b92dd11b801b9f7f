"""The loops of the services, and of what every service has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from libs.objects.idempotency import IdempotencyStore
from libs.objects.outbox import Relay
from libs.pg.hints import Hints
from libs.schedule.due_loop import schedule_hints
from libs.schedule.schedule import Schedule
from libs.service.app import create_service_app
from libs.service.observer import Observer
from libs.service.service import Service
from libs.service.setup import setup_service
from libs.webhooks import deliveries
from services.accounts import housekeeping
from services.accounts.housekeeping import KeyUseWriter
from services.accounts.service import SERVICE as ACCOUNTS
from services.gateway.events.receipts import PgEventReceipts
from services.gateway.numbering import runtime
from services.gateway.numbering.committing import ReservingCommitter
from services.gateway.numbering.frontier import FrontierPublisher
from services.gateway.numbering.group_commit import GroupCommit
from services.gateway.numbering.lease import Lease
from services.gateway.numbering.runtime import Runtime
from services.gateway.numbering.store import PgNumberStore
from services.gateway.numbering.voids import Adopter, Voider
from services.metrics import app as metrics
from services.metrics.backfill.progress import is_filled
from services.metrics.runs.clock import RunClock
from services.metrics.runs.job import RunLoop
from services.metrics.runs.working import RunWorker
from services.metrics.service import SERVICE as METRICS
from services.monitoring.alerts import evaluating
from services.monitoring.alerts.evaluator import Evaluator
from services.monitoring.service import SERVICE as MONITORING
from services.workflows.running.waiters import Waiters
from services.workflows.service import SERVICE as WORKFLOWS
from tests.support.accounts import SECRET_KEY
from tests.support.loops.ground import QUICK_S, Check, Ground, Start, broken, memory_log, running
from tests.support.serving import serving


@asynccontextmanager
async def observer(_: Ground) -> AsyncIterator[Check]:
    async def look() -> None:
        raise ValueError("broken on purpose")

    part = Observer()
    part.add(look)
    async with running(part) as check:
        yield check


@asynccontextmanager
async def relay(ground: Ground) -> AsyncIterator[Check]:
    async def on_active() -> None:
        raise ValueError("broken on purpose")

    async with (
        await ground.database() as db,
        running(Relay(await memory_log(), db, "toys", on_active=on_active)) as check,
    ):
        yield check


@asynccontextmanager
async def hints_of_a_schedule(ground: Ground) -> AsyncIterator[Check]:
    async with await ground.database() as db, running(schedule_hints(db, "toys")) as check:
        yield check


def api(service: Service[Any]) -> Start:
    """The API of a service that keeps secrets; its check is the text of its `/readyz`."""

    @asynccontextmanager
    async def started(ground: Ground) -> AsyncIterator[Check]:
        await setup_service(service, ground.url)
        settings = service.settings(database_url=ground.url, secret_key=SECRET_KEY)
        async with serving(create_service_app(service, settings, log=await memory_log())) as client:

            async def check() -> str:
                return (await client.get("/readyz")).text

            yield check

    return started


@asynccontextmanager
async def clock_of_runs(ground: Ground) -> AsyncIterator[Check]:
    async with await ground.database() as db, running(RunClock(db).loop(schedule_hints(db, METRICS.name))) as check:
        yield check


@asynccontextmanager
async def runs_of_metrics(ground: Ground) -> AsyncIterator[Check]:
    async with await ground.database() as db:
        worker = RunWorker(db, "a log", is_filled)
        async with running(RunLoop(db, schedule_hints(db, METRICS.name), worker)) as check:
            yield check


@asynccontextmanager
async def writing_key_uses(ground: Ground) -> AsyncIterator[Check]:
    ground.patch.setattr(housekeeping, "USES_INTERVAL_S", QUICK_S)
    async with api(ACCOUNTS)(ground) as check:
        yield check


@asynccontextmanager
async def numbering(ground: Ground) -> AsyncIterator[Check]:
    ground.patch.setattr(runtime, "INTERVAL_S", QUICK_S)
    store = PgNumberStore(ground.url, log=None, timeout_s=1.0)
    async with running(Runtime(store, await memory_log(), appends_inside=False)) as check:
        yield check
    await store.close()


LOOPS: Mapping[str, Start] = {
    "observer": observer,
    "relay of {service}": relay,
    "schedule hints": broken(Hints, "_listen", hints_of_a_schedule),
    "housekeeping": broken(KeyUseWriter, "write", writing_key_uses),
    "receipts": broken(IdempotencyStore, "purge", api(ACCOUNTS)),
    "alert evaluator": broken(Evaluator, "evaluate_due", api(MONITORING)),
    "alert history": broken(evaluating, "purge_history", api(MONITORING)),
    "clock of runs": broken(RunClock, "round", clock_of_runs),
    "runs of metrics": broken(RunLoop, "begin", runs_of_metrics),
    "finished runs": broken(metrics, "purge_old", api(METRICS)),
    "webhook sender of {service}": broken(Schedule, "lease", api(MONITORING)),
    "tail of the sessions": broken(Waiters, "_read", api(WORKFLOWS)),
    "purge of deliveries": broken(deliveries, "purge", api(MONITORING)),
    "purge of event receipts": broken(
        PgEventReceipts, "purge", lambda ground: running(PgEventReceipts(ground.url, timeout_s=1.0))
    ),
    "group commit": broken(GroupCommit, "run", numbering),
    "frontier": broken(FrontierPublisher, "publish", numbering),
    "purge of receipts": broken(PgNumberStore, "purge_receipts", numbering),
    "lease": broken(Lease, "run", numbering),
    "adopter": broken(Adopter, "adopt", numbering),
    "voider": broken(Voider, "run", numbering),
    "settling": broken(ReservingCommitter, "settle", numbering),
}
