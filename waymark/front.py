"""Answers on the one address for the whole machine: `/`, and `/readyz`, `/metrics`, `/openapi.json` of all services."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any

import orjson
from fastapi import FastAPI

from libs.httpkit.app import create_app
from libs.httpkit.cors import allowing_origins
from libs.lazy import without
from libs.telemetry.exposition import merge_expositions, render_metrics
from waymark.composition import Mounted
from waymark.index import index

with without("rich"):  # for the command line that httpx has
    import httpx

_PROBE_TIMEOUT_S = 4.0


def create_front(services: Mapping[str, Mounted], projections_url: str, cors_origins: Collection[str] = ()) -> FastAPI:
    """Make the front of services mounted in this process and of the projections process at `projections_url`."""

    # Plain HTTP: a context without certificates keeps httpx from reading every authority the machine trusts.
    no_certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    projections = httpx.AsyncClient(base_url=projections_url, timeout=_PROBE_TIMEOUT_S, verify=no_certificates)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with projections:
            yield

    async def projections_ready() -> str | None:
        try:
            response = await projections.get("/readyz")
        except httpx.HTTPError as error:
            return f"the projections process does not answer: {type(error).__name__}"
        return None if response.is_success else response.text

    async def metrics() -> bytes:
        expositions = {"api": render_metrics()}
        try:
            expositions["projections"] = (await projections.get("/metrics")).content
        except httpx.HTTPError:
            # Its absence shows as missing series, which is what a scrape of a dead process shows too.
            return merge_expositions(expositions)
        return merge_expositions(expositions)

    checks = {name: _ready(mounted) for name, mounted in services.items()}
    app = create_app(
        "Waymark",
        routers=(),
        lifespan=lifespan,
        description="Records what happens in a company's systems and answers questions about it while it happens.",
        checks=checks | {"projections": projections_ready},
        metrics=metrics,
    )
    app.add_api_route("/", _index, include_in_schema=False)
    _serve_merged_openapi(app, services)
    app.put_in_front(lambda inner: allowing_origins(inner, cors_origins))
    return app


async def _index() -> dict[str, Any]:
    return index()


def _ready(mounted: Mounted) -> Any:
    async def check() -> str | None:
        status, body = await mounted.get_json("/readyz")
        if status == httpx.codes.OK:
            return None
        failing = body.get("failing") or {"reason": body.get("detail")}
        return "; ".join(f"{name}: {reason}" for name, reason in failing.items())

    return check


def _serve_merged_openapi(app: FastAPI, services: Mapping[str, Mounted]) -> None:
    app.routes[:] = [route for route in app.routes if getattr(route, "path", None) != "/openapi.json"]
    own = app.openapi()

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        answers = await asyncio.gather(*(mounted.get_json("/openapi.json") for mounted in services.values()))
        return merge_openapi(own, [document for _, document in answers])


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
