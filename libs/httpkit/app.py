"""Builds every HTTP app of the platform alike: error shapes, undecoded paths, health routes, request metrics.

Around the app, from outside in: protection, response headers and telemetry, the fallback, HEAD, compression, the path.
A raw ASGI callable on a hot path is put in front of all of it by the service and takes the pieces it needs one by one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from libs.httpkit.compression import GzipAnswers
from libs.httpkit.dialects import Dialect
from libs.httpkit.docs_page import docs_router
from libs.httpkit.handlers import HttpFallback, install
from libs.httpkit.head import HeadAsGet
from libs.httpkit.health import Check, health_router
from libs.httpkit.paths import UndecodedPath
from libs.httpkit.protection import Protection
from libs.httpkit.responses import error_schemas
from libs.httpkit.router import FamilyRouter
from libs.telemetry.middleware import RequestTelemetry

Lifespan = (
    Callable[[FastAPI], AbstractAsyncContextManager[None]]
    | Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]
)


class App(FastAPI):
    """A FastAPI app that a raw ASGI callable may stand in front of, outside every layer of the framework."""

    _front: ASGIApp | None = None
    dialects: Sequence[Dialect] = ()

    def put_in_front(self, make: Callable[[ASGIApp], ASGIApp]) -> None:
        """Let `make(app without it)` answer first and pass on what it does not answer. The last stands outermost."""
        self._front = make(self._front or super().__call__)

    def openapi(self) -> dict[str, Any]:
        """Return the document, with the schemas that errors refer to."""
        if self.openapi_schema is None:
            schemas = super().openapi().setdefault("components", {}).setdefault("schemas", {})
            schemas.update(error_schemas(self.dialects))
        return super().openapi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through what stands in front."""
        await (self._front or super().__call__)(scope, receive, send)


def create_app(
    title: str,
    *,
    routers: Sequence[FamilyRouter],
    lifespan: Lifespan | None = None,
    unavailable: tuple[type[Exception], ...] = (),
    behind: tuple[type[Exception], ...] = (),
    description: str = "",
    version: str = "1",
    checks: Mapping[str, Check] | None = None,
    metrics: Callable[[], Awaitable[bytes]] | None = None,
    middleware: Sequence[Middleware] = (),
) -> App:
    """Return an app with these routers, the health routes and `/docs`.

    `unavailable`: what the app's dependencies raise when they are away (answered 503 with `Retry-After`); `behind`:
    what they raise when they are not as far as the request asks (the same, with their words).
    `checks` (may be filled later, by the lifespan) decide `/readyz`; `metrics` renders `/metrics`.
    """
    app = App(
        title=title,
        description=description,
        version=version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        separate_input_output_schemas=False,
        # Metrics and logs are our own; FastAPI would look for providers of them at every request.
        telemetry={"operation_spans": False, "metrics": False, "logs": False},
        middleware=[
            Middleware(Protection),
            Middleware(RequestTelemetry, service=title),
            Middleware(HttpFallback),
            Middleware(HeadAsGet),
            Middleware(GzipAnswers),
            Middleware(UndecodedPath),
            *middleware,
        ],
    )
    install(app, unavailable, behind)
    included = (*routers, health_router(checks, metrics), docs_router(title))
    for router in included:
        app.include_router(router)
    app.dialects = [router.dialect for router in included]
    return app
