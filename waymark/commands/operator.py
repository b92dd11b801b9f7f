"""`waymark tenants`, `projections`, `dead-letters`, `log`: with the database and the log, never with an HTTP key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer

from libs.contracts.topics import manifest
from libs.eventlog.open import open_log
from libs.eventlog.port import EventLog
from libs.eventlog.settings import LogSettings
from libs.pg.database import Database
from libs.pg.roles import projector_role
from libs.projections.generations import Generation
from libs.projections.operators.copy import copy_log
from libs.projections.operators.dead_letters import DeadLetter, Place, list_dead_letters, replay
from libs.projections.operators.overview import ConsumerOverview, overview
from libs.projections.reactor import Reactor
from libs.projections.reactor_registry import restart
from libs.projections.rebuild.requests import request_rebuild
from libs.service.service import AnyConsumer
from services.accounts.operator import open_operator
from waymark.commands.options import AsJson, DataDir
from waymark.console import console, print_json, print_table, progress_bar
from waymark.operator import operator_database, operator_errors
from waymark.services import consumer_named, consumers

tenants = typer.Typer(no_args_is_help=True, help="Tenants of this installation.")
models = typer.Typer(
    no_args_is_help=True, help="Read models and reactors: what serves, how far it is, filling it anew."
)
dead_letters = typer.Typer(no_args_is_help=True, help="Records that a projection or reactor could not apply.")
log = typer.Typer(no_args_is_help=True, help="The log itself.")

Model = Annotated[str, typer.Argument(help="SERVICE.NAME, as `projections list` shows it.", metavar="MODEL")]


def _with_database(data_dir: DataDir, work: Callable[[str], Coroutine[Any, Any, None]]) -> None:
    with operator_errors(), operator_database(data_dir) as url:
        asyncio.run(work(url))


@tenants.command("create")
def create_tenant(
    tenant_id: Annotated[str, typer.Argument(help="A slug of 1 to 63 characters: a-z, 0-9, -.", metavar="TENANT")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a tenant and its first admin key, and print the key: this is the only time it can be seen."""

    async def work(url: str) -> None:
        async with open_operator(url) as operator:
            tenant = await operator.create_tenant(tenant_id)
            key = await operator.create_admin_key(tenant.tenant_id)
        if as_json:
            print_json({"tenantId": tenant.tenant_id, "apiKey": key})
        else:
            console.print(key, markup=False, highlight=False, soft_wrap=True)

    _with_database(data_dir, work)


