"""Every loop there is by its name, and a way to start its part for real with work that fails on purpose.

The names are those in the code, as written there; where a name is no literal, it is the class.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from fastapi import FastAPI

from libs.auth.credentials import CredentialIndex
from libs.auth.replicated import ReplicatedCredentials
from libs.contracts.topics import MANIFEST, REFERENCE
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.kafka.session import ProducerSession
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.membership import GroupSettings, Membership
from libs.eventlog.postgres.upkeep import Upkeep, UpkeepSettings
from libs.eventlog.postgres.writer import Writer
from libs.eventlog.replica import Replica
from libs.objects.idempotency import IdempotencyStore
from libs.objects.outbox import Relay
from libs.pg.database import Database
from libs.pg.embedded import EmbeddedPostgres
from libs.pg.hints import Hints
from libs.projections.rebuild.rebuilder import Rebuilder
from libs.schedule.due_loop import schedule_hints
from libs.schedule.schedule import Schedule
from libs.service import worker
from libs.service.app import create_service_app
from libs.service.jobs import KeptJob
from libs.service.kept_runner import KeptRunner
from libs.service.observer import Observer
from libs.service.setup import setup_service
from libs.service.worker import Worker
from libs.webhooks import deliveries
from services.accounts import housekeeping
from services.accounts.housekeeping import KeyUseWriter
from services.accounts.service import SERVICE as ACCOUNTS
from services.accounts.settings import AccountsSettings
from services.gateway.events.receipts import PgEventReceipts
from services.gateway.numbering import runtime
from services.gateway.numbering.committing import ReservingCommitter
from services.gateway.numbering.frontier import FrontierPublisher
from services.gateway.numbering.group_commit import GroupCommit
from services.gateway.numbering.lease import Lease
from services.gateway.numbering.runtime import Runtime
from services.gateway.numbering.store import PgNumberStore
from services.gateway.numbering.voids import Adopter, Voider
from services.monitoring.alerts import evaluating
from services.monitoring.alerts.evaluator import Evaluator
from services.monitoring.service import SERVICE as MONITORING
from services.monitoring.settings import MonitoringSettings
from services.queries.stream.streams import Streams
from services.queries.stream.tail import Tail
from tests.support.jobs import Counting
from tests.support.projections import DEAD_LETTERS, FAST, TOPIC, Sums, opened_world
from tests.support.serving import serving
from waymark.disk_space import DiskSpace
from waymark.supervisor import Child, Supervisor

FAILURE = "ValueError: broken on purpose"
QUICK_S = 0.01

Check = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What parts are started on: an empty database, an empty directory, and a broker for those `ON_KAFKA`."""

    url: str
    directory: Path
    patch: pytest.MonkeyPatch
    kafka_bootstrap: str = ""

    def breaks(self, owner: object, name: str) -> None:
        """Let this function fail."""

        def failing(*_: object, **__: object) -> None:
            raise ValueError("broken on purpose")

        async def failing_later(*_: object, **__: object) -> None:
            failing()

        is_coroutine = inspect.iscoroutinefunction(getattr(owner, name))
        self.patch.setattr(owner, name, failing_later if is_coroutine else failing)

    def kafka(self) -> KafkaEventLog:
        """A client of the run's broker."""
        return KafkaEventLog(KafkaSettings(bootstrap_servers=self.kafka_bootstrap))


