"""Calls over real sockets: where they go, what they say of themselves, and that none takes or brings too much."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from libs.outbound.addresses import IPAddress
from libs.outbound.client import MAX_BODY_BYTES, MAX_REDIRECTS, Outbound, user_agent
from libs.outbound.errors import AddressRefused, CallTimedOut, HostUnreachable, ReplyInvalid, UrlRefused
from libs.outbound.guard import Guard
from libs.outbound.let_through import read_let_through
from libs.outbound.resolving import Resolve
from tests.support.certificates import Authority
from tests.support.far_hosts import Behaviour, FarHost, Names, answering, far_host, silent

LOOPBACK = Guard(read_let_through("127.0.0.1/32"))
HERE = [["127.0.0.1"]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def outbound(names: Resolve | None = None, authority: Authority | None = None, guard: Guard = LOOPBACK) -> Outbound:
    return Outbound(
        guard, "Waymark-Tests/1", resolve=names or Names(), tls=authority.client if authority is not None else None
    )


async def test_a_call_says_what_it_was_given_and_little_of_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    cookie = answering("HTTP/1.1 200 OK\nSet-Cookie: a=b\nX-Is: 1\nX-Is: 2\nContent-Length: 2\n\nhi")
    async with far_host(cookie) as host:
        client = outbound()
        for _ in range(2):
            reply = await client.post(
                f"http://127.0.0.1:{host.port}/a%20b?c=d#e", body=b"{}", headers={"X-Id": "7"}, timeout_s=5
            )
    assert (reply.status, reply.headers["x-is"], reply.body) == (200, "1, 2", b"hi")
    assert host.connections == 2
    assert host.requests[1].split("\r\n") == [
        "POST /a%20b?c=d HTTP/1.1",
        f"host: 127.0.0.1:{host.port}",
        "accept-encoding: identity",
        "connection: close",
        "user-agent: Waymark-Tests/1",
        "x-id: 7",
        "content-length: 2",
        "",
        "{}",
    ]


def test_the_agent_names_use_and_version() -> None:
    assert user_agent("Webhooks").startswith("Waymark-Webhooks/0.")


async def test_tls_verifies_the_name_whatever_its_address_is(authority: Authority) -> None:
    names = Names(hook_example=HERE, other_example=HERE)
    async with far_host(tls=authority.server("hook.example")) as host:
        client = outbound(names, authority)
        reply = await client.post(f"https://HOOK.example.:{host.port}/", body=b"", headers={}, timeout_s=5)
        with pytest.raises(HostUnreachable, match="certificate does not verify: Hostname mismatch"):
            await client.post(f"https://other.example:{host.port}/", body=b"", headers={}, timeout_s=5)
        with pytest.raises(HostUnreachable, match="certificate does not verify"):
            await outbound(names).post(f"https://hook.example:{host.port}/", body=b"", headers={}, timeout_s=5)
    assert reply.status == 204
    assert host.names == ["hook.example", "other.example", "hook.example"]
    assert f"host: hook.example:{host.port}\r\n" in host.requests[0]
    assert len(host.requests) == 1


async def test_what_is_not_tls_after_the_handshake_breaks_the_call_off(authority: Authority) -> None:
    async def garbled(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as beneath:
            beneath.send(b"not of TLS")

    async with far_host(garbled, tls=authority.server("hook.example")) as host:
        with pytest.raises(ReplyInvalid, match="broke off"):
            await outbound(Names(hook_example=HERE), authority).post(
                f"https://hook.example:{host.port}/", body=b"", headers={}, timeout_s=5
            )


async def test_a_name_is_resolved_once_and_the_judged_address_connected_to(authority: Authority) -> None:
    names = Names(hook_example=[["127.0.0.1"], ["127.0.0.2"]])
    async with far_host(tls=authority.server("hook.example")) as host:
        client = outbound(names, authority)
        url = f"https://hook.example:{host.port}/"
        await client.post(url, body=b"", headers={}, timeout_s=5)
        assert names.questions == ["hook.example"]
        with pytest.raises(AddressRefused):
            await client.post(url, body=b"", headers={}, timeout_s=5)
    assert host.connections == 1


async def test_of_a_names_addresses_only_those_that_may_be_are_connected_to() -> None:
    async with far_host(address="127.0.0.2") as inside:
        names = Names(hook_example=[["127.0.0.2", "::1", "10.0.0.1", "127.0.0.1"]], inside_example=[["127.0.0.2"]])
        with pytest.raises(HostUnreachable):
            await outbound(names).post(f"http://hook.example:{inside.port}/", body=b"", headers={}, timeout_s=5)
        with pytest.raises(AddressRefused, match="only https"):
            await outbound(names).post(f"http://inside.example:{inside.port}/", body=b"", headers={}, timeout_s=5)
        with pytest.raises(AddressRefused, match="no public address"):
            await outbound(names).post(f"https://inside.example:{inside.port}/", body=b"", headers={}, timeout_s=5)
    assert inside.connections == 0


async def test_the_next_address_is_tried_and_few_of_many() -> None:
    everywhere = Guard(read_let_through("127.0.0.0/8"))
    async with far_host() as host:
        names = Names(
            second_example=[["127.0.0.2", "127.0.0.1"]], many_example=[[f"127.0.1.{n}" for n in range(255)] + HERE[0]]
        )
        client = outbound(names, guard=everywhere)
        reply = await client.post(f"http://second.example:{host.port}/", body=b"", headers={}, timeout_s=5)
        assert reply.status == 204
        with pytest.raises(HostUnreachable, match="no connection"):
            await client.post(f"http://many.example:{host.port}/", body=b"", headers={}, timeout_s=5)
    assert host.connections == 1


async def test_a_name_without_an_address_is_unreachable() -> None:
    with pytest.raises(HostUnreachable, match="no address"):
        await outbound().post("https://nowhere.example/", body=b"", headers={}, timeout_s=5)


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then until the caller hangs up."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    hung_up = asyncio.ensure_future(reader.read())
    while not hung_up.done():
        writer.write(b".")
        await asyncio.wait([hung_up], timeout=0.02)


@pytest.mark.parametrize("behave", [silent, dripping])
async def test_the_whole_call_has_one_timeout(behave: Behaviour) -> None:
    async with far_host(behave) as host:
        with pytest.raises(CallTimedOut, match="no whole reply"):
            async with asyncio.timeout(10):
                await outbound().post(f"http://127.0.0.1:{host.port}/", body=b"", headers={}, timeout_s=0.2)


async def test_the_timeout_holds_for_names_and_handshakes(authority: Authority) -> None:
    async def never(_: str) -> Sequence[IPAddress]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(CallTimedOut):
        await outbound(never).post("https://hook.example/", body=b"", headers={}, timeout_s=0.1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(5)
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/"
        with pytest.raises(CallTimedOut):
            await outbound(authority=authority).post(url, body=b"", headers={}, timeout_s=0.2)
        with mute.accept()[0] as connection:
            connection.settimeout(5)
            while connection.recv(4096):
                pass


async def test_a_reply_that_never_begins_is_given_up() -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
            await writer.drain()

    async with far_host(endless) as host:
        with pytest.raises(ReplyInvalid, match="too long"):
            await outbound().post(f"http://127.0.0.1:{host.port}/", body=b"", headers={}, timeout_s=5)


async def test_a_body_is_read_no_further_than_it_is_kept() -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with far_host(endless) as host:
        reply = await outbound().post(f"http://127.0.0.1:{host.port}/", body=b"", headers={}, timeout_s=5)
    assert (reply.body, reply.is_cut) == (b"x" * MAX_BODY_BYTES, True)


async def test_a_body_that_is_just_kept_is_not_cut() -> None:
    async with far_host(answering(f"HTTP/1.1 200 OK\nContent-Length: 70000\n\n{'x' * 70_000}")) as host:
        reply = await outbound().request(
            "GET", f"http://127.0.0.1:{host.port}/", headers={}, timeout_s=5, max_body_bytes=70_000
        )
    assert (len(reply.body), reply.is_cut) == (70_000, False)


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 200 OK\nX: " + 200_000 * "x",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n" + "1;" + 200_000 * "x",
        "SSH-2.0-OpenSSH_9.9\n",
        "HTTP/1.1 101 Switching Protocols\nConnection: upgrade\nUpgrade: x\n\nhi",
        "HTTP/1.1 200 OK\nContent-Length: 9\n\nhi",
        "",
    ],
    ids=["head", "extension", "another-protocol", "upgrade", "broken-off", "nothing"],
)
async def test_a_reply_that_is_none_is_refused(text: str) -> None:
    async with far_host(answering(text)) as host:
        with pytest.raises(ReplyInvalid):
            await outbound().post(f"http://127.0.0.1:{host.port}/", body=b"", headers={}, timeout_s=5)


def moved(status: int, location: str) -> Behaviour:
    return answering(f"HTTP/1.1 {status} Moved\nLocation: {location}\nContent-Length: 0\n\n")


async def followed(host: FarHost, path: str = "/") -> int:
    reply = await outbound(Names(hook_example=HERE, inside_example=[["127.0.0.2"]])).request(
        "POST",
        f"http://127.0.0.1:{host.port}{path}",
        headers={"Authorization": "Bearer x", "X-Api-Key": "y", "Content-Type": "text/plain"},
        body=b"hi",
        timeout_s=5,
        max_redirects=MAX_REDIRECTS,
    )
    return reply.status


async def test_a_redirect_is_a_reply_unless_it_is_to_be_followed() -> None:
    async with far_host(moved(302, "/elsewhere")) as host:
        reply = await outbound().post(f"http://127.0.0.1:{host.port}/", body=b"", headers={}, timeout_s=5)
    assert (reply.status, reply.headers["location"], host.connections) == (302, "/elsewhere", 1)


async def test_a_redirect_to_another_origin_takes_no_credential_along() -> None:
    async with far_host() as other, far_host(moved(307, f"http://hook.example:{other.port}/b#c")) as host:
        assert await followed(host) == 204
    assert "authorization: Bearer x\r\n" in host.requests[0]
    head, body = other.requests[0].split("\r\n\r\n")
    assert head.startswith("POST /b HTTP/1.1\r\n")
    assert body == "hi"
    assert {line.split(":")[0] for line in head.split("\r\n")[1:]} == {
        "host",
        "accept-encoding",
        "connection",
        "user-agent",
        "content-type",
        "content-length",
    }


@pytest.mark.parametrize(
    ("location", "refusal"),
    [
        ("http://inside.example/", AddressRefused),
        ("http://127.0.0.2/", UrlRefused),
        ("https://[::ffff:7f00:2]/", UrlRefused),
        ("//169.254.169.254/latest", UrlRefused),
        ("file:///etc/passwd", UrlRefused),
        ("https://ann@hook.example/", UrlRefused),
        ("https:\\\\hook.example", UrlRefused),
        ("//[", UrlRefused),
    ],
)
async def test_a_redirect_is_judged_like_a_url_that_was_given(location: str, refusal: type[Exception]) -> None:
    async with far_host(moved(302, location)) as host:
        with pytest.raises(refusal):
            await followed(host)
    assert host.connections == 1


async def test_five_redirects_are_followed() -> None:
    async with far_host(moved(303, "/again")) as host:
        with pytest.raises(ReplyInvalid, match="more than 5"):
            await followed(host)
    assert host.connections == 6
    assert host.requests[5].startswith("GET /again HTTP/1.1\r\n")
    assert "authorization: Bearer x\r\n" in host.requests[5]
    assert "content-type" not in host.requests[5]


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nHost: b"},
        {"X": "a\n"},
        {"X": "é"},
        {"X\r\nY": "a"},
        {"": "a"},
        {"Host": "b"},
        {"Transfer-Encoding": "chunked"},
    ],
)
async def test_a_header_that_is_none_or_not_the_callers_is_refused(headers: dict[str, str]) -> None:
    async with far_host() as host:
        with pytest.raises(ValueError, match="header"):
            await outbound().post(f"http://127.0.0.1:{host.port}/", body=b"", headers=headers, timeout_s=5)
    assert host.connections == 0


async def test_a_name_is_resolved_before_it_is_admitted_without_tls_only() -> None:
    names = Names(hook_example=HERE, public_example=[["8.8.8.8"]])
    client = outbound(names)
    await client.admit("https://nowhere.example/")
    assert names.questions == []
    await client.admit("http://hook.example/")
    for host in ("public.example", "nowhere.example"):
        with pytest.raises(UrlRefused):
            await client.admit(f"http://{host}/")
