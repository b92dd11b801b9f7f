"""The single machine: one address, one database, the APIs and the consumers as supervised processes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import httpx

from libs.pg.embedded import EmbeddedPostgres
from libs.pg.errors import PgError
from libs.service.private_files import CREDENTIALS_FILE
from libs.service.run import API
from waymark import console, services
from waymark.client.address import read_credentials
from waymark.disk_space import START_NEEDS_MIB, WATCHED_DIRECTORY
from waymark.edge import OTLP_GRPC_PORT
from waymark.errors import CommandFailed
from waymark.operator import operator_errors
from waymark.remote import WORKERS, workers_text
from waymark.settings import MachineSettings, keep_secret_key
from waymark.setup import run_setup
from waymark.supervisor import Child, Supervisor
from waymark.waiting_room import is_full, wait_for_room

_BACKLOG = 2048
_READY_POLL_S = 0.05


def run(settings: MachineSettings) -> None:
    """Run everything until interrupted. Raises CommandFailed."""
    _make_data_dir(settings.data_dir)
    with operator_errors(), _bound(settings.host, settings.port) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        settings = settings.with_otlp_grpc(otlp_grpc_port(settings))
        if settings.database_url is not None:
            _run(settings, listener, None)
            return
        if not (settings.data_dir / "postgres").exists():
            console.print_plain(f"Making a database in {settings.data_dir}, this once")
        while not _run_embedded(settings, listener):
            wait_for_room(listener, settings.data_dir)


def _run_embedded(settings: MachineSettings, listener: socket.socket) -> bool:
    """Run with the embedded database; returns False when that cannot be because the disk is full."""
    try:
        with EmbeddedPostgres(settings.data_dir) as database:
            os.environ[WATCHED_DIRECTORY] = str(settings.data_dir.absolute())
            _run(settings.with_database(database.url), listener, database)
    except (PgError, CommandFailed) as error:
        if not is_full(settings.data_dir):
            raise
        for line in str(error).splitlines():
            console.warn(line)
        console.warn(f"The disk of {settings.data_dir} is full; waiting until {START_NEEDS_MIB} MiB are free.")
        return False
    return True


def set_up(settings: MachineSettings) -> None:
    """Prepare the settings' database and log. Raises CommandFailed."""
    _make_data_dir(settings.data_dir)
    _enter_environment(settings)
    with operator_errors():
        services.settings()
        asyncio.run(run_setup(settings))
    console.print_plain(f"ready; credentials in {settings.data_dir / CREDENTIALS_FILE}")


def _make_data_dir(path: Path) -> None:
    """Make the data directory, closed to others; made by root, the database's own user may pass through."""
    try:
        path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"the data directory {path} cannot be made: {error.strerror or error}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise CommandFailed(f"the data directory {path} cannot be written: it is read-only, or another user's")


def _bound(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as error:
        raise CommandFailed(f"cannot listen on {host}:{port}: {error.strerror or error}") from None


def otlp_grpc_port(settings: MachineSettings) -> int:
    """Return the port of OTLP/gRPC: the setting's, which must be free, else 4317 where it may be served, else 0."""
    if settings.otlp_grpc_port is None and find_spec("grpc") is None:
        return 0
    port = OTLP_GRPC_PORT if settings.otlp_grpc_port is None else settings.otlp_grpc_port
    try:
        _bound(settings.host, port).close()
    except CommandFailed as error:
        if settings.otlp_grpc_port is not None:
            raise
        console.print_plain(f"OTLP/gRPC is off: {error}; WAYMARK_OTLP_GRPC_PORT names another port")
        return 0
    return port


def _run(settings: MachineSettings, listener: socket.socket, database: EmbeddedPostgres | None) -> None:
    first_start = read_credentials(settings.data_dir) is None
    _enter_environment(settings)
    services.settings()
    with ExitStack() as stack:
        private = {
            name: stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG))
            for name in services.worker_names()
        }
        urls = {name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in private.items()}
        os.environ[WORKERS] = workers_text(urls)
        asyncio.run(_supervise(settings, database, {API: listener, **private}, first_start=first_start))


def _enter_environment(settings: MachineSettings) -> None:
    """Put the settings into this process's environment, which its children inherit."""
    os.environ.update(settings.environment())


async def _supervise(
    settings: MachineSettings,
    database: EmbeddedPostgres | None,
    sockets: Mapping[str, socket.socket],
    *,
    first_start: bool,
) -> None:
    began_s = time.monotonic()
    environment = (await run_setup(settings)).environment()
    logs = settings.data_dir / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    logs.chmod(0o700)
    children = [Child(name, listener, environment, logs / f"{name}.log") for name, listener in sockets.items()]
    supervisor = Supervisor(children, database)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.request_stop)
    announcing = asyncio.create_task(_announce(settings, began_s, first_start=first_start))
    try:
        await supervisor.run()
    finally:
        announcing.cancel()


async def _announce(settings: MachineSettings, began_s: float, *, first_start: bool) -> None:
    """Print that everything is ready and where the console is; at the first start, on a terminal, the key once."""
    async with httpx.AsyncClient(base_url=settings.url, timeout=10.0) as client:
        while not await _is_ready(client):  # noqa: ASYNC110  # another process is waited for
            await asyncio.sleep(_READY_POLL_S)
    keep_secret_key(settings)
    where = settings.data_dir / CREDENTIALS_FILE
    took_s = time.monotonic() - began_s
    console.print_plain(f"Waymark is ready at {settings.url} after {took_s:.1f} s; key and login are in {where}")
    console.print_plain(f"The console is at {settings.url}/console/")
    if first_start and sys.stdout.isatty() and (credentials := read_credentials(settings.data_dir)):
        console.print_plain(f"Your first API key, shown once: {credentials['apiKey']}")


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).is_success
    except httpx.TransportError:
        return False
