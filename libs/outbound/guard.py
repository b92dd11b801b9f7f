"""Judges addresses and URLs: public ones may be reached over TLS, at some ports without, others where the operator lets
them through.

Pure: resolving and connecting are elsewhere, and whatever connects asks here about the very address it connects to.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from libs.outbound.addresses import IPAddress, is_public
from libs.outbound.errors import AddressRefused, UrlRefused
from libs.outbound.let_through import LetThrough
from libs.outbound.urls import OutboundUrl, read_url

_LOOPBACKS: Final = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


@dataclass(frozen=True, slots=True)
class Guard:
    """The rule of one installation: `allowed` is what the operator lets through.

    At `plain_ports` of public addresses calls may go unencrypted.
    """

    allowed: tuple[LetThrough, ...] = ()
    plain_ports: frozenset[int] = frozenset()

    def lets_through(self, address: IPAddress, port: int) -> bool:
        """Say whether the operator lets a port of `address` through."""
        return not _has_scope(address) and any(one.includes(address, port) for one in self.allowed)

    def judge(self, address: IPAddress, port: int, *, plain: bool = False) -> None:
        """Refuse what may not be reached; what goes unencrypted (`plain`) may reach less.

        Raises AddressRefused.
        """
        if self.lets_through(address, port):
            return
        if plain and port not in self.plain_ports:
            raise AddressRefused(self._only_https)
        if _has_scope(address) or not is_public(address):
            raise AddressRefused("the host has no public address")

    def check_url(self, text: str) -> OutboundUrl:
        """Read the URL `text` and refuse what can be refused without resolving its host. Raises UrlRefused."""
        url = read_url(text)
        if url.is_plain and not self.allowed and url.port not in self.plain_ports:
            raise UrlRefused(self._only_https)
        known = (url.address,) if url.address else _LOOPBACKS if url.is_local_name else ()
        if known:
            try:
                self.judged(known, url.port, plain=url.is_plain)
            except AddressRefused as refusal:
                raise UrlRefused(str(refusal)) from None
        return url

    @property
    def _only_https(self) -> str:
        ports = "".join(f"at port {port} or " for port in sorted(self.plain_ports))
        return f"only https is called, and http {ports}where the operator lets the address through"

    def judged(self, addresses: tuple[IPAddress, ...], port: int, *, plain: bool = False) -> tuple[IPAddress, ...]:
        """Return those of `addresses`, at least one, that may be reached at `port`, in their order.

        Raises AddressRefused when none may, as the last of them was refused.
        """
        passed, refusal = [], AddressRefused("the host has no address")
        for address in addresses:
            try:
                self.judge(address, port, plain=plain)
            except AddressRefused as error:
                refusal = error
            else:
                passed.append(address)
        if not passed:
            raise refusal
        return tuple(passed)


def _has_scope(address: IPAddress) -> bool:
    """Say whether `address` is one of a single link, which only this machine can tell apart."""
    return isinstance(address, IPv6Address) and address.scope_id is not None
