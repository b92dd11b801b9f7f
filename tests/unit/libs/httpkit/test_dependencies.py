"""What routes depend on: typed state, query models, a read model that is as far as the caller's last write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx
import pytest
from fastapi import FastAPI, Query
from pydantic import Field

from libs.auth.http import PRINCIPAL
from libs.auth.principal import USER, VIEWER, Principal
from libs.eventlog.port import Positions, TopicPartition
from libs.httpkit.app import create_app
from libs.httpkit.camel import CamelQuery
from libs.httpkit.positions import MIN_POSITION_HEADER, encode_position
from libs.httpkit.router import FamilyRouter
from libs.httpkit.state import state
from libs.service.reading import caught_up
from tests.support.access import access_of

LOG_ID = "log-1"
VIEWER_OF_TESTS = Principal(tenant_id="default", subject="ann", roles=frozenset((VIEWER,)), actor_type=USER)


class WaitedFor:
    """Stands for reads and their read model: remembers the positions that were waited for."""

    def __init__(self) -> None:
        self.positions: list[Positions] = []

    @property
    def model(self) -> WaitedFor:
        return self

    async def wait_for(self, positions: Positions, timeout_s: float) -> None:
        self.positions.append(positions)


class Filters(CamelQuery):
    resource_id: str | None = None
    min_duration_ms: int | None = Field(default=None, ge=0)


def _app(reads: WaitedFor) -> FastAPI:
    router = FamilyRouter()

    @router.get("/name")
    async def name(name: Annotated[str, state("name")]) -> str:
        return name

    @router.get("/filtered")
    async def filtered(filters: Annotated[Filters, Query()]) -> dict[str, Any]:
        return filters.model_dump()

    @router.get("/waited")
    async def waited(reads: Annotated[WaitedFor, caught_up("reads")]) -> int:
        return len(reads.positions)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        yield {"name": "history", "reads": reads, "log_id": LOG_ID, "access": access_of()}

    return create_app("t", routers=[router], lifespan=lifespan)


@asynccontextmanager
async def _client(reads: WaitedFor | None = None, *, known: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    app = _app(reads or WaitedFor())
    caller = {PRINCIPAL: VIEWER_OF_TESTS} if known else {}
    async with app.router.lifespan_context(app) as given:
        assert isinstance(given, dict)

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, **caller, "state": dict(given)}, receive, send)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://test") as client:
            yield client


async def test_a_route_gets_what_the_lifespan_gave() -> None:
    async with _client() as client:
        assert (await client.get("/name")).json() == "history"


async def test_a_query_model_takes_camel_case_names_alone() -> None:
    async with _client() as client:
        answer = await client.get("/filtered", params={"resourceId": "r", "other": "1"})
        misspelt = await client.get("/filtered", params={"resourceId": "r", "min_duration_ms": "7"})
    assert answer.json() == {"resource_id": "r", "min_duration_ms": None}
    assert misspelt.status_code == 422
    assert [place["field"] for place in misspelt.json()["errors"]] == ["min_duration_ms"]


async def test_a_query_model_names_the_parameter_that_is_wrong() -> None:
    async with _client() as client:
        answer = await client.get("/filtered", params={"minDurationMs": "-1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", "minDurationMs"]


async def test_a_read_waits_for_the_position_it_is_sent() -> None:
    reads = WaitedFor()
    async with _client(reads) as client:
        assert (await client.get("/waited")).json() == 0
        header = {MIN_POSITION_HEADER: encode_position(LOG_ID, {("t", 2): 5})}
        assert (await client.get("/waited", headers=header)).json() == 1
    assert reads.positions == [{TopicPartition("t", 2): 5}]


@pytest.mark.parametrize("header", ["junk", encode_position("another-log", {("t", 0): 1})])
async def test_a_position_that_is_none_of_this_log_is_refused(header: str) -> None:
    async with _client() as client:
        answer = await client.get("/waited", headers={MIN_POSITION_HEADER: header})
    assert answer.status_code == 422


async def test_only_an_authenticated_caller_is_waited_for() -> None:
    reads = WaitedFor()
    async with _client(reads, known=False) as client:
        header = {MIN_POSITION_HEADER: encode_position(LOG_ID, {("t", 0): 5})}
        assert (await client.get("/waited", headers=header)).status_code == 401
    assert reads.positions == []
