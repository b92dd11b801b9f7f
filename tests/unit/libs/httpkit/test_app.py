"""An app made by the kit: errors in each family's shape, undecoded paths, body limits, health."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import orjson
import pytest
import structlog
from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.routing import Mount

from libs.httpkit import bodies, dialects
from libs.httpkit.admission import admits
from libs.httpkit.app import create_app
from libs.httpkit.bodies import OPEN_BUDGET, PROCESS_BUDGET, body_limit
from libs.httpkit.camel import CamelBody, CamelQuery
from libs.httpkit.errors import Conflict, NotFound, unauthenticated
from libs.httpkit.limits import BULK_BODY_BYTES, OPEN_BODY_BYTES
from libs.httpkit.paging import PageOf
from libs.httpkit.protection import NO_STORE, protected
from libs.httpkit.router import FamilyRouter
from libs.telemetry import middleware
from libs.telemetry.access_log import AccessLog
from tests.support.waiting import eventually

JSON = {"content-type": "application/json"}


class Away(Exception):
    """What a dependency raises when it is away."""


class Item(BaseModel):
    name: str
    data: Any = None


async def _admit(request: Request) -> str:
    """Let everybody in by the name of a tenant but `nobody`."""
    tenant_id = request.headers.get("x-tenant-id", "acme")
    if tenant_id == "nobody":
        raise unauthenticated("no credential")
    return tenant_id


Tenant = Annotated[str, Depends(admits(_admit)(_admit))]


def _router(prefix: str, dialect: dialects.Dialect) -> FamilyRouter:
    router = FamilyRouter(prefix=prefix, dialect=dialect)

    @router.post("/items")
    async def post(_: Tenant, item: Item) -> Item:
        return item

    @router.post("/open")
    async def post_openly(item: Item) -> Item:
        return item

    @router.post("/bulk")
    @body_limit(BULK_BODY_BYTES)
    async def bulk(_: Tenant, request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @router.get("/items/{item_id}")
    async def get(item_id: str) -> dict[str, str]:
        return {"id": item_id}

    @router.get("/items/{item_id}/parts/{part}")
    async def part(item_id: str, part: str) -> dict[str, str]:
        return {"id": item_id, "part": part}

    @router.get("/list")
    async def listing(page: PageOf, size: Annotated[int, Query()] = 1) -> dict[str, int]:
        return {"page": page.page, "limit": page.limit}

    @router.get("/sized")
    async def sized(size: Annotated[int, Query(ge=1)]) -> int:
        return size

    @router.get("/missing")
    async def missing() -> None:
        raise NotFound(what="item", identifier="7")

    @router.get("/taken")
    async def taken() -> None:
        raise Conflict("the name is taken")

    @router.get("/away")
    async def away() -> None:
        raise Away("host db-1.internal refused")

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    return router


FAMILIES = {
    "/p": dialects.problem,
    "/e": dialects.events,
    "/c": dialects.critical_interactions,
    "/m": dialects.metrics,
}


def make_app() -> FastAPI:
    return create_app("t", routers=[_router(p, d) for p, d in FAMILIES.items()], unavailable=(Away,))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(make_app()), base_url="http://test") as client:
        yield client


def shape(answer: httpx.Response) -> str:
    """Which family's shape an error answer has."""
    body = answer.json()
    if answer.headers["content-type"] == dialects.PROBLEM_JSON:
        assert {"type", "title", "status", "detail"} <= set(body)
        assert body["status"] == answer.status_code
        return "problem"
    if isinstance(body.get("detail"), list):
        assert all(set(place) == {"loc", "msg", "type"} for place in body["detail"])
        return "events"
    assert set(body) == {"error"}
    if set(body["error"]) == {"code", "message", "cause"}:
        return "critical"
    assert set(body["error"]) == {"code", "message", "status", "details"}
    assert body["error"]["status"] == answer.status_code
    assert all(set(place) == {"field", "message", "type"} for place in body["error"]["details"])
    return "metrics"


