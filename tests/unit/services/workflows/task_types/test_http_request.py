"""Calls of HTTP: what is sent, what the reply becomes, what may be tried again, and where none goes."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from services.workflows.task_types.http_request import HttpRequest
from services.workflows.task_types.model import Connected, TaskFailed
from services.workflows.task_types.tools import Tools
from tests.support.far_hosts import answering, far_host, silent
from tests.support.workflows.calls import call_of

CREATED = 'HTTP/1.1 201 Created\nContent-Type: application/json; charset=utf-8\n\n{"id": 7}'


async def ran(body: dict[str, Any], tools: Tools, **more: Any) -> Any:
    return (await HttpRequest().run(call_of(body, tools, **more))).output


async def failed(body: dict[str, Any], tools: Tools, **more: Any) -> TaskFailed:
    with pytest.raises(TaskFailed) as failure:
        await ran(body, tools, **more)
    return failure.value


async def test_a_call_sends_its_parts_and_the_tasks_key(tools: Tools) -> None:
    async with far_host(answering(CREATED)) as host:
        output = await ran(
            {
                "url": f"http://127.0.0.1:{host.port}/orders?a=1#f",
                "method": "POST",
                "query": {"q": "ä b", "n": [1, True], "none": None},
                "headers": {"X-One": "1"},
                "body": {"total": 1.5},
            },
            tools,
        )
    assert output["status_code"] == 201
    assert output["headers"]["content-type"].startswith("application/json")
    assert output["body"] == {"id": 7}
    head, body = host.requests[0].split("\r\n\r\n")
    assert head.startswith("POST /orders?a=1&q=%C3%A4+b&n=1&n=true HTTP/1.1\r\n")
    assert {"x-one: 1", "content-type: application/json", f"idempotency-key: {call_of({}, tools).key}"} <= set(
        head.split("\r\n")
    )
    assert json.loads(body) == {"total": 1.5}


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        ("Content-Type: application/problem+json\n\n[1]", [1]),
        ("Content-Type: application/json\n\n{no", "{no"),
        ("Content-Type: application/json\n\n" + "[" * 5_000 + "]" * 5_000, "[" * 5_000 + "]" * 5_000),
        ("Content-Type: text/plain; charset=latin-1\n\n\xe9", "é"),
        ("Content-Type: text/plain; charset=nothing\n\nhi", {"base64": b64encode(b"hi").decode()}),
        ("Content-Type: image/png\n\n\x89PNG", {"base64": b64encode(b"\x89PNG").decode()}),
        ("\n", None),
    ],
)
async def test_a_body_is_json_text_or_bytes(tools: Tools, reply: str, body: Any) -> None:
    async with far_host(answering(f"HTTP/1.1 200 OK\n{reply}")) as host:
        assert (await ran({"url": f"http://127.0.0.1:{host.port}/"}, tools))["body"] == body


@pytest.mark.parametrize(
    ("method", "status", "may_pass", "is_undone"),
    [
        ("GET", 404, False, False),
        ("GET", 500, True, False),
        ("DELETE", 429, True, True),
        ("POST", 500, True, False),
        ("POST", 503, True, True),
        ("PATCH", 408, True, True),
        ("PATCH", 301, False, False),
    ],
)
async def test_an_unexpected_status_fails(
    tools: Tools, method: str, status: int, may_pass: bool, is_undone: bool
) -> None:
    async with far_host(answering(f"HTTP/1.1 {status} No\nRetry-After: 7\nContent-Length: 2\n\nhi")) as host:
        failure = await failed({"url": f"http://127.0.0.1:{host.port}/", "method": method}, tools)
    assert (failure.code, failure.retryable, failure.is_undone) == ("http_status", may_pass, is_undone)
    assert failure.detail["status_code"] == status
    assert failure.retry_after_s == 7


@pytest.mark.parametrize(("method", "is_repeatable"), [(None, True), ("PUT", True), ("POST", False), ("PATCH", False)])
def test_what_posts_may_not_be_done_twice(method: str | None, is_repeatable: bool) -> None:
    assert HttpRequest().is_repeatable({"method": method}) is is_repeatable


async def test_the_statuses_that_are_expected_can_be_named(tools: Tools) -> None:
    async with far_host(answering("HTTP/1.1 404 No\nContent-Length: 0\n\n")) as host:
        url = f"http://127.0.0.1:{host.port}/"
        for expect in ([404], ["2xx", "4xx"]):
            assert (await ran({"url": url, "expect": expect}, tools))["status_code"] == 404
        assert (await failed({"url": url, "expect": [200]}, tools)).code == "http_status"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x7f000002/",
        "http://0177.0.0.2/",
        "http://2130706434/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://100.64.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://ann@127.0.0.1/",
        "http://127.0.0.1\\@10.0.0.1/",
        "//127.0.0.2/",
    ],
)
async def test_addresses_inside_are_refused_also_where_a_redirect_leads(tools: Tools, url: str) -> None:
    assert (await failed({"url": url}, tools)).code == "address_refused"
    async with far_host(answering(f"HTTP/1.1 302 Found\nLocation: {url}\nContent-Length: 0\n\n")) as host:
        failure = await failed({"url": f"http://127.0.0.1:{host.port}/"}, tools)
    assert (failure.code, failure.retryable, host.connections) == ("address_refused", False, 1)


async def test_redirects_are_followed_as_far_as_the_task_says(tools: Tools) -> None:
    async with far_host(answering("HTTP/1.1 302 Found\nLocation: /again\nContent-Length: 0\n\n")) as host:
        url = f"http://127.0.0.1:{host.port}/"
        assert (await failed({"url": url}, tools)).code == "no_reply"
        assert host.connections == 6
        assert (await ran({"url": url, "redirects": 0, "expect": [302]}, tools))["headers"]["location"] == "/again"
    assert host.connections == 7


async def test_a_call_is_bounded(tools: Tools) -> None:
    async with far_host(answering(f"HTTP/1.1 200 OK\n\n{'x' * 101}")) as host:
        url = f"http://127.0.0.1:{host.port}/"
        assert len((await ran({"url": url, "maxBytes": 101}, tools))["body"]) == 101
        assert (await failed({"url": url, "maxBytes": 100}, tools)).code == "output_too_large"
    async with far_host(silent) as host:
        failure = await failed({"url": f"http://127.0.0.1:{host.port}/", "method": "POST"}, tools, timeout_ms=100)
    assert (failure.code, failure.retryable, failure.is_undone) == ("timeout", True, False)
    failure = await failed({"url": f"http://127.0.0.1:{host.port}/", "method": "POST"}, tools)
    assert (failure.code, failure.retryable, failure.is_undone) == ("no_connection", True, True)


@pytest.mark.parametrize("headers", [{"Host": "b"}, {"X": "a\r\nHost: b"}, {"": "a"}, {"Content-Length": "3"}])
async def test_headers_cannot_say_another_request(tools: Tools, headers: dict[str, str]) -> None:
    async with far_host() as host:
        assert (await failed({"url": f"http://127.0.0.1:{host.port}/", "headers": headers}, tools)).code
    assert host.connections == 0


async def test_an_integration_adds_its_credentials_below_its_base_url_alone(tools: Tools) -> None:
    async with far_host() as other, far_host() as host:
        connected = Connected(
            name="shop",
            type="http",
            settings={"baseUrl": f"http://127.0.0.1:{host.port}/api", "headers": {"X-Shop": "1"}},
            secrets={"TOKEN": "hidden", "HEADERS": '{"X-Key": "hidden too"}'},
        )
        for url in (
            "/orders",
            f"http://127.0.0.1:{host.port}/api/orders",
            f"http://127.0.0.1:{host.port}/admin",
            f"http://127.0.0.1:{other.port}/api/orders",
        ):
            await ran({"url": url}, tools, connected=connected)
    assert [request.split(" ")[1] for request in host.requests] == ["/api/orders", "/api/orders", "/admin"]
    assert ["authorization: Bearer hidden" in request for request in host.requests] == [True, True, False]
    assert ["x-key: hidden too" in request for request in host.requests] == [True, True, False]
    assert "hidden" not in other.requests[0]
