"""The console's files over HTTP, from a small build: the page, what it loads, and the headers of every answer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from libs.service.app import create_service_app
from services.console import app
from services.console.service import SERVICE
from tests.support.serving import serving

PAGE = '<style nonce="__WAYMARK_NONCE__"></style><meta property="csp-nonce" nonce="__WAYMARK_NONCE__">'
SCRIPT, BROTLI, GZIP = b"let a = 1;" * 200, b"in brotli", b"in gzip"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.fixture
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build as Vite leaves it, beside a file that is not of it."""
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text(PAGE)
    (directory / "assets" / "main-x1.js").write_bytes(SCRIPT)
    (directory / "assets" / "main-x1.js.br").write_bytes(BROTLI)
    (directory / "assets" / "main-x1.js.gz").write_bytes(GZIP)
    (directory / "assets" / "logo-x1.svg").write_text("<svg/>")
    (tmp_path / "secret.json").write_text("{}")
    monkeypatch.setattr(app, "DIST", directory)
    return directory


@pytest.fixture
async def client(dist: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_service_app(SERVICE, SERVICE.settings())) as client:
        client.headers["accept-encoding"] = "identity"
        yield client


async def raw(client: httpx.AsyncClient, path: str, accepted: str) -> tuple[httpx.Response, bytes]:
    async with client.stream("GET", path, headers={"accept-encoding": accepted}) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


def nonce_in(answer: httpx.Response) -> str:
    """Return the nonce of an answer's policy, which must be the console's to the letter."""
    (policy,) = answer.headers.get_list("content-security-policy")
    found = re.search(r"'nonce-([\w-]{16,})'", policy)
    assert found is not None
    assert policy == POLICY.format(found[1])
    return found[1]


@pytest.mark.parametrize("path", ["/console/", "/console/live", "/console/traces/a%2Fb?from=now-1h&%C3%A9=1"])
async def test_every_address_without_a_dot_is_the_page_with_a_nonce_of_its_own(
    client: httpx.AsyncClient, path: str
) -> None:
    first, second = await client.get(path), await client.get(path)
    assert first.status_code == 200
    assert (first.headers["content-type"], first.headers["cache-control"]) == ("text/html; charset=utf-8", "no-store")
    assert first.text == PAGE.replace("__WAYMARK_NONCE__", nonce_in(first))
    assert nonce_in(first) != nonce_in(second)


async def test_a_resource_may_be_called_as_files_are(client: httpx.AsyncClient) -> None:
    path = "/console/resources/FILE/main.py"
    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers={"accept": "text/html,*/*;q=0.8"})).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/console/", "/console", "/console/config.json", "/console/assets/main-x1.js"),
        *("/console/main.js", "/console/assets/none.js", "/nowhere"),
    ],
)
async def test_every_answer_says_what_a_page_may_do(client: httpx.AsyncClient, path: str) -> None:
    for answer in (await client.get(path), await client.head(path), await client.post(path)):
        nonce_in(answer)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", BROTLI),
        ("gzip", "gzip", GZIP),
        ("br;q=0.5, gzip", "gzip", GZIP),
        ("br;q=0, gzip;q=0", None, SCRIPT),
        ("zstd", None, SCRIPT),
    ],
)
async def test_files_are_kept_for_ever_in_the_coding_asked_for(
    client: httpx.AsyncClient, accepted: str, coding: str | None, content: bytes
) -> None:
    answer, sent = await raw(client, "/console/assets/main-x1.js", accepted)
    assert (answer.status_code, answer.headers.get("content-encoding"), sent) == (200, coding, content)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers.get_list("vary") == ["accept-encoding"]
    head = await client.head("/console/assets/main-x1.js", headers={"accept-encoding": accepted})
    assert head.headers["content-length"] == str(len(content))


async def test_what_does_not_shrink_is_sent_as_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/console/assets/logo-x1.svg", headers={"accept-encoding": "br, gzip"})
    assert (answer.headers["content-type"], answer.text) == ("image/svg+xml", "<svg/>")


@pytest.mark.parametrize(
    "name",
    [
        *("none.js", "", "main-x1.js.br", "..%2F..%2Fsecret.json", "../../secret.json", "%2e%2e/index.html"),
        *("..%5C..%5Csecret.json", "x/main-x1.js", "main-x1.js%00.js", "%ff.js", "x" * 5_000 + ".js"),
    ],
)
async def test_any_other_name_is_refused_as_a_problem(client: httpx.AsyncClient, name: str) -> None:
    url = httpx.URL("http://test/console/assets/").copy_with(raw_path=f"/console/assets/{name}".encode())
    answer = await client.get(url)
    assert answer.is_client_error
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_bare_path_leads_to_the_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/console")).headers["location"] == "/console/"
    answer = await client.get("/console?from=now-1h")
    assert (answer.status_code, answer.headers["location"]) == (302, "/console/?from=now-1h")


async def test_pages_learn_the_version_and_where_grafana_is(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for url in ("", "https://grafana.example/d"):
        monkeypatch.setenv("WAYMARK_GRAFANA_URL", url)
        async with serving(create_service_app(SERVICE, SERVICE.settings())) as client:
            seen.append((await client.get("/console/config.json")).json())
    common = {"version": version("waymark")}
    assert seen == [common | {"grafanaUrl": None}, common | {"grafanaUrl": "https://grafana.example/d"}]


async def test_without_a_build_the_page_names_the_command_until_there_is_one(
    client: httpx.AsyncClient, dist: Path
) -> None:
    (dist / "index.html").rename(dist / "away")
    answer = await client.get("/console/live")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "<code>make console</code>" in answer.text
    assert f'<style nonce="{nonce_in(answer)}">' in answer.text
    assert (await client.get("/readyz")).status_code == 200
    (dist / "away").rename(dist / "index.html")
    assert (await client.get("/console/live")).status_code == 200
