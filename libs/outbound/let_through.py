"""The networks that the operator lets through besides public addresses, at every port or at some."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final

from libs.outbound.addresses import MAPPED, NAT64, IPAddress, IPNetwork, carried

LAST_PORT: Final = 65_535
_WITH_PORTS: Final = re.compile(
    r"(?P<network>[0-9.]+|[^/]*/[0-9]+):(?P<first>[0-9]{1,5})(-(?P<last>[0-9]{1,5}))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class LetThrough:
    """A network, and the first and the last of the ports that may be reached there."""

    network: IPNetwork
    first_port: int = 0
    last_port: int = LAST_PORT

    def includes(self, address: IPAddress, port: int) -> bool:
        """Say whether a port of `address` is let through; a mapped or NAT64 one by the IPv4 address it carries."""
        return self.first_port <= port <= self.last_port and carried(address) in self.network


def read_let_through(text: str) -> tuple[LetThrough, ...]:
    """Read networks with commas between, each as it is or with ports: `10.1.0.0/16:443,fd00::/8:8000-8080`.

    Raises ValueError.
    """
    return tuple(_read_one(part.strip()) for part in text.split(",") if part.strip())


def _read_one(text: str) -> LetThrough:
    found = _WITH_PORTS.fullmatch(text)
    if found is None:
        return LetThrough(_read_network(text))
    first = int(found["first"])
    last = int(found["last"] or first)
    if not first <= last <= LAST_PORT:
        raise ValueError(f"{text}: a port, or two with a hyphen between, up to {LAST_PORT} are expected")
    return LetThrough(_read_network(found["network"]), first, last)


def _read_network(text: str) -> IPNetwork:
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError(f"networks such as 10.1.0.0/16, with a comma between, are expected: {error}") from None
    if network.version == 6 and (network.subnet_of(MAPPED) or network.subnet_of(NAT64)):
        raise ValueError(f"{text} has IPv4 addresses: write their network as IPv4")
    return network
