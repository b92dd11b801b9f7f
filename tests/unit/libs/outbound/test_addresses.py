"""Public addresses, compared with IANA's special-purpose registries written down a second time."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.outbound.addresses import IPAddress, carried, is_public
from libs.outbound.errors import AddressRefused, UrlRefused
from libs.outbound.guard import Guard
from libs.outbound.let_through import read_let_through

# iana-ipv4-special-registry and the address space registry's multicast, reserved; last, what Azure keeps for itself.
V4 = """
    0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
    192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
    192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    240.0.0.0/4 255.255.255.255/32
    224.0.0.0/4
    168.63.129.16/32
"""
# iana-ipv6-special-registry, without the two blocks that have IPv4 addresses to judge by, and the address space
# registry's blocks beside 2000::/3.
V6 = """
    ::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128
    2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16
    2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10
    ::/8 100::/8 200::/7 400::/6 800::/5 1000::/4 4000::/3 6000::/3 8000::/3 a000::/3 c000::/3 e000::/4 f000::/5
    f800::/6 fe00::/9 fec0::/10 ff00::/8
"""
INSIDE = """
    127.0.0.1 10.1.2.3 169.254.169.254 100.100.100.200 168.63.129.16 192.0.0.192 255.255.255.255 fd00:ec2::254
    ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::808:808
    2002:7f00:1:: 2002:808:808:: 2001:0:7f00:1:: 2001:0:808:808::f7f7:f7f7 fe80::1 fec0::1 ff02::1 :: ::1
    2606:4700::1111%eth0
    """
BITS = {4: 32, 6: 128}
RANGES = {
    version: [(int(block.network_address), int(block.broadcast_address)) for block in map(ip_network, text.split())]
    for version, text in ((4, V4), (6, V6))
}
EDGES = {
    version: [
        number for ends in ranges for end in ends for number in (end - 1, end, end + 1) if number >> BITS[version] == 0
    ]
    for version, ranges in RANGES.items()
}
v4_addresses = st.builds(IPv4Address, st.integers(0, 2**32 - 1) | st.sampled_from(EDGES[4]))
v6_addresses = st.builds(IPv6Address, st.integers(0, 2**128 - 1) | st.sampled_from(EDGES[6]))
global_v6_addresses = st.builds(lambda rest: IPv6Address((1 << 125) + rest), st.integers(0, 2**125 - 1))
embedding_prefixes = st.sampled_from([IPv6Address("::ffff:0:0"), IPv6Address("64:ff9b::")])
embedded = st.builds(lambda prefix, low: IPv6Address(int(prefix) + int(low)), embedding_prefixes, v4_addresses)


def is_special(address: IPAddress) -> bool:
    number, version = int(address), address.version
    if number >> 32 in {0xFFFF, 0x64_FF9B << 64} and version == 6:
        number, version = number % 2**32, 4
    return any(first <= number <= last for first, last in RANGES[version])


@given(v4_addresses | v6_addresses | global_v6_addresses | embedded)
@example(IPv4Address("8.8.8.8"))
@example(IPv6Address("2606:4700::1111"))
@example(IPv6Address("64:ff9b::808:808"))
@example(IPv6Address("64:ff9b::1:808:808"))
@example(IPv6Address("::1:ffff:808:808"))
def test_an_address_is_public_unless_a_registry_has_it(address: IPAddress) -> None:
    assert is_public(address) is not is_special(address)


@pytest.mark.parametrize(("version", "kind"), [(4, IPv4Address), (6, IPv6Address)])
def test_both_sides_of_each_blocks_ends_are_told_apart(version: int, kind: Callable[[int], IPAddress]) -> None:
    for address in map(kind, EDGES[version]):
        assert is_public(address) is not is_special(address), address


@given(v4_addresses | v6_addresses | global_v6_addresses)
def test_a_public_address_is_global_for_the_standard_library_too(address: IPAddress) -> None:
    if is_public(address):
        assert carried(address).is_global


@pytest.mark.parametrize("text", INSIDE.split())
def test_none_that_leads_inside_is_reached(text: str) -> None:
    with pytest.raises(AddressRefused):
        Guard().judge(ip_address(text), 443)


def test_the_operators_networks_are_reached_by_each_way_to_them_alone() -> None:
    guard = Guard(read_let_through("10.1.0.0/16,fd00::/8,fe80::/10"))
    for text in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00::1", "fe80::1"):
        guard.judge(ip_address(text), 443, plain=True)
    for text in ("10.2.0.1", "::ffff:10.2.0.1", "::10.1.2.3", "2002:a01:203::", "fe80::1%eth0"):
        with pytest.raises(AddressRefused):
            guard.judge(ip_address(text), 443)


def test_a_network_may_be_let_through_at_some_ports_alone() -> None:
    guard = Guard(read_let_through("10.1.0.0/16:443,10.1.0.7/32:8000-8002,fd00::/8:25"))
    for text, port in (("10.1.2.3", 443), ("::ffff:10.1.2.3", 443), ("10.1.0.7", 8_001), ("fd00::1", 25)):
        guard.judge(ip_address(text), port, plain=True)
    for text, port in (("10.1.2.3", 80), ("10.1.2.3", 8_001), ("10.1.0.7", 8_003), ("fd00::1", 443)):
        with pytest.raises(AddressRefused):
            guard.judge(ip_address(text), port)
    guard.judge(ip_address("8.8.8.8"), 8_443)


def test_all_of_ipv6_is_not_ipv4() -> None:
    with pytest.raises(AddressRefused):
        Guard(read_let_through("::/0")).judge(ip_address("::ffff:127.0.0.1"), 443)


def test_without_tls_only_the_operators_networks_are_reached() -> None:
    with pytest.raises(AddressRefused, match="only https"):
        Guard(read_let_through("10.0.0.0/8")).judge(ip_address("8.8.8.8"), 443, plain=True)


def test_unencrypted_calls_reach_the_ports_given_of_public_addresses() -> None:
    guard = Guard(plain_ports=frozenset((80,)))
    guard.judge(ip_address("8.8.8.8"), 80, plain=True)
    assert guard.check_url("http://shop.example/").is_plain
    for text, port in (("8.8.8.8", 25), ("10.0.0.1", 80), ("127.0.0.1", 80)):
        with pytest.raises(AddressRefused):
            guard.judge(ip_address(text), port, plain=True)
    with pytest.raises(UrlRefused, match="http at port 80 or where the operator"):
        guard.check_url("http://shop.example:8080/")
