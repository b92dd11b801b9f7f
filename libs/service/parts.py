"""The parts of a service's lifespan: log, pools, replicas, access; each part is taken down in the opposite order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from prometheus_client.registry import Collector

from libs.auth.authenticator import Authenticator
from libs.auth.http import Access
from libs.auth.replicated import ReplicatedCredentials
from libs.contracts.topics import Topic, with_partitions
from libs.eventlog.errors import LogUnavailable, ModelBehind
from libs.eventlog.open import open_log
from libs.eventlog.port import EventLog, StoredRecord
from libs.eventlog.replica import Replica
from libs.httpkit.health import Check
from libs.objects.idempotency import IdempotencyStore
from libs.objects.kinds import ObjectKind
from libs.objects.outbox import Relay
from libs.objects.republish import republish
from libs.objects.writes import Writes
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from libs.pg.purges import TablePurge
from libs.pg.roles import projector_role, request_role
from libs.service.observer import Look, Observer, at_outbox, at_pool, at_replica
from libs.service.settings import ServiceSettings
from libs.telemetry.exposition import render_metrics
from libs.telemetry.metrics import REGISTRY

RECEIPTS_INTERVAL_S = 600.0
UNAVAILABLE = (DatabaseUnavailable, LogUnavailable)
"""The errors of dependencies that are away: 503 with `Retry-After`, and no word of theirs."""
BEHIND = (ModelBehind,)
"""The errors of a read that asked for more than is there so far: 503 with `Retry-After`, in their words."""


class Part(Protocol):
    """Something that runs between `start` and `stop`; `stop` does nothing when it never started."""

    async def start(self) -> None:
        """Begin."""
        ...

    async def stop(self) -> None:
        """End."""
        ...

    async def check(self) -> str | None:
        """Return None while it works, else the reason: above all the error that ended a loop of it."""
        ...


P = TypeVar("P", bound=Part)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ObjectParts:
    """The parts of a service with objects: a pool for each role, the relay of the outbox, the writes of requests."""

    requests: Database
    projector: Database
    relay: Relay
    writes: Writes


class Parts:
    """The parts of one running service. `log`, when given, is started already and not stopped here.

    `checks` is what the service's `/readyz` asks: every part, and whatever the service adds.
    """

    def __init__(
        self,
        stack: AsyncExitStack,
        settings: ServiceSettings,
        service: str,
        topics: Sequence[Topic],
        *,
        checks: dict[str, Check],
        log: EventLog | None = None,
    ) -> None:
        self._stack = stack
        self._settings = settings
        self._service = service
        self._topics = topics
        self.checks = checks
        self._shared_log = log
        self._observer = Observer()

    async def start(self, name: str, part: P) -> P:
        """Start a part, to be stopped with the service, also when its start fails half-way; `/readyz` asks its check.

        `name` is what `/readyz` calls it.
        """
        self._stack.push_async_callback(part.stop)
        await part.start()
        self._ask(name, part)
        return part

    def closing(self, close: Callable[[], Awaitable[None]]) -> None:
        """Close something with the service."""
        self._stack.push_async_callback(close)

    async def open(self, context: AbstractAsyncContextManager[T]) -> T:
        """Enter a context that is left with the service."""
        return await self._stack.enter_async_context(context)

    async def observe(self) -> None:
        """Look at the parts from now on, for `/metrics`."""
        await self.start("observer", self._observer)

    def exports(self, figures: Collector, look: Look) -> None:
        """Show figures on `/metrics` as long as the service runs; the observer has a `look` for them."""
        REGISTRY.register(figures)
        self._stack.callback(REGISTRY.unregister, figures)
        self._observer.add(look)

    def looks(self, look: Look) -> None:
        """Let the observer have one more look, for gauges that nobody else keeps."""
        self._observer.add(look)

    async def log(self) -> EventLog:
        """Return the log that the settings name. Raises LogUnavailable; LogMismatch when a topic is not as declared."""
        if self._shared_log is None:
            log = await self.start("log", await open_log(self._settings))
        else:
            log = self._shared_log
            self._ask("log", log)
        await log.check_topics(with_partitions(self._topics, self._settings.partitions))
        return log

    async def database(self, role: str) -> Database:
        """Return a pool on the service's schema under one of its roles. Raises DatabaseUnavailable."""
        settings = self._settings
        connecting = Database.connect(
            settings.url_as(self._service),
            role=role,
            application_name=f"waymark-{self._service}",
            min_size=settings.database_pool_min_size,
            max_size=settings.database_pool_max_size,
            search_path=(self._service,),
            statement_timeout_s=settings.database_statement_timeout_s,
        )
        database = await self._stack.enter_async_context(await connecting)
        self._observer.add(at_pool(role, database))
        return database

    async def objects(self, log: EventLog, kinds: Sequence[ObjectKind[Any]]) -> ObjectParts:
        """Start the pools and the relay of a service with objects, and the writes of its requests.

        Whenever the relay becomes the one that works, what the log lost of `kinds` is added again.
        """
        requests = await self.database(request_role(self._service))
        projector = await self.database(projector_role(self._service))
        on_active = partial(republish, log, projector, kinds)
        relay = await self.start("relay", Relay(log, projector, self._service, on_active=on_active))
        self._observer.add(at_outbox(self._service, relay))
        receipts = IdempotencyStore(self._service)
        # The request role may not remove them.
        await self.start("receipts", TablePurge("receipts", projector, receipts.purge, interval_s=RECEIPTS_INTERVAL_S))
        return ObjectParts(requests, projector, relay, Writes(requests, relay, receipts))

    async def replica(self, log: EventLog, topic: Topic, apply: Callable[[StoredRecord], None]) -> Replica:
        """Start a replica of a compacted topic, complete as of now."""
        replica = await self.start(f"replica of {topic.name}", Replica(log, topic, apply))
        self._observer.add(at_replica(topic.name, replica))
        return replica

    async def credentials(self, log: EventLog) -> ReplicatedCredentials:
        """Start the replica of everybody's credentials, complete as of now."""
        return await self.start("credentials", ReplicatedCredentials(log))

    def access(self, credentials: ReplicatedCredentials) -> Access:
        """Return the access check over the replicated credentials."""
        authenticator = Authenticator(
            credentials,
            issuer=self._settings.token_issuer,
            audience=self._settings.token_audience,
            allowed_origins=self._settings.allowed_origins,
            key_uses=credentials.key_uses,
        )
        return Access(authenticator, cookie_name=self._settings.cookie_name)

    def _ask(self, name: str, part: Part) -> None:
        if name in self.checks:
            raise ValueError(f"two parts are called {name}")
        self.checks[name] = part.check
        self._stack.callback(self.checks.pop, name)


async def metrics() -> bytes:
    """Return this process's `/metrics`."""
    return render_metrics()