@pytest.mark.parametrize(
    ("method", "path", "content", "statuses", "shapes"),
    [
        ("POST", "/items", b'{"name":', (400, 422, 400, 400), ("problem", "events", "critical", "metrics")),
        ("POST", "/items", b'{"name":1}', (422, 422, 422, 422), ("problem", "events", "critical", "metrics")),
        ("POST", "/items", b"", (422, 422, 422, 422), ("problem", "events", "critical", "metrics")),
        (
            "POST",
            "/items",
            b'{"name":"a","data":"\\u0000"}',
            (422, 422, 422, 422),
            ("problem", "events", "critical", "metrics"),
        ),
        ("POST", "/items", b'{"name":"a","data":NaN}', (422,) * 4, ("problem", "events", "critical", "metrics")),
        ("POST", "/items", b'"' + b"x" * 2**20 + b'"', (413,) * 4, ("problem", "problem", "critical", "metrics")),
        ("GET", "/list?limit=101", None, (422,) * 4, ("problem", "events", "critical", "metrics")),
        ("GET", "/list?page=0", None, (422,) * 4, ("problem", "events", "critical", "metrics")),
        ("GET", "/sized", None, (422, 422, 400, 422), ("problem", "events", "critical", "metrics")),
        ("GET", "/missing", None, (404,) * 4, ("problem", "problem", "critical", "metrics")),
        ("GET", "/taken", None, (409,) * 4, ("problem", "problem", "critical", "metrics")),
        ("GET", "/away", None, (503,) * 4, ("problem", "problem", "critical", "metrics")),
        ("GET", "/broken", None, (500,) * 4, ("problem", "problem", "critical", "metrics")),
        ("PUT", "/list", None, (405,) * 4, ("problem", "problem", "critical", "metrics")),
        ("GET", "/nowhere", None, (404,) * 4, ("problem",) * 4),
    ],
)
async def test_errors_have_the_family_shape(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    content: bytes | None,
    statuses: tuple[int, ...],
    shapes: tuple[str, ...],
) -> None:
    for prefix, status, expected in zip(FAMILIES, statuses, shapes, strict=True):
        answer = await client.request(method, prefix + path, content=content, headers=JSON if content else {})
        assert (answer.status_code, shape(answer)) == (status, expected), (prefix, answer.text)


async def test_an_unexpected_error_is_logged_and_tells_nothing(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its lines are bounded by the second, and other tests of this second have had theirs.
    monkeypatch.setattr(middleware, "ACCESS_LOG", AccessLog())
    with structlog.testing.capture_logs() as logs:
        answer = await client.get("/p/broken")
    assert "hunter2" not in answer.text
    assert [entry["event"] for entry in logs] == ["request_failed", "request_ended"]


async def test_unavailable_says_when_to_retry_and_no_internals(client: httpx.AsyncClient) -> None:
    answer = await client.get("/m/away")
    assert int(answer.headers["retry-after"]) >= 1
    assert "db-1" not in answer.text


async def test_a_405_says_what_is_allowed(client: httpx.AsyncClient) -> None:
    assert (await client.put("/p/list")).headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_405_names_the_methods_of_every_route_at_the_path_and_of_other_services() -> None:
    router = FamilyRouter()

    @router.get("/api/v1/events")
    async def get() -> None: ...

    @router.delete("/api/v1/events")
    async def delete() -> None: ...

    app = create_app("t", routers=[router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.put("/api/v1/events")
        options = await client.options("/api/v1/events")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
    assert (options.status_code, options.content, options.headers["allow"]) == (204, b"", answer.headers["allow"])


async def test_field_errors_name_the_field(client: httpx.AsyncClient) -> None:
    body = (await client.post("/p/items", json={"name": 1})).json()
    assert body["errors"] == [
        {"field": "name", "loc": ["body", "name"], "message": "text is expected, not a number", "type": "string_type"}
    ]
    assert (await client.post("/m/items", json={"name": 1})).json()["error"]["details"] == [
        {"field": "name", "message": "text is expected, not a number", "type": "string_type"}
    ]


def test_an_errors_own_members_are_shown_where_the_dialect_has_room_for_them() -> None:
    error = Conflict("used", members={"references": [1]})
    shown = orjson.loads(dialects.metrics(error).body)["error"]
    assert shown == {"code": "CONFLICT", "message": "used", "status": 409, "details": [], "references": [1]}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "json",
        "application/json;charset=latin-1",
        'application/json; CHARSET="ISO-8859-1"',
        'application/json; v="; charset=utf-8"; charset=utf-16',
    ],
)
async def test_another_content_type_is_415(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post("/p/items", content=b'{"name":"a"}', headers={"content-type": content_type})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json; charset=UTF-8",
        "application/merge-patch+json",
        'APPLICATION/JSON ;\tCharset="utf-8"; q=1',
        'application/json; v="a\\"; charset=latin-1"',
        "application/json;",
        "application/json; charset",
    ],
)
async def test_json_and_no_content_type_are_taken(client: httpx.AsyncClient, content_type: str | None) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert (await client.post("/p/items", content=b'{"name":"a"}', headers=headers)).status_code == 200


