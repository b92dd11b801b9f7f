"""Answers in gzip: when the request asks for it, for whole answers of some size, and never under an entity tag."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi.responses import JSONResponse, Response, StreamingResponse

from libs.httpkit.app import create_app
from libs.httpkit.compression import MIN_BYTES, asks_for_gzip
from libs.httpkit.router import FamilyRouter

LARGE = {"data": ["the same text again"] * 10_000}
ROUTES = {
    "/small": JSONResponse({"a": 1}),
    "/edge": Response(b"x" * MIN_BYTES, media_type="text/plain"),
    "/below": Response(b"x" * (MIN_BYTES - 1), media_type="text/plain"),
    "/large": JSONResponse(LARGE),
    "/refused": JSONResponse(LARGE, 422, media_type="application/problem+json"),
    "/tagged": JSONResponse(LARGE, headers={"ETag": '"1"'}),
    "/packed": Response(gzip.compress(b"x" * 5_000), media_type="text/plain", headers={"Content-Encoding": "gzip"}),
    "/bytes": Response(b"x" * 5_000, media_type="application/octet-stream"),
    "/events": Response(b"x" * 5_000, media_type="text/event-stream"),
    "/nothing": Response(status_code=204),
}


def _giving(response: Response) -> Callable[[], Awaitable[Response]]:
    async def endpoint() -> Response:
        return response

    return endpoint


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    router = FamilyRouter()
    for path, response in ROUTES.items():
        router.add_api_route(path, _giving(response), methods=["GET"])

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * 5_000

        return StreamingResponse(pieces(), media_type="application/x-ndjson")

    app = create_app("t", routers=[router])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        del client.headers["accept-encoding"]
        yield client


async def raw(
    client: httpx.AsyncClient, path: str, accepted: str | None, method: str = "GET"
) -> tuple[httpx.Response, bytes]:
    headers = {} if accepted is None else {"accept-encoding": accepted}
    async with client.stream(method, path, headers=headers) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("path", ["/edge", "/large", "/refused"])
async def test_an_answer_of_some_size_is_compressed_when_asked_for(client: httpx.AsyncClient, path: str) -> None:
    plain, content = await raw(client, path, None)
    packed, compressed = await raw(client, path, "gzip")

    assert (plain.status_code, "content-encoding" in plain.headers) == (packed.status_code, False)
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(compressed) < len(content)
    assert gzip.decompress(compressed) == content
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert "x-request-id" in packed.headers


@pytest.mark.parametrize("path", ["/small", "/below", "/tagged", "/packed", "/bytes", "/stream", "/events", "/nothing"])
async def test_any_other_is_sent_as_it_is(client: httpx.AsyncClient, path: str) -> None:
    plain, content = await raw(client, path, None)
    asked, same = await raw(client, path, "gzip")

    assert content == same
    assert plain.headers.get("content-encoding") == asked.headers.get("content-encoding")
    assert plain.headers.get("content-length") == asked.headers.get("content-length")
    assert "vary" not in asked.headers


async def test_head_says_what_get_would(client: httpx.AsyncClient) -> None:
    get, _ = await raw(client, "/large", "gzip")
    head, nothing = await raw(client, "/large", "gzip", "HEAD")

    assert nothing == b""
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        (["gzip"], True),
        (["GZIP"], True),
        (["x-gzip"], True),
        (["deflate, gzip;q=1.0, *;q=0.5"], True),
        (["br", "gzip"], True),
        (["*"], True),
        (["gzip; q=0.001"], True),
        (["identity;q=0.5, gzip;Q=0.5"], True),
        (["gzip;q=0"], False),
        (["gzip;q=0.000, *"], False),
        (["*;q=0"], False),
        (["gzip;q=0.5, identity"], False),
        (["gzip;q=x"], False),
        (["gzip;q=-1"], False),
        (["br, zstd"], False),
        (["gzipped"], False),
        ([""], False),
        ([], False),
    ],
)
def test_what_asks_for_gzip(accepted: list[str], expected: bool) -> None:
    headers = [(b"accept-encoding", value.encode()) for value in accepted]
    assert asks_for_gzip([(b"accept", b"*/*"), *headers]) is expected
