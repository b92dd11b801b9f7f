"""The last uses of keys, published at most once a minute each, so that use costs the log next to nothing."""

from __future__ import annotations

from datetime import datetime

from libs.contracts.key_uses import KeyUse
from libs.contracts.times import to_ms

INTERVAL_MS = 60_000


class KeyUses:
    """Notes uses on the request path (a dict look-up) and hands out what is due."""

    def __init__(self, interval_ms: int = INTERVAL_MS) -> None:
        self._interval_ms = interval_ms
        self._told_ms: dict[tuple[str, str], int] = {}
        self._due: dict[tuple[str, str], int] = {}

    def note(self, tenant_id: str, key_id: str, now: datetime) -> None:
        """Note that a key was used now."""
        key, now_ms = (tenant_id, key_id), to_ms(now)
        if now_ms - self._told_ms.get(key, -self._interval_ms) >= self._interval_ms:
            self._told_ms[key] = now_ms
            self._due[key] = now_ms

    def drain(self) -> list[KeyUse]:
        """Return the uses to publish now; each is handed out once."""
        due, self._due = self._due, {}
        return [
            KeyUse(tenant_id=tenant_id, id=key_id, version=at_ms, last_used_at_ms=at_ms)
            for (tenant_id, key_id), at_ms in due.items()
        ]
