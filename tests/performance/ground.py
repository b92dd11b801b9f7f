"""What everything is measured on: one PostgreSQL with the settings of production, and one Kafka broker where asked.

Each program measured gets a site of its own, a database and topics nobody else writes, so that none of them reads or
vacuums what another wrote. All of it ends with the bench.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Literal

from libs.contracts.topics import MANIFEST
from libs.eventlog.open import open_log
from libs.eventlog.port import EventLog
from libs.eventlog.settings import LogSettings
from tests.support.brokers import local_broker
from tests.support.kafka import ADDRESS_VARIABLE
from tests.support.postgres import TestServer, embedded_server

LogName = Literal["postgres", "kafka"]
DATABASE_VARIABLE = "WAYMARK_TEST_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Ground:
    """The servers; `pids` are the process ids of those started here, by what they are."""

    postgres: TestServer
    kafka: str | None
    pids: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Site:
    """One program's own database and topics, on one of the two logs."""

    log_name: LogName
    database_url: str
    kafka: str | None
    topic_prefix: str

    @property
    def environment(self) -> dict[str, str]:
        """What tells a process to work here."""
        return {
            "WAYMARK_DATABASE_URL": self.database_url,
            "WAYMARK_KAFKA_BOOTSTRAP_SERVERS": self.kafka or "",
            "WAYMARK_TOPIC_PREFIX": self.topic_prefix if self.kafka else "",
        }

    @property
    def full_environment(self) -> dict[str, str]:
        """The whole environment of a process that works here."""
        return {**os.environ, **self.environment}

    @property
    def log_settings(self) -> LogSettings:
        """The same for this process."""
        return LogSettings(
            database_url=self.database_url,
            kafka_bootstrap_servers=self.kafka,
            topic_prefix=self.topic_prefix if self.kafka else "",
        )

    @asynccontextmanager
    async def log(self) -> AsyncIterator[EventLog]:
        """The site's log, started, with its topics."""
        log = await open_log(self.log_settings)
        await log.start()
        try:
            await log.ensure_topics(MANIFEST)
            yield log
        finally:
            await log.stop()


@contextmanager
def prepared_ground(*, with_kafka: bool) -> Iterator[Ground]:
    """Start what is needed; servers named in the environment are used instead."""
    with _postgres() as (server, postgres_pids), _kafka(wanted=with_kafka) as (address, kafka_pids):
        yield Ground(server, address, postgres_pids | kafka_pids)


@asynccontextmanager
async def new_site(ground: Ground, log_name: LogName) -> AsyncIterator[Site]:
    """A site, whose database goes at the end; its topics go with the broker."""
    async with ground.postgres.database() as url:
        yield Site(log_name, url, ground.kafka if log_name == "kafka" else None, f"b{uuid.uuid4().hex[:8]}-")


@contextmanager
def _postgres() -> Iterator[tuple[TestServer, dict[str, int]]]:
    if given := os.environ.get(DATABASE_VARIABLE):
        yield TestServer(given), {}
        return
    # None of the settings that make tests fast: what is measured here keeps what it acknowledged.
    with embedded_server(settings={}, on_disk=True) as server:
        yield TestServer(server.url), {"PostgreSQL": server.pid}


@contextmanager
def _kafka(*, wanted: bool) -> Iterator[tuple[str | None, dict[str, int]]]:
    if not wanted:
        yield None, {}
        return
    if given := os.environ.get(ADDRESS_VARIABLE):
        yield given, {}
        return
    with local_broker(on_disk=True) as broker:
        yield broker.bootstrap_servers, {"Kafka": broker.pid()}
