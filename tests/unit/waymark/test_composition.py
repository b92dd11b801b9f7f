"""Services inside one process keep their own lifespans and states, and start or fail together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request

from waymark.composition import Composition, Mounted, StartFailed
from waymark.front import create_front, merge_openapi
from waymark.remote import Remote


def app(name: str, events: list[str], *, fails: bool = False) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, str]]:
        if fails:
            raise RuntimeError("no database")
        events.append(f"{name} up")
        yield {"name": name}
        events.append(f"{name} down")

    built = FastAPI(lifespan=lifespan)

    @built.get("/who")
    async def who(request: Request) -> str:
        name: str = request.state.name
        return name

    return built


async def test_each_service_answers_from_its_own_state() -> None:
    events: list[str] = []
    mounted = [Mounted(name, app(name, events)) for name in ("one", "two")]
    for each in mounted:
        await each.start()
    assert [await each.get("/who") for each in mounted] == [(200, b'"one"'), (200, b'"two"')]
    for each in reversed(mounted):
        await each.stop()
    assert events == ["one up", "two up", "two down", "one down"]


async def test_a_service_that_does_not_start_says_so() -> None:
    mounted = Mounted("two", app("two", [], fails=True))
    with pytest.raises(StartFailed, match="two: startup failed: no database"):
        await mounted.start()
    await mounted.stop()


async def test_what_has_started_is_stopped_when_another_fails() -> None:
    events: list[str] = []
    services = {"one": Mounted("one", app("one", events)), "two": Mounted("two", app("two", events, fails=True))}
    composition = Composition(
        services, Mounted("front", create_front({}, {"projections": Remote("http://127.0.0.1:1")}))
    )
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await composition({"type": "lifespan"}, receive, send)  # type: ignore[arg-type]
    assert sent == ["lifespan.startup.failed"]
    assert events == ["one up", "one down"]


async def test_the_front_answers_head() -> None:
    front = create_front({}, {"projections": Remote("http://127.0.0.1:1")})
    transport = httpx.ASGITransport(app=front)
    async with httpx.AsyncClient(transport=transport, base_url="http://front") as client:
        answers = [await client.head(path) for path in ("/healthz", "/readyz", "/metrics", "/openapi.json")]
    assert [(answer.status_code, answer.content) for answer in answers] == [
        (200, b""),
        (503, b""),
        (200, b""),
        (200, b""),
    ]


def test_schemas_of_one_name_and_two_shapes_stay_apart() -> None:
    def document(title: str, kind: str) -> dict[str, object]:
        ref = {"$ref": "#/components/schemas/Out"}
        return {
            "info": {"title": title},
            "paths": {f"/{title}": {"get": {"responses": {"200": {"schema": ref}}}}},
            "components": {"schemas": {"Out": {"type": kind}}},
        }

    documents = [document("one", "string"), document("two", "integer"), document("three", "integer")]
    merged = merge_openapi({"info": {}}, documents)
    integer = {"type": "integer"}
    assert merged["components"]["schemas"] == {"Out": {"type": "string"}, "TwoOut": integer, "ThreeOut": integer}
    assert merged["paths"]["/two"]["get"]["responses"]["200"]["schema"]["$ref"].endswith("/TwoOut")
    assert merged["paths"]["/one"]["get"]["responses"]["200"]["schema"]["$ref"].endswith("/Out")
