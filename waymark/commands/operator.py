"""`waymark tenants`, `projections`, `dead-letters`, `log`: with the database and the log, never with an HTTP key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import AsJson, DatabaseUrl, DataDir, Kafka, group
from waymark.errors import CommandFailed

with lazy_imports():
    from libs.contracts import times
    from libs.eventlog import open as logs
    from libs.pg import database
    from libs.projections import generations, reactor, reactor_registry
    from libs.projections.operators import copy as copies
    from libs.projections.operators import dead_letters as parked
    from libs.projections.operators import discarding, entering
    from libs.projections.operators import overview as overviews
    from libs.projections.rebuild import requests
    from libs.service import service as declaration
    from services.accounts import operator as accounts
    from services.gateway import operator as numbers
    from waymark import adoption, console, logins, operator, progress, services, settings, setup

tenants = group("Tenants of this installation.")
models = group("Read models and reactors: what serves, how far it is, filling it anew.")
dead_letters = group("Records that a projection or reactor could not apply.")
log = group("The log itself.")

Model = Annotated[str, typer.Argument(help="SERVICE.NAME, as `projections list` shows it.", metavar="MODEL")]


Work = Callable[["settings.MachineSettings"], Coroutine[Any, Any, None]]


def with_database(data_dir: DataDir, work: Work) -> None:
    """Do an operator's work with the database of the data directory."""
    _with_database_of(settings.read_settings(data_dir=data_dir), work)


def _with_database_of(given: settings.MachineSettings, work: Work, *, create: bool = False) -> None:
    with operator.operator_errors(), operator.operator_database(given, create=create) as found:
        asyncio.run(work(found))