async def test_unknown_fields_and_parameters_are_ignored(client: httpx.AsyncClient) -> None:
    assert (await client.post("/p/items?what=1", json={"name": "a", "more": 1})).status_code == 200


class Part(CamelBody):
    part_name: str


class Whole(CamelBody):
    whole_name: str = ""
    parts: list[Part] = Field(default=[])


class Filters(CamelQuery):
    resource_type: str | None = None


@pytest.fixture
async def named() -> AsyncIterator[httpx.AsyncClient]:
    """A route with declared names of every kind."""
    router = FamilyRouter(prefix="/named", dialect=dialects.events)

    @router.post("")
    async def post(
        whole: Whole,
        page: PageOf,
        filters: Annotated[Filters, Query()],
        actor: Annotated[str, Query(alias="actor_id")] = "",
    ) -> Whole:
        return whole

    app = create_app("t", routers=[router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("actorid", "actor_id"),
        ("actorId", "actor_id"),
        ("resourcetype", "resourceType"),
        ("pagesize", "pageSize"),
        ("limt", "limit"),
    ],
)
async def test_a_misspelt_parameter_is_named_with_what_was_meant(
    named: httpx.AsyncClient, name: str, known: str
) -> None:
    answer = await named.post(f"/named?{name}=a&what=1&_=2", json={})
    assert (answer.status_code, shape(answer)) == (422, "events")
    message = f"there is no '{name}'; did you mean '{known}'?"
    assert answer.json()["detail"] == [{"loc": ["query", name], "msg": message, "type": "misspelt_name"}]


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"wholename": "a"}, ["body", "wholename"]),
        ({"parts": [{"partName": "a"}, {"partname": "b"}]}, ["body", "parts", 1, "partname"]),
        ({"prts": []}, ["body", "prts"]),
    ],
)
async def test_a_misspelt_member_is_named_wherever_it_stands(
    named: httpx.AsyncClient, body: dict[str, Any], loc: list[Any]
) -> None:
    answer = await named.post("/named", json=body)
    assert answer.status_code == 422
    assert (loc, "misspelt_name") in [(place["loc"], place["type"]) for place in answer.json()["detail"]]


async def test_a_misspelt_member_hides_nothing_else_that_is_wrong(named: httpx.AsyncClient) -> None:
    sent = {"parts": [{"partname": "b"}, {"partName": 7}], "wholename": "a"}
    detail = (await named.post("/named", json=sent)).json()["detail"]
    assert [(place["loc"][1:], place["type"]) for place in detail] == [
        (["wholename"], "misspelt_name"),
        (["parts", 0, "partname"], "misspelt_name"),
        (["parts", 0, "partName"], "missing"),
        (["parts", 1, "partName"], "string_type"),
    ]
    assert detail[3]["msg"] == "text is expected, not a number"


async def test_names_of_any_other_kind_are_ignored(named: httpx.AsyncClient) -> None:
    body = {"wholeName": "a", "colour": 1, "parts": [{"part_name": "b", "weight": {"partname": 1}}]}
    answer = await named.post("/named?actor_id=a&pageSize=3&resourceType=x&utm_source=mail", json=body)
    assert answer.status_code == 200, answer.text


async def test_page_size_is_another_name_of_limit(client: httpx.AsyncClient) -> None:
    assert (await client.get("/p/list?pageSize=7&page=3")).json() == {"page": 3, "limit": 7}
    assert (await client.get("/p/list")).json() == {"page": 1, "limit": 50}


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("plain", "plain"),
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("%E6%97%A5%20%F0%9F%93%A6", "日 📦"),
        ("a+b", "a+b"),
        ("a%3Fb%23c;d=e", "a?b#c;d=e"),
        ("..%2F..%2Fetc", "../../etc"),
    ],
)
async def test_path_values_arrive_decoded(client: httpx.AsyncClient, sent: str, value: str) -> None:
    assert (await client.get(f"/p/items/{sent}")).json() == {"id": value}
    assert (await client.get(f"/p/items/{sent}/parts/x%2Fy")).json() == {"id": value, "part": "x/y"}


