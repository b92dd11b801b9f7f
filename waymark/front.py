"""Answers on the one address for all services together: `/readyz`, `/metrics`, `/openapi.json`, `/docs`, and `/`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Protocol

import orjson
from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response

from libs.contracts.paths import HOME
from libs.httpkit.app import create_app
from libs.httpkit.cors import allowing_origins
from libs.httpkit.health import Check
from libs.httpkit.shared_answer import SharedAnswer
from libs.telemetry.exposition import merge_expositions, render_metrics
from waymark.disk_space import DiskSpace
from waymark.remote import NoAnswer, Remote

_DESCRIPTION = (
    "Records what happens in a company's systems and answers questions about it while it happens.\n\n"
    "HEAD is answered wherever GET is. OPTIONS is answered at every path: 204 with `Allow`, which a 405 carries too."
)

_KEPT_S = 10.0
"""For how long the document of all services is handed out before it is merged anew."""


class Peer(Protocol):
    """A service that the front asks: in this process, or at an address."""

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of a GET. Raises NoAnswer."""
        ...


def create_front(
    services: Mapping[str, Peer],
    workers: Mapping[str, Remote] | None = None,
    cors_origins: Collection[str] = (),
    *,
    space: DiskSpace | None = None,
) -> FastAPI:
    """Make the front of the services, and of the processes that run their consumers and jobs.

    It watches over `space` for as long as it runs.
    """
    workers = workers or {}
    peers: Mapping[str, Peer] = {**services, **workers}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for peer in peers.values():
                if isinstance(peer, Remote):
                    await stack.enter_async_context(peer)
            if space is not None:
                stack.push_async_callback(space.stop)
                await space.start()
            yield

    async def metrics() -> bytes:
        own = {"api": render_metrics()}
        told = await asyncio.gather(*map(_told, workers.values()))
        # The absence of one shows as missing series, which is what a scrape of a dead process shows too.
        others = {name: text for name, text in zip(workers, told, strict=True) if text is not None}
        return merge_expositions(own | others)

    checks = {name: _ready(peer) for name, peer in peers.items()}
    if space is not None:
        checks["disk"] = space.check
    app = create_app(
        "Waymark",
        routers=(),
        lifespan=lifespan,
        unavailable=(NoAnswer,),
        description=_DESCRIPTION,
        checks=checks,
        metrics=metrics,
    )
    app.add_api_route("/", _lead_home, include_in_schema=False)
    _serve_merged_openapi(app, services)
    app.put_in_front(lambda inner: allowing_origins(inner, cors_origins))
    return app


async def _lead_home() -> Response:
    return RedirectResponse(HOME, 302)


async def _told(worker: Remote) -> bytes | None:
    """Return the worker's metrics, None when it does not answer."""
    with suppress(NoAnswer):
        _, text = await worker.get("/metrics")
        return text
    return None


def _ready(peer: Peer) -> Check:
    async def check() -> str | None:
        try:
            status, body = await peer.get("/readyz")
        except NoAnswer as error:
            return str(error)
        if status == HTTPStatus.OK:
            return None
        answer = orjson.loads(body)
        failing: Mapping[str, str] = answer.get("failing", {})
        return "; ".join(f"{name}: {reason}" for name, reason in failing.items()) or answer["detail"]

    return check


def _serve_merged_openapi(app: FastAPI, services: Mapping[str, Peer]) -> None:
    app.routes[:] = [route for route in app.routes if getattr(route, "path", None) != "/openapi.json"]
    own = app.openapi()

    async def merged() -> bytes:
        answers = await asyncio.gather(*(peer.get("/openapi.json") for peer in services.values()))
        return orjson.dumps(merge_openapi(own, [orjson.loads(body) for _, body in answers]))

    document = SharedAnswer(merged, kept_s=_KEPT_S)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(await document.get(), media_type="application/json")


def _apart(document: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    """Prefix the document's schemas with its service's name where an earlier document has another of the same name."""
    own = document.get("components", {}).get("schemas", {})
    taken: dict[str, Any] = {}
    for other in others:
        taken = other.get("components", {}).get("schemas", {}) | taken
    text = orjson.dumps(document).decode()
    for name in own.keys() & taken.keys():
        if own[name] != taken[name]:
            apart = document["info"]["title"].title() + name
            text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{apart}"')
            text = text.replace(f'"{name}":{{', f'"{apart}":{{')
    renamed: dict[str, Any] = orjson.loads(text)
    for name, schema in renamed.get("components", {}).get("schemas", {}).items():
        if "title" in schema:
            schema["title"] = name
    return renamed


def merge_openapi(front: dict[str, Any], documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge the documents: paths side by side, methods of one path joined, components by name."""
    merged = {**front, "paths": {}, "components": {}}
    for document in (*(_apart(document, documents[:at]) for at, document in enumerate(documents)), front):
        for path, methods in document.get("paths", {}).items():
            known = merged["paths"].setdefault(path, {})
            for method, operation in methods.items():
                known.setdefault(method, operation)
        for kind, components in document.get("components", {}).items():
            merged["components"].setdefault(kind, {}).update(components)
    return merged
