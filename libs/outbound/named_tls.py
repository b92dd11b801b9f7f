"""TLS for clients that connect to an address and would verify that: the certificate is verified for a name instead."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_NAME: Final[ContextVar[str | None]] = ContextVar("server name", default=None)


class NamedTls(ssl.SSLContext):
    """A context whose handshakes are for the name of `expecting`, whatever host the client knows."""

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # the base's signature
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        return super().wrap_bio(incoming, outgoing, server_side, _NAME.get() or server_hostname, session)


@contextmanager
def expecting(name: str) -> Iterator[None]:
    """Let the handshakes of a `NamedTls` that begin within be for `name`."""
    token = _NAME.set(name)
    try:
        yield
    finally:
        _NAME.reset(token)


def named(tls: ssl.SSLContext, *, verifies: bool = True) -> NamedTls:
    """Return a context that trusts whom `tls` trusts, or, without `verifies`, anybody."""
    found = NamedTls(ssl.PROTOCOL_TLS_CLIENT)
    if not verifies:
        found.check_hostname = False
        found.verify_mode = ssl.CERT_NONE
        return found
    found.load_default_certs()
    if trusted := tls.get_ca_certs(binary_form=True):
        found.load_verify_locations(cadata=b"".join(trusted))
    return found
