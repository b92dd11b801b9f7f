"""The one-shot setup: topics, roles, schemas, the first tenant, `credentials.json`. Safe to run again, by several."""

from __future__ import annotations

import json

from libs.eventlog.open import opened_log
from libs.eventlog.port import EventLog
from libs.eventlog.transactional import TransactionalLog
from libs.lazy import lazy_imports
from libs.pg.database import connected_once
from libs.projections.generations import refuse_another_log
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import ensure_reactor
from libs.service.private_files import CREDENTIALS_FILE, write_private
from libs.service.setup import setup_service
from services.accounts.credentials_file import CredentialsFile
from services.accounts.operator import open_operator
from waymark.backup.unfinished import refuse_unfinished
from waymark.connection import read_credentials
from waymark.logins import make_logins
from waymark.operator import connected
from waymark.services import SERVICES, consumers
from waymark.settings import MachineSettings

with lazy_imports():
    from waymark import adoption, kafka_users


async def run_setup(settings: MachineSettings) -> MachineSettings:
    """Prepare the log and the database for every service, then the first tenant; `settings` are the owner's.

    Returns the settings to start services with. Raises LogUnavailable, LogMismatch, OutdatedDatabase,
    DatabaseUnavailable, MissingRight, MigrationError.
    """
    async with opened_log(settings) as log:
        await prepare(settings, log)
        if not isinstance(log, TransactionalLog):  # else it lies in the database, as old as that
            await adoption.refuse_outdated_database(settings, log)
    async with open_operator(settings.required_database_url) as operator:
        await operator.first_start(CredentialsFile(settings.data_dir, url=settings.url))
    _keep_url(settings)
    return await make_logins(settings) if settings.database_logins else settings


async def prepare(settings: MachineSettings, log: EventLog) -> None:
    """Create what is missing of topics, roles and schemas. Raises LogMismatch for another's log, RestoreNotEnded."""
    database_url = settings.required_database_url
    await _refuse_unready(database_url, log)
    await log.ensure_topics(settings.manifest)
    if settings.kafka_users_dir is not None:
        await kafka_users.make_users(settings, settings.kafka_users_dir)
    for service in SERVICES:
        await setup_service(service, database_url)
    await _begin_at_the_end(settings, log)


async def _begin_at_the_end(settings: MachineSettings, log: EventLog) -> None:
    """Let the reactors begin that begin at the log's end: all that is accepted from now on is theirs."""
    for consumer in consumers():
        if isinstance(consumer, Reactor) and consumer.starts_at == "end":
            async with connected(settings, projector_of=consumer.service) as db:
                await ensure_reactor(db, log, consumer)


async def _refuse_unready(database_url: str, log: EventLog) -> None:
    """Raise RestoreNotEnded for half of a backup, LogMismatch for a log that is another's."""
    async with connected_once(database_url, application_name="waymark-setup") as connection:
        await refuse_unfinished(connection)
        await refuse_another_log(connection, log)


def _keep_url(settings: MachineSettings) -> None:
    """Follow a server that was moved to another address: the command line reads the address from the file."""
    credentials = read_credentials(settings.data_dir)
    if credentials is not None and credentials["url"] != settings.url:
        text = json.dumps(credentials | {"url": settings.url}, indent=2, ensure_ascii=False)
        write_private(settings.data_dir / CREDENTIALS_FILE, text + "\n")