async def test_literal_parts_of_a_path_may_be_escaped(client: httpx.AsyncClient) -> None:
    assert (await client.get("/p/%69tems/a%2Fb")).json() == {"id": "a/b"}


@pytest.mark.parametrize(("sent", "status"), [("%ff", 400), ("%00", 422), ("%", 200)])
async def test_path_values_that_are_no_text(client: httpx.AsyncClient, sent: str, status: int) -> None:
    assert (await client.get(f"/p/items/{sent}")).status_code == status


async def test_nul_in_a_query_is_422(client: httpx.AsyncClient) -> None:
    answer = await client.get("/p/list?filter=a%00b")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "filter"


async def test_paths_work_within_a_mount() -> None:
    outer = Starlette(routes=[Mount("/inner", app=make_app())])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url="http://test") as client:
        assert (await client.get("/inner/p/items/plain")).json() == {"id": "plain"}
        assert (await client.get("/inner/p/items/a%2Fb")).json() == {"id": "a/b"}


async def test_a_byte_order_mark_is_ignored(client: httpx.AsyncClient) -> None:
    answer = await client.post("/p/items", content=b'\xef\xbb\xbf{"name":"a"}', headers=JSON)
    assert answer.json()["name"] == "a"


async def test_gzip_bodies_are_taken(client: httpx.AsyncClient) -> None:
    content = gzip.compress(b'{"name":', mtime=0) + gzip.compress(b'"a"}', mtime=0)
    answer = await client.post("/p/items", content=content, headers={**JSON, "content-encoding": "gzip"})
    assert answer.json()["name"] == "a"


@pytest.mark.parametrize("encoding", ["GZIP", "x-gzip", "identity, gzip", "gzip,", " gzip , identity"])
async def test_identity_is_no_encoding(client: httpx.AsyncClient, encoding: str) -> None:
    headers = {**JSON, "content-encoding": encoding}
    answer = await client.post("/p/items", content=gzip.compress(b'{"name":"a"}', mtime=0), headers=headers)
    assert answer.status_code == 200
    plain = await client.post("/p/items", content=b'{"name":"a"}', headers={**JSON, "content-encoding": "identity"})
    assert plain.status_code == 200


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (gzip.compress(b" " * (2**20 + 1), mtime=0), "gzip", 413),
        (gzip.compress(b'{"name":"a"}', mtime=0)[:-4], "gzip", 400),
        (b'{"name":"a"}', "gzip", 400),
        (gzip.compress(b'{"name":"a"}', mtime=0) + b"junk", "gzip", 400),
        (gzip.compress(b"", mtime=0) * 1_001, "gzip", 400),
        (gzip.compress(b"", mtime=0) * 60_000, "gzip", 413),
        (b'{"name":"a"}', "br", 415),
        (b'{"name":"a"}', "gzip, gzip", 415),
        (b'{"name":"a"}', "gzip, br", 415),
    ],
)
async def test_bad_encodings(client: httpx.AsyncClient, content: bytes, encoding: str, status: int) -> None:
    answer = await client.post("/p/items", content=content, headers={**JSON, "content-encoding": encoding})
    assert answer.status_code == status
    assert answer.headers.get("accept-encoding") == ("gzip" if status == 415 else None)
    assert PROCESS_BUDGET.held_bytes == 0


async def test_a_bulk_route_takes_more_but_not_everything(client: httpx.AsyncClient) -> None:
    assert (await client.post("/p/bulk", content=b"x" * 2**21)).json() == {"bytes": 2**21}
    assert (await client.post("/p/bulk", content=b"x" * (BULK_BODY_BYTES + 1))).status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 2**20

    assert (await client.post("/p/bulk", content=chunks())).status_code == 413
    assert PROCESS_BUDGET.held_bytes == 0


async def test_bodies_in_flight_are_bounded(client: httpx.AsyncClient) -> None:
    filled, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * (BULK_BODY_BYTES - 10)
        filled.set()
        await go_on.wait()

    slow_ones = [asyncio.create_task(client.post("/p/bulk", content=slow())) for _ in range(2)]
    await filled.wait()
    await eventually(lambda: PROCESS_BUDGET.held_bytes == 2 * (BULK_BODY_BYTES - 10))
    refused = await client.post("/e/bulk", content=b"x" * 100)
    of_another_tenant = await client.post("/e/bulk", content=b"x" * 2**20, headers={"x-tenant-id": "other"})
    go_on.set()
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert of_another_tenant.status_code == 200
    assert [task.status_code for task in await asyncio.gather(*slow_ones)] == [200, 200]
    assert PROCESS_BUDGET.held_bytes == 0


