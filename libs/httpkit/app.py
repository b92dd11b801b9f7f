"""Builds every HTTP app of the platform alike: error shapes, undecoded paths, health routes, request metrics.

Around the app, from outside in: response headers and telemetry, the fallback, the path. A raw ASGI callable on a hot
path is put in front by the service and takes the pieces it needs one by one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from libs.httpkit.handlers import HttpFallback, install
from libs.httpkit.health import Check, health_router
from libs.httpkit.paths import UndecodedPath
from libs.telemetry.middleware import RequestTelemetry

Lifespan = (
    Callable[[FastAPI], AbstractAsyncContextManager[None]]
    | Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]
)


def create_app(
    title: str,
    *,
    routers: Sequence[APIRouter],
    lifespan: Lifespan | None = None,
    unavailable: tuple[type[Exception], ...] = (),
    description: str = "",
    version: str = "1",
    checks: Mapping[str, Check] | None = None,
    metrics: Callable[[], Awaitable[bytes]] | None = None,
    middleware: Sequence[Middleware] = (),
) -> FastAPI:
    """An app with these routers and the health routes.

    `unavailable`: what the app's dependencies raise when they are away (answered 503 with `Retry-After`).
    `checks` (may be filled later, by the lifespan) decide `/readyz`; `metrics` renders `/metrics`.
    """
    app = FastAPI(
        title=title,
        description=description,
        version=version,
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        separate_input_output_schemas=False,
        # Metrics and logs are our own; FastAPI would look for providers of them at every request.
        telemetry={"operation_spans": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(RequestTelemetry, service=title),
            Middleware(HttpFallback),
            Middleware(UndecodedPath),
            *middleware,
        ],
    )
    install(app, unavailable)
    for router in routers:
        app.include_router(router)
    app.include_router(health_router(checks, metrics))
    return app