@tenants.command("create")
def create_tenant(
    tenant_id: Annotated[str, typer.Argument(help="A slug of 1 to 63 characters: a-z, 0-9, -.", metavar="TENANT")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a tenant and its first admin key, and print the key: this is the only time it can be seen."""

    async def work(machine: settings.MachineSettings) -> None:
        async with accounts.open_operator(machine.required_database_url) as opened:
            tenant = await opened.create_tenant(tenant_id)
            key = await opened.create_admin_key(tenant.tenant_id)
        if as_json:
            console.print_json({"tenantId": tenant.tenant_id, "apiKey": key})
        else:
            console.print_plain(key)

    with_database(data_dir, work)


@tenants.command("list")
def list_tenants(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tenants."""

    async def work(machine: settings.MachineSettings) -> None:
        async with accounts.open_operator(machine.required_database_url) as opened:
            ids = [tenant.tenant_id for tenant in await opened.list_tenants()]
        if as_json:
            console.print_json(ids)
        else:
            for tenant_id in ids:
                console.print_plain(tenant_id)

    with_database(data_dir, work)


@models.command("list")
def list_models(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the read models and reactors: generation, records applied and parked, freshness, rebuild under way."""

    async def work(machine: settings.MachineSettings) -> None:
        async with operator.connected(machine) as db, operator.projectors(machine) as projector_of:
            found = await overviews.overview(db, projector_of)
        if as_json:
            console.print_json([_model_json(model) for model in found])
            return
        columns = ("model", "generation", "version", "applied", "parked", "as of", "rebuild")
        console.print_table(columns, [_model_row(model) for model in found])

    with_database(data_dir, work)


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
    consumer = _consumer_named(model)

    async def work(machine: settings.MachineSettings) -> None:
        async with operator.connected(machine) as db, operator.projectors(machine) as projector_of:
            await requests.request_rebuild(
                db, consumer.service, consumer.name, reason="asked for by an operator", from_retained=from_retained
            )
            if wait:
                model = await _until_rebuilt(db, projector_of, consumer.service, consumer.name)
                console.print_plain(f"generation {_number(model)} serves, {model.applied:,} records applied")

    with_database(data_dir, work)


async def _until_rebuilt(
    db: database.Database, projector_of: entering.ProjectorOf, service: str, name: str
) -> overviews.ConsumerOverview:
    """Draw how far the rebuild is until its generation serves. Raises CommandFailed when it failed."""
    with progress.progress_bar(f"rebuilding {service}.{name}") as bar:
        while True:
            found = await overviews.overview(db, projector_of)
            model = next(m for m in found if (m.consumer.service, m.consumer.name) == (service, name))
            if model.rebuild is None:
                bar.of(model.applied, max(1, model.applied))
                return model
            if model.rebuild.failure:
                raise CommandFailed(f"the rebuild failed: {model.rebuild.failure}")
            bar.of(model.rebuild.done, model.rebuild.target or 1)
            await asyncio.sleep(0.2)


@models.command("restart")
def restart_reactor(model: Model, data_dir: DataDir = None) -> None:
    """Put a reactor back to where it started, also one that stopped: what it publishes again has the same ids."""
    found = _consumer_named(model)
    if not isinstance(found, reactor.Reactor):
        raise typer.BadParameter(f"{model} is a read model: rebuild it instead", param_hint="MODEL")

    async def work(machine: settings.MachineSettings) -> None:
        async with operator.projectors(machine) as projector_of, logs.opened_log(machine) as source:
            await reactor_registry.restart(await projector_of(found.service), source, found)

    with_database(data_dir, work)


@dead_letters.command("list")
def list_parked(
    model: Annotated[str | None, typer.Argument(help="Only of this SERVICE.NAME.", metavar="MODEL")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List parked records with their place in the log and the reason."""
    only = _consumer_named(model) if model else None
    service, name = (only.service, only.name) if only else (None, None)

    async def work(machine: settings.MachineSettings) -> None:
        async with operator.connected(machine) as db, operator.projectors(machine) as projector_of:
            found = await parked.list_dead_letters(db, projector_of, service=service, name=name)
        if as_json:
            console.print_json([_letter_json(letter) for letter in found])
            return
        columns = ("model", "topic", "partition", "offset", "stage", "first seen", "reason")
        console.print_table(columns, [_letter_row(letter) for letter in found])

    with_database(data_dir, work)


@dead_letters.command("replay")
def replay_parked(
    model: Model,
    at: Annotated[str | None, typer.Option("--at", help="Only the one at TOPIC/PARTITION/OFFSET.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Apply parked records again, once what was wrong is mended. A second replay adds nothing."""
    consumer = _consumer_named(model)
    only = _place(at) if at else None
    appends = isinstance(consumer, reactor.Reactor) and consumer.emission == "append"

    async def work(machine: settings.MachineSettings) -> None:
        async with (
            operator.projectors(machine) as projector_of,
            logs.opened_log(machine, start=appends) as source,
        ):
            db = await projector_of(consumer.service)
            done = await parked.replay(db, consumer, source, only=only)
        if as_json:
            console.print_json({"applied": done.applied, "stillParked": done.still_parked})
        else:
            console.print_plain(f"{done.applied:,} applied, {done.still_parked:,} still parked")

    with_database(data_dir, work)


@dead_letters.command("discard")
def discard_parked(
    model: Model,
    reason: Annotated[str, typer.Option("--reason", prompt="Why", help="Kept, and told by an event.")],
    at: Annotated[str | None, typer.Option("--at", help="The one at TOPIC/PARTITION/OFFSET.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Put parked records away for good: they count as applied, and no rebuild parks them again."""
    consumer = _consumer_named(model)
    if (at is None) is not all_:
        raise typer.BadParameter("either --at TOPIC/PARTITION/OFFSET or --all is expected", param_hint="--at")
    if not reason.strip():
        raise typer.BadParameter("a reason is expected", param_hint="--reason")
    only = _place(at) if at else None

    async def work(machine: settings.MachineSettings) -> None:
        async with (
            operator.projectors(machine) as projector_of,
            logs.opened_log(machine, start=True) as target,
        ):
            db = await projector_of(consumer.service)
            count = await discarding.discard(db, consumer, target, reason=reason.strip(), only=only)
        if as_json:
            console.print_json({"discarded": count})
        else:
            console.print_plain(f"{count:,} discarded")

    with_database(data_dir, work)


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

    async def work(machine: settings.MachineSettings) -> None:
        async with (
            logs.opened_log(machine.with_kafka(from_kafka)) as source,
            logs.opened_log(machine.with_kafka(to_kafka)) as target,
            operator.connected(machine) as db,
            operator.projectors(machine) as projector_of,
        ):
            models = [consumer for consumer in services.consumers() if not isinstance(consumer, reactor.Reactor)]
            with progress.progress_bar("copying") as bar:
                copied = await copies.copy_log(
                    source, target, db, projector_of, machine.manifest, projections=models, on_progress=bar.of
                )
            await setup.prepare(machine, target)
            await numbers.note_copied(machine.required_database_url, target)
        console.print_plain(f"{copied.records:,} records copied; start again with the target log configured")

    with_database(data_dir, work)


@log.command("adopt")
def adopt(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, kafka: Kafka = None, as_json: AsJson = False
) -> None:
    """Take up from the log what the database lacks: after it was lost, or restored from an older backup.

    Stop everything first, unless nothing of it can be stopped. Where the log ends before what was read of it, read
    models are rebuilt from what it has.
    """

    async def work(machine: settings.MachineSettings) -> None:
        async with logs.opened_log(machine) as source:
            await setup.prepare(machine, source)
            if machine.database_logins:
                await logins.make_logins(machine)
            done = await adoption.adopt(machine, source)
        if as_json:
            console.print_json({"objects": done.objects, "startedAgain": done.started_again})
        else:
            for line in _adopted_lines(done):
                console.print_plain(line)

    given = settings.read_settings(data_dir=data_dir, database_url=database_url, kafka_bootstrap_servers=kafka)
    _with_database_of(given, work, create=True)


def _adopted_lines(done: adoption.Adopted) -> list[str]:
    lines = [f"{count:,} of {name} taken up" for name, count in sorted(done.objects.items())]
    lines += [f"{name} starts again with what the log has" for name in done.started_again]
    if done.objects.get("user"):
        lines.append(
            "users count whose password, roles or status were changed later: look at them, and set these again"
        )
    return lines or ["database and log agree; nothing was taken up"]


def _consumer_named(text: str) -> declaration.AnyConsumer:
    """Find the consumer called `SERVICE.NAME`. Raises BadParameter, which lists the names there are."""
    with operator.operator_errors():
        names = {f"{consumer.service}.{consumer.name}": consumer for consumer in services.consumers()}
    if text not in names:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(sorted(names))}", param_hint="MODEL")
    return names[text]


def _place(text: str) -> parked.Place:
    topic, partition, offset = [*text.split("/"), "", "", ""][:3]
    if not (topic and partition.isdecimal() and offset.isdecimal()):
        raise typer.BadParameter(f"{text!r}: expected TOPIC/PARTITION/OFFSET", param_hint="--at")
    return parked.Place(topic, int(partition), int(offset))


def _model_row(model: overviews.ConsumerOverview) -> tuple[object, ...]:
    name = f"{model.consumer.service}.{model.consumer.name}"
    state = model.consumer.stopped_reason or (_rebuild_words(model) if model.rebuild else None)
    counts = (f"{model.applied:,}", f"{model.parked:,}", times.format_time(model.as_of))
    return (name, _number(model) or "reactor", _version(model), *counts, state)


def _number(model: overviews.ConsumerOverview) -> int | None:
    return model.consumer.number if isinstance(model.consumer, generations.Generation) else None


def _version(model: overviews.ConsumerOverview) -> int | None:
    return model.consumer.version if isinstance(model.consumer, generations.Generation) else None


def _rebuild_words(model: overviews.ConsumerOverview) -> str:
    assert model.rebuild is not None
    if model.rebuild.failure:
        return f"failed: {model.rebuild.failure}"
    return f"{model.rebuild.state or 'requested'} {model.rebuild.done:,} of {model.rebuild.target or 0:,}"


def _model_json(model: overviews.ConsumerOverview) -> dict[str, Any]:
    positions = [{"topic": p.topic, "partition": p.partition, "nextOffset": n} for p, n in model.positions.items()]
    return {
        "model": f"{model.consumer.service}.{model.consumer.name}",
        "kind": "model" if isinstance(model.consumer, generations.Generation) else "reactor",
        "generation": _number(model),
        "version": _version(model),
        "applied": model.applied,
        "parked": model.parked,
        "asOf": model.as_of.isoformat(),
        "stopped": model.consumer.stopped_reason,
        "rebuild": _rebuild_words(model) if model.rebuild else None,
        "positions": positions,
    }


def _letter_row(letter: parked.DeadLetter) -> tuple[object, ...]:
    return (letter.projection, *letter.place, letter.stage, times.format_time(letter.first_seen), letter.reason)


def _letter_json(letter: parked.DeadLetter) -> dict[str, Any]:
    return {
        "model": letter.projection,
        **letter.place._asdict(),
        "stage": letter.stage,
        "reason": letter.reason,
        "firstSeen": letter.first_seen.isoformat(),
        "lastTried": letter.last_tried.isoformat() if letter.last_tried else None,
    }