async def test_whoever_may_not_call_a_route_is_refused_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    for path in ("/p/items", "/p/bulk"):
        answer = await client.post(path, content=never(), headers={"x-tenant-id": "nobody"})
        assert answer.status_code == 401


async def test_an_open_route_reads_a_small_body_from_a_budget_of_its_own(client: httpx.AsyncClient) -> None:
    begun = asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        yield b'{"name":"' + b"a" * (OPEN_BODY_BYTES - 100)
        begun.set()
        await asyncio.Event().wait()

    silent_ones = [asyncio.create_task(client.post("/p/open", content=silent())) for _ in range(60)]
    await begun.wait()
    await eventually(lambda: OPEN_BUDGET.held_bytes == 60 * (OPEN_BODY_BYTES - 91))
    assert PROCESS_BUDGET.held_bytes == 0
    assert (await client.post("/p/open", json={"name": "a"})).status_code == 200
    assert (await client.post("/p/open", json={"name": "a" * OPEN_BODY_BYTES})).status_code == 413
    for task in silent_ones:
        task.cancel()
    await asyncio.wait(silent_ones)
    assert OPEN_BUDGET.held_bytes == 0


async def test_a_body_that_does_not_even_begin_is_given_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_PAUSE_S", 0.05)

    async def silent() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    assert (await client.post("/p/open", content=silent())).status_code == 408


@pytest.mark.parametrize("stalls", [True, False])
async def test_a_body_that_stalls_or_trickles_is_given_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, stalls: bool
) -> None:
    monkeypatch.setattr(bodies, "BODY_PAUSE_S", 0.2)

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        while True:
            await (asyncio.Event().wait() if stalls else asyncio.sleep(0.01))
            yield b"x"

    answer = await client.post("/p/bulk", content=slow())
    assert answer.status_code == 408
    assert answer.json()["code"] == "request_timeout"
    assert PROCESS_BUDGET.held_bytes == 0


async def test_health_routes_need_nothing_and_name_what_fails() -> None:
    broken: str | None = None

    async def check() -> str | None:
        return broken

    async def metrics() -> bytes:
        return b"# EOF\n"

    app = create_app("t", routers=[], checks={"log": check}, metrics=metrics)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/metrics")).text == "# EOF\n"
        broken = "no answer"
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["failing"]) == (503, {"log": "no answer"})


@pytest.mark.parametrize("path", ["/p/list", "/p/items/a%2Fb", "/p/missing", "/healthz", "/readyz", "/openapi.json"])
async def test_head_is_get_without_its_body(client: httpx.AsyncClient, path: str) -> None:
    get, head = await client.get(path), await client.head(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}


async def test_head_where_there_is_no_get_is_405(client: httpx.AsyncClient) -> None:
    answer = await client.head("/p/items")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "OPTIONS, POST", b"")


async def test_every_answer_has_a_request_id(client: httpx.AsyncClient) -> None:
    assert (await client.get("/p/list", headers={"x-request-id": "abc-1"})).headers["x-request-id"] == "abc-1"
    assert (await client.get("/p/broken")).headers["x-request-id"]
    assert (await client.get("/p/list", headers={"x-request-id": "a b"})).headers["x-request-id"] != "a b"


@pytest.mark.parametrize(
    "path", ["/p/list", "/p/missing", "/p/broken", "/nowhere", "/docs/start.css", "/openapi.json", "/healthz"]
)
async def test_no_answer_is_guessed_at_framed_or_kept(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert (headers["x-frame-options"], headers["content-security-policy"]) == ("DENY", "frame-ancestors 'none'")
    assert headers["cache-control"] == "no-store"


async def test_a_page_with_a_policy_of_its_own_is_not_guessed_at_framed_or_kept(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/docs")).headers
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert headers["content-security-policy"].endswith("; frame-ancestors 'none'")
    assert headers["cache-control"] == "no-store"


def test_an_answer_that_may_be_kept_says_so_itself() -> None:
    assert protected([(b"Cache-Control", b"public, max-age=300")]).count(NO_STORE) == 0


async def test_the_openapi_document_has_every_route(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {"/p/items/{item_id}", "/e/list", "/healthz", "/readyz"} <= set(paths)
