"""Idempotency-Keys whose first request is being worked on; a second one meanwhile is refused, not queued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from libs.httpkit.idempotency import KeyInFlight


class KeysInFlight:
    """The keys in flight of one family of routes, per tenant."""

    def __init__(self) -> None:
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, tenant_id: str, key: str) -> Iterator[None]:
        """Hold the key during the block; raises KeyInFlight (409) while another request holds it."""
        claim = (tenant_id, key)
        if claim in self._held:
            raise KeyInFlight
        self._held.add(claim)
        try:
            yield
        finally:
            self._held.discard(claim)
