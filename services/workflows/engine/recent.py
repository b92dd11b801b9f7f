"""Sessions to which something happened lately: what comes late for them has no effect."""

from __future__ import annotations

from typing import Final

KEPT_MS: Final = 600_000
_MAX_KEPT: Final = 200_000


class RecentSessions:
    """The ids of sessions that were added within `KEPT_MS`, the newest ones where there are too many."""

    def __init__(self) -> None:
        self._added: dict[str, int] = {}

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._added

    def add(self, session_id: str, now_ms: int) -> None:
        """Add a session."""
        self._added.pop(session_id, None)
        self._added[session_id] = now_ms
        for oldest in self._stale(now_ms):
            del self._added[oldest]

    def discard(self, session_id: str) -> None:
        """Remove a session."""
        self._added.pop(session_id, None)

    def _stale(self, now_ms: int) -> list[str]:
        surplus = len(self._added) - _MAX_KEPT
        stale = []
        for number, (session_id, at) in enumerate(self._added.items()):
            if at >= now_ms - KEPT_MS and number >= surplus:
                break
            stale.append(session_id)
        return stale
