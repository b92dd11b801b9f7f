"""The sessions that ended lately: a start that is repeated begins none of them anew."""

from __future__ import annotations

from typing import Final

KEPT_MS: Final = 600_000
_MAX_KEPT: Final = 200_000


class EndedSessions:
    """The ids of sessions that ended within `KEPT_MS`, the newest ones where there are too many."""

    def __init__(self) -> None:
        self._ended: dict[str, int] = {}

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._ended

    def add(self, session_id: str, now_ms: int) -> None:
        """Note that a session has ended."""
        self._ended.pop(session_id, None)
        self._ended[session_id] = now_ms
        for oldest in list(self._stale(now_ms)):
            del self._ended[oldest]

    def discard(self, session_id: str) -> None:
        """Note that a session goes on."""
        self._ended.pop(session_id, None)

    def _stale(self, now_ms: int) -> list[str]:
        surplus = len(self._ended) - _MAX_KEPT
        stale = []
        for number, (session_id, at) in enumerate(self._ended.items()):
            if at >= now_ms - KEPT_MS and number >= surplus:
                break
            stale.append(session_id)
        return stale
