"""Connects a socket to judged addresses, for protocols whose clients take a connected one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from libs.outbound.addresses import IPAddress
from libs.outbound.connecting import first_connected
from libs.outbound.errors import HostUnreachable


async def connected_socket(addresses: Sequence[IPAddress], port: int) -> socket.socket:
    """Return a socket that is connected to the first of `addresses` that takes it. Raises HostUnreachable."""
    try:
        return await first_connected(addresses, lambda address: _connected(address, port))
    except OSError:
        raise HostUnreachable("no connection") from None


async def _connected(address: IPAddress, port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    found.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(found, (str(address), port))
    except BaseException:
        found.close()
        raise
    return found