@tenants.command("list")
def list_tenants(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tenants."""

    async def work(url: str) -> None:
        async with open_operator(url) as operator:
            ids = [tenant.tenant_id for tenant in await operator.list_tenants()]
        if as_json:
            print_json(ids)
        else:
            console.print("\n".join(ids), markup=False, highlight=False)

    _with_database(data_dir, work)


@models.command("list")
def list_models(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the read models and reactors: generation, records applied and parked, freshness, rebuild under way."""

    async def work(url: str) -> None:
        async with await Database.connect(url, role=None, application_name="waymark-operator", max_size=2) as db:
            found = await overview(db)
        if as_json:
            print_json([_model_json(model) for model in found])
            return
        columns = ("model", "generation", "version", "applied", "parked", "as of", "rebuild")
        print_table(columns, [_model_row(model) for model in found])

    _with_database(data_dir, work)


@models.command("rebuild")
def rebuild(
    model: Model,
    from_retained: Annotated[
        bool, typer.Option("--from-retained", help="Also when the log no longer holds its beginning.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the new generation serves.")] = True,
    data_dir: DataDir = None,
) -> None:
    """Fill a read model anew from the log, beside the one that serves, then switch."""
    consumer = consumer_named(model)

    async def work(url: str) -> None:
        async with await Database.connect(url, role=None, application_name="waymark-operator", max_size=2) as db:
            await request_rebuild(
                db, consumer.service, consumer.name, reason="asked for by an operator", from_retained=from_retained
            )
            if wait:
                await _until_rebuilt(db, consumer.service, consumer.name)

    _with_database(data_dir, work)


async def _until_rebuilt(db: Database, service: str, name: str) -> None:
    with progress_bar(f"rebuilding {service}.{name}") as bar:
        while True:
            model = next(m for m in await overview(db) if (m.consumer.service, m.consumer.name) == (service, name))
            if model.rebuild is None:
                console.print(f"generation {_number(model)} serves, {model.applied:,} records applied")
                return
            if model.rebuild.failure:
                raise typer.BadParameter(f"the rebuild failed: {model.rebuild.failure}")
            bar.of(model.rebuild.done, model.rebuild.target or 1)
            await asyncio.sleep(0.2)


@models.command("restart")
def restart_reactor(model: Model, data_dir: DataDir = None) -> None:
    """Put a reactor back to where it started, also one that stopped: what it publishes again has the same ids."""
    reactor = consumer_named(model)
    if not isinstance(reactor, Reactor):
        raise typer.BadParameter(f"{model} is a read model: rebuild it instead", param_hint="MODEL")

    async def work(url: str) -> None:
        async with await _as_projector(url, reactor) as db, _log_at(url) as source:
            await restart(db, source, reactor)

    _with_database(data_dir, work)


@dead_letters.command("list")
def list_parked(
    model: Annotated[str | None, typer.Argument(help="Only of this SERVICE.NAME.", metavar="MODEL")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List parked records with their place in the log and the reason."""
    only = consumer_named(model) if model else None
    service, name = (only.service, only.name) if only else (None, None)

    async def work(url: str) -> None:
        async with await Database.connect(url, role=None, application_name="waymark-operator", max_size=2) as db:
            found = await list_dead_letters(db, service=service, name=name)
        if as_json:
            print_json([_letter_json(letter) for letter in found])
            return
        columns = ("model", "topic", "partition", "offset", "stage", "first seen", "reason")
        print_table(columns, [(x.projection, *x.place, x.stage, x.first_seen, x.reason) for x in found])

    _with_database(data_dir, work)


@dead_letters.command("replay")
def replay_parked(
    model: Model,
    at: Annotated[str | None, typer.Option("--at", help="Only the one at TOPIC/PARTITION/OFFSET.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Apply parked records again, once what was wrong is mended. A second replay adds nothing."""
    consumer = consumer_named(model)
    only = _place(at) if at else None
    appends = isinstance(consumer, Reactor) and consumer.emission == "append"

    async def work(url: str) -> None:
        async with await _as_projector(url, consumer) as db, _log_at(url, start=appends) as source:
            done = await replay(db, consumer, source, only=only)
        if as_json:
            print_json({"applied": done.applied, "stillParked": done.still_parked})
        else:
            console.print(f"{done.applied:,} applied, {done.still_parked:,} still parked")

    _with_database(data_dir, work)


@log.callback()
def _log() -> None:
    """The log itself."""


@log.command("copy")
def copy(
    to_kafka: Annotated[str | None, typer.Option("--to-kafka", help="Bootstrap servers of the target Kafka.")] = None,
    from_kafka: Annotated[str | None, typer.Option("--from-kafka", help="Bootstrap servers of the source.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Move this installation from one log to another; without an option, that side is the PostgreSQL log.

    Stop everything that writes first. Afterwards start with the target log configured: every read model is rebuilt.
    """

    async def work(url: str) -> None:
        source = await open_log(LogSettings(database_url=url, kafka_bootstrap_servers=from_kafka))
        target = await open_log(LogSettings(database_url=url, kafka_bootstrap_servers=to_kafka))
        async with await Database.connect(url, role=None, application_name="waymark-operator", max_size=2) as db:
            await source.start()
            await target.start()
            try:
                with progress_bar("copying") as bar:
                    models = [consumer for consumer in consumers() if not isinstance(consumer, Reactor)]
                    copied = await copy_log(source, target, db, manifest(), projections=models, on_progress=bar.of)
            finally:
                await source.stop()
                await target.stop()
        console.print(f"{copied.records:,} records copied; start again with the target log configured")

    _with_database(data_dir, work)


@asynccontextmanager
async def _log_at(url: str, *, start: bool = True) -> AsyncIterator[EventLog]:
    """Open the configured log, and start it if it will be used."""
    source = await open_log(LogSettings(database_url=url))
    try:
        if start:
            await source.start()
        yield source
    finally:
        await source.stop()


async def _as_projector(url: str, consumer: AnyConsumer) -> Database:
    return await Database.connect(
        url,
        role=projector_role(consumer.service),
        application_name="waymark-operator",
        search_path=(consumer.service,),
        max_size=2,
        keep_statements=False,
    )


def _place(text: str) -> Place:
    topic, partition, offset = [*text.split("/"), "", "", ""][:3]
    if not (topic and partition.isdecimal() and offset.isdecimal()):
        raise typer.BadParameter(f"{text!r}: expected TOPIC/PARTITION/OFFSET", param_hint="--at")
    return Place(topic, int(partition), int(offset))


def _model_row(model: ConsumerOverview) -> tuple[object, ...]:
    name = f"{model.consumer.service}.{model.consumer.name}"
    state = model.consumer.stopped_reason or (_rebuild_words(model) if model.rebuild else None)
    counts = (f"{model.applied:,}", f"{model.parked:,}", model.as_of.isoformat(timespec="seconds"))
    return (name, _number(model) or "reactor", _version(model), *counts, state)


def _number(model: ConsumerOverview) -> int | None:
    return model.consumer.number if isinstance(model.consumer, Generation) else None


def _version(model: ConsumerOverview) -> int | None:
    return model.consumer.version if isinstance(model.consumer, Generation) else None


def _rebuild_words(model: ConsumerOverview) -> str:
    assert model.rebuild is not None
    if model.rebuild.failure:
        return f"failed: {model.rebuild.failure}"
    return f"{model.rebuild.state or 'requested'} {model.rebuild.done:,} of {model.rebuild.target or 0:,}"


def _model_json(model: ConsumerOverview) -> dict[str, Any]:
    positions = [{"topic": p.topic, "partition": p.partition, "nextOffset": n} for p, n in model.positions.items()]
    return {
        "model": f"{model.consumer.service}.{model.consumer.name}",
        "kind": "model" if isinstance(model.consumer, Generation) else "reactor",
        "generation": _number(model),
        "version": _version(model),
        "applied": model.applied,
        "parked": model.parked,
        "asOf": model.as_of.isoformat(),
        "stopped": model.consumer.stopped_reason,
        "rebuild": _rebuild_words(model) if model.rebuild else None,
        "positions": positions,
    }


def _letter_json(letter: DeadLetter) -> dict[str, Any]:
    return {
        "model": letter.projection,
        **letter.place._asdict(),
        "stage": letter.stage,
        "reason": letter.reason,
        "firstSeen": letter.first_seen.isoformat(),
        "lastTried": letter.last_tried.isoformat() if letter.last_tried else None,
    }
