"""Finds the addresses of a host, each judged: the only way from a name to something that is connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from libs.outbound.addresses import IPAddress
from libs.outbound.errors import HostUnreachable
from libs.outbound.guard import Guard

Resolve = Callable[[str], Awaitable[Sequence[IPAddress]]]
"""Returns the addresses of a name, the preferred one first. Raises OSError when there are none."""

_MAX_ADDRESSES: Final = 32
# A lookup that nobody waits for any longer holds its thread until the system's resolver gives up. Threads of their own:
# names that do not resolve hold up neither the event loop's other threads nor, so many are there, other names.
_LOOKUPS: Final = ThreadPoolExecutor(64, thread_name_prefix="lookup")


async def resolve_by_system(name: str) -> Sequence[IPAddress]:
    """Return the addresses that the system's resolver has for `name`, in its order (RFC 6724)."""
    return await asyncio.get_running_loop().run_in_executor(_LOOKUPS, _look_up, name)


def _look_up(name: str) -> Sequence[IPAddress]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [ip_address(place[0]) for *_, place in found]


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that hosts have for a guard; each call resolves anew and once."""

    guard: Guard
    resolve: Resolve = resolve_by_system

    async def of(self, host: str | IPAddress, port: int, *, plain: bool = False) -> tuple[IPAddress, ...]:
        """Return the addresses of `host` that may be reached at `port`, of the first few that it has.

        Raises HostUnreachable; AddressRefused.
        """
        found = await self._all(host) if isinstance(host, str) else (host,)
        return self.guard.judged(found, port, plain=plain)

    async def _all(self, name: str) -> tuple[IPAddress, ...]:
        try:
            return tuple(dict.fromkeys(await self.resolve(name)))[:_MAX_ADDRESSES]
        except OSError:
            raise HostUnreachable("the host's name has no address") from None
