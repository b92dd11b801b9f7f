"""One process of Waymark: an HTTP app on a socket, projections beside it, a clean stop on SIGINT and SIGTERM.

Exit codes: 0 after a stop that was asked for, 1 when the app did not start or a projection failed.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.loops.auto import auto_loop_factory

from libs.eventlog.open import open_log
from libs.httpkit.app import create_app
from libs.httpkit.dialects import problem
from libs.httpkit.errors import unavailable
from libs.httpkit.handlers import send_rendered
from libs.service.jobs import Job
from libs.service.loop_lag import LoopLag
from libs.service.request_head_limits import BoundedHeads
from libs.service.service import AnyConsumer
from libs.service.settings import ServiceSettings
from libs.service.worker import Worker, ending_with
from libs.telemetry.build import declare_build
from libs.telemetry.exposition import render_metrics

GRACEFUL_TIMEOUT_S = 10
_BACKLOG = 2048
_NEW_CONTAINERS = 50_000


class Readiness:
    """Puts the worker's state in front of an app's own `/readyz`."""

    def __init__(self, app: ASGIApp, worker: Worker) -> None:
        self._app = app
        self._worker = worker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/readyz":
            reason = await self._worker.check()
            if reason is not None:
                await send_rendered(send, problem(unavailable(reason)))
                return
        await self._app(scope, receive, send)


def _collect_seldom() -> None:
    """Let the cycle collector look rarely, and never at what is loaded already.

    Records and rows are many containers and hardly a cycle; at Python's defaults looking at them took a fifth of the
    recording path's time.
    """
    gc.freeze()
    gc.set_threshold(_NEW_CONTAINERS, 20, 20)
    gc.enable()


def listen(settings: ServiceSettings) -> socket.socket:
    """Open the address of the settings."""
    return socket.create_server((settings.host, settings.port), backlog=_BACKLOG)


def run_process(
    name: str,
    app: ASGIApp | None,
    listener: socket.socket,
    consumers: Sequence[AnyConsumer],
    jobs: Sequence[Job] = (),
    *,
    settings: ServiceSettings,
    stop_when: Callable[[], Awaitable[None]] | None = None,
) -> int:
    """Serve `app` (health routes alone when None), run consumers and jobs until stopped; returns the exit code.

    `stop_when` returns when the process should stop for a reason of its own.
    """
    _collect_seldom()
    declare_build()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(_run(name, app, listener, (consumers, jobs), settings, stop_when))


async def _run(
    name: str,
    app: ASGIApp | None,
    listener: socket.socket,
    work: tuple[Sequence[AnyConsumer], Sequence[Job]],
    settings: ServiceSettings,
    stop_when: Callable[[], Awaitable[None]] | None,
) -> int:
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # While uvicorn serves it handles signals itself and raises them once more at its end, to this handler.
        signal.signal(number, lambda *_: asked.set())
    async with AsyncExitStack() as stack:
        lag = LoopLag()
        lag.start()
        stack.callback(lag.stop)
        if any(work):
            worker = await stack.enter_async_context(await _worker(stack, *work, settings))
            app = Readiness(app or _health_app(name), worker)
            await stack.enter_async_context(ending_with(worker))
        server = uvicorn.Server(_config(app or _health_app(name), settings))
        if stop_when is not None:
            stack.callback(asyncio.create_task(_stop_server(server, stop_when)).cancel)
        server.should_exit = asked.is_set()
        await server.serve(sockets=[listener])
        return 0 if server.started else 1


async def _worker(
    stack: AsyncExitStack, consumers: Sequence[AnyConsumer], jobs: Sequence[Job], settings: ServiceSettings
) -> Worker:
    log = await open_log(settings)
    await log.start()
    stack.push_async_callback(log.stop)
    return Worker(log, consumers, jobs, url_as=settings.url_as, member=settings.member)


async def _stop_server(server: uvicorn.Server, stop_when: Callable[[], Awaitable[None]]) -> None:
    try:
        await stop_when()
    finally:
        server.should_exit = True


def _health_app(title: str) -> ASGIApp:
    async def metrics() -> bytes:
        return render_metrics()

    return create_app(title, routers=(), metrics=metrics)


def _config(app: ASGIApp, settings: ServiceSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=sorted(settings.trusted_proxies),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        lifespan="on",
        timeout_keep_alive=settings.keep_alive_s,
        ws="none",
        timeout_graceful_shutdown=GRACEFUL_TIMEOUT_S,
        backlog=_BACKLOG,
        http=BoundedHeads,
    )