class Part(Protocol):
    """What can be started, stopped and checked."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def check(self) -> str | None: ...


Start = Callable[[Ground], AbstractAsyncContextManager[Check]]


@asynccontextmanager
async def running(part: Part) -> AsyncIterator[Check]:
    await part.start()
    try:
        yield part.check
    finally:
        await part.stop()


async def memory_log() -> MemoryEventLog:
    log = MemoryEventLog()
    await log.ensure_topics(MANIFEST)
    return log


@asynccontextmanager
async def key_uses(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(CredentialIndex, "forget_expired")
    async with running(ReplicatedCredentials(await memory_log(), report_interval_s=QUICK_S)) as check:
        yield check


@asynccontextmanager
async def replica(_: Ground) -> AsyncIterator[Check]:
    def apply(_: StoredRecord) -> None:
        raise ValueError("broken on purpose")

    log = await memory_log()
    async with running(Replica(log, REFERENCE, apply)) as check:
        await log.append([Record(REFERENCE.name, "key", b"{}", (), 1)])
        yield check


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
        await Database.connect(ground.url, role=None, application_name="tests") as db,
        running(Relay(await memory_log(), db, "toys", on_active=on_active)) as check,
    ):
        yield check


@asynccontextmanager
async def producer_sessions(ground: Ground) -> AsyncIterator[Check]:
    log = ground.kafka()
    async with running(log) as check:
        session = log._producer._session
        assert session is not None
        abandon = session.abandon

        async def failing(_: ProducerSession) -> None:
            await abandon()
            raise ValueError("broken on purpose")

        ground.patch.setattr(ProducerSession, "abandon", failing)
        session.give_up("by the test")
        yield check


@asynccontextmanager
async def watch_over_acknowledgements(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(ProducerSession, "answer_in_time")
    async with running(ground.kafka()) as check:
        yield check


@asynccontextmanager
async def log_appender(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Writer, "write")
    log = PostgresEventLog(ground.url)
    async with running(log) as check:
        await log.ensure_topics(MANIFEST)
        await log.append([Record(REFERENCE.name, "key", b"{}", (), 1)])
        yield check


@asynccontextmanager
async def log_hints(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Hints, "_listen")
    async with running(PostgresEventLog(ground.url)) as check:
        yield check


@asynccontextmanager
async def schedule_hints_alone(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Hints, "_listen")
    async with (
        await Database.connect(ground.url, role=None, application_name="tests") as db,
        running(schedule_hints(db, "toys")) as check,
    ):
        yield check


@asynccontextmanager
async def log_upkeep(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Upkeep, "run_once")
    settings = PostgresLogSettings(upkeep=UpkeepSettings(interval_s=QUICK_S))
    async with running(PostgresEventLog(ground.url, settings)) as check:
        yield check


@asynccontextmanager
async def membership(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Membership, "_renew")
    log = PostgresEventLog(ground.url, PostgresLogSettings(group=GroupSettings(session_timeout_s=10 * QUICK_S)))
    async with running(log):
        await log.ensure_topics((TOPIC, DEAD_LETTERS))
        async with opened_world(ground.url, log) as world, _worker(world.url, log) as running_worker:
            yield running_worker.check


@asynccontextmanager
async def projection_metrics(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(worker, "export_figures")
    async with opened_world(ground.url) as world, _worker(world.url, world.log) as running_worker:
        yield running_worker.check


@asynccontextmanager
async def kept_runner(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(KeptRunner, "_outcome")
    async with opened_world(ground.url) as world, _worker(world.url, world.log) as running_worker:
        yield running_worker.check


@asynccontextmanager
async def kept_job(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(KeptJob, "_outcome")
    async with opened_world(ground.url) as world:
        one = Worker(world.log, (), [Counting()], url_as=lambda _: world.url, member="tests", settings=FAST)
        async with one:
            yield one.check


@asynccontextmanager
async def rebuilds(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Rebuilder, "rebuild_if_requested")
    async with opened_world(ground.url) as world, _worker(world.url, world.log) as running_worker:
        yield running_worker.check


def _worker(url: str, log: Any) -> Worker:
    return Worker(log, [Sums()], url_as=lambda _: url, member="tests", settings=FAST)


@asynccontextmanager
async def accounts_housekeeping(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(KeyUseWriter, "write")
    ground.patch.setattr(housekeeping, "USES_INTERVAL_S", QUICK_S)
    async with _accounts(ground) as check:
        yield check


@asynccontextmanager
async def receipts(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(IdempotencyStore, "purge")
    async with _accounts(ground) as check:
        yield check


@asynccontextmanager
async def _accounts(ground: Ground) -> AsyncIterator[Check]:
    await setup_service(ACCOUNTS, ground.url)
    settings = AccountsSettings(database_url=ground.url, secret_key="a secret of the tests alone")
    async with _ready(create_service_app(ACCOUNTS, settings, log=await memory_log())) as check:
        yield check


@asynccontextmanager
async def alert_evaluator(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Evaluator, "evaluate_due")
    async with _monitoring(ground) as check:
        yield check


@asynccontextmanager
async def alert_history(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(evaluating, "purge_history")
    async with _monitoring(ground) as check:
        yield check


@asynccontextmanager
async def webhook_sender(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Schedule, "lease")
    async with _monitoring(ground) as check:
        yield check


@asynccontextmanager
async def purge_of_deliveries(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(deliveries, "purge")
    async with _monitoring(ground) as check:
        yield check


@asynccontextmanager
async def _monitoring(ground: Ground) -> AsyncIterator[Check]:
    await setup_service(MONITORING, ground.url)
    settings = MonitoringSettings(database_url=ground.url, secret_key="a secret of the tests alone")
    async with _ready(create_service_app(MONITORING, settings, log=await memory_log())) as check:
        yield check


@asynccontextmanager
async def _ready(app: FastAPI) -> AsyncIterator[Check]:
    """What a service's `/readyz` answers."""
    async with serving(app) as client:

        async def check() -> str:
            return (await client.get("/readyz")).text

        yield check


