"""From a name to a connection: how many of its addresses are looked at, and in which order they are tried."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address

import pytest

from libs.outbound.addresses import IPAddress
from libs.outbound.connecting import first_connected
from libs.outbound.errors import AddressRefused, HostUnreachable
from libs.outbound.guard import Guard
from libs.outbound.let_through import read_let_through
from libs.outbound.resolving import Addresses
from tests.support.far_hosts import Names

INSIDE = [f"10.0.0.{last}" for last in range(32)]
FIRST, SECOND = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")


async def test_the_addresses_that_pass_stay_in_their_order() -> None:
    names = Names(a_example=[["1.1.1.1", "10.0.0.1", "8.8.8.8", "1.1.1.1"]])
    assert list(map(str, await Addresses(Guard(), names).of("a.example", 443))) == ["1.1.1.1", "8.8.8.8"]


async def test_of_a_huge_answer_the_first_addresses_are_looked_at() -> None:
    names = Names(a_example=[[*INSIDE[:31], "8.8.8.8"]], b_example=[[*INSIDE, "8.8.8.8"]])
    assert len(await Addresses(Guard(), names).of("a.example", 443)) == 1
    with pytest.raises(AddressRefused):
        await Addresses(Guard(), names).of("b.example", 443)


async def test_the_systems_resolver_is_judged_too() -> None:
    with pytest.raises(AddressRefused):
        await Addresses(Guard()).of("localhost", 443)
    assert await Addresses(Guard(read_let_through("127.0.0.0/8"))).of("localhost", 443) == (IPv4Address("127.0.0.1"),)


async def test_a_name_that_the_system_cannot_resolve_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror("temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(HostUnreachable, match="has no address"):
        await Addresses(Guard()).of("nowhere.example", 443)


async def test_an_address_that_is_silent_holds_up_the_next_for_a_moment() -> None:
    async def connect(address: IPAddress) -> IPAddress:
        if address == FIRST:
            await asyncio.Event().wait()
        return address

    assert await first_connected([FIRST, SECOND], connect, patience_s=0.01) == SECOND


async def test_four_addresses_are_tried_and_the_last_ones_failure_raised() -> None:
    tried = []

    async def connect(address: IPAddress) -> None:
        tried.append(address)
        raise OSError(f"no {address}")

    with pytest.raises(OSError, match=r"no 192\.0\.2\.4"):
        await first_connected([IPv4Address(f"192.0.2.{last}") for last in range(1, 9)], connect)
    assert len(tried) == 4
