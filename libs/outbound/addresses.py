"""Which addresses are public: global unicast, and in no block that IANA's registries set apart for a purpose."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

MAPPED: Final = IPv6Network("::ffff:0:0/96")
NAT64: Final = IPv6Network("64:ff9b::/96")
_IPV4_IN_IPV6: Final = (MAPPED, NAT64)

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# All of the registries' blocks, those that are globally reachable included: these lead to relays, sinks and the nearest
# NAT, and never to a host that somebody has put on the Internet.
_SPECIAL_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarking, AMT, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_SPECIAL_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private use
            "100.64.0.0/10",  # shared address space
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # in no registry: where Azure's machines find their platform
            "169.254.0.0/16",  # link-local
            "172.16.0.0/12",  # private use
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private use
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)


def carried(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that packets to `address` end up at where it is mapped or NAT64's, else `address`."""
    if isinstance(address, IPv6Address) and any(address in block for block in _IPV4_IN_IPV6):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: IPAddress) -> bool:
    """Say whether `address` can be a host's on the Internet; 6to4, Teredo and IPv4-compatible ones are nobody's."""
    address = carried(address)
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_V4)
    return address in _GLOBAL_UNICAST and not any(address in block for block in _SPECIAL_V6)