@asynccontextmanager
async def tail(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Tail, "_read")
    log = await memory_log()
    part = Tail(log)
    async with running(Streams(log, "log", most=1, most_of_tenant=1, tail=part)) as check:
        part.follow()
        yield check


@asynccontextmanager
async def event_receipts(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(PgEventReceipts, "purge")
    async with running(PgEventReceipts(ground.url, timeout_s=1.0)) as check:
        yield check


def door(owner: type, name: str) -> Start:
    """A loop of the gateway's runtime, whose work is this function."""

    @asynccontextmanager
    async def start(ground: Ground) -> AsyncIterator[Check]:
        ground.breaks(owner, name)
        ground.patch.setattr(runtime, "INTERVAL_S", QUICK_S)
        store = PgNumberStore(ground.url, log=None, timeout_s=1.0)
        async with running(Runtime(store, await memory_log(), appends_inside=False)) as check:
            yield check
        await store.close()

    return start


@asynccontextmanager
async def keeper_of_child(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(Child, "start")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = Child("api", listener, {}, ground.directory / "api.log")
        async with _supervising(Supervisor([child], None)) as check:
            yield check


@asynccontextmanager
async def keeper_of_database(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(EmbeddedPostgres, "is_running")
    async with _supervising(Supervisor([], EmbeddedPostgres(ground.directory))) as check:
        yield check


@asynccontextmanager
async def disk_space(ground: Ground) -> AsyncIterator[Check]:
    ground.breaks(DiskSpace, "_look")
    async with running(DiskSpace(ground.directory, reserve_mib=0)) as check:
        yield check


@asynccontextmanager
async def _supervising(supervisor: Supervisor) -> AsyncIterator[Check]:
    """What the supervisor's process ends by; it has nothing else to say it with."""
    task = asyncio.create_task(supervisor.run())

    async def check() -> str | None:
        return f"{type(task.exception()).__name__}: {task.exception()}" if task.done() else None

    yield check
    supervisor.request_stop()
    await asyncio.wait({task})


LOOPS: dict[str, Start] = {
    "report of key uses": key_uses,
    "producer sessions": producer_sessions,
    "watch over acknowledgements": watch_over_acknowledgements,
    "log appender": log_appender,
    "log hints": log_hints,
    "log upkeep": log_upkeep,
    "schedule hints": schedule_hints_alone,
    "lease of {member} in {group}": membership,
    "replica of {topic.name}": replica,
    "relay of {service}": relay,
    "observer": observer,
    "projection metrics": projection_metrics,
    "rebuilds of {self.figures.service}.{self.figures.name}": rebuilds,
    "KeptRunner": kept_runner,
    "KeptJob": kept_job,
    "housekeeping": accounts_housekeeping,
    "receipts": receipts,
    "alert evaluator": alert_evaluator,
    "alert history": alert_history,
    "webhook sender of {service}": webhook_sender,
    "purge of deliveries": purge_of_deliveries,
    "tail of the events": tail,
    "purge of event receipts": event_receipts,
    "group commit": door(GroupCommit, "run"),
    "frontier": door(FrontierPublisher, "publish"),
    "purge of receipts": door(PgNumberStore, "purge_receipts"),
    "lease": door(Lease, "run"),
    "adopter": door(Adopter, "adopt"),
    "voider": door(Voider, "run"),
    "settling": door(ReservingCommitter, "settle"),
    "keeper of {child.name}": keeper_of_child,
    "keeper of the database": keeper_of_database,
    "disk space": disk_space,
}
ON_KAFKA = {"producer sessions", "watch over acknowledgements"}
