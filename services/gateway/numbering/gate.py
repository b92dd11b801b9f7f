"""The gate in front of the number store: closed while any reason stands; who gave a reason lifts it."""

from __future__ import annotations

from libs.httpkit.errors import unavailable

NUMBERS = "number store"
LOG = "log"
LEASE = "lease"
RETRY_AFTER_S = 2


class Gate:
    """Open while no reason stands against it."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}

    def close(self, reason: str, words: str) -> None:
        """Refuse from now on; `words` are shown to callers and in `/readyz`."""
        self._reasons[reason] = words

    def open(self, reason: str) -> None:
        """Lift a reason, if it stands."""
        self._reasons.pop(reason, None)

    def is_closed_by(self, reason: str) -> bool:
        """Return whether this reason stands."""
        return reason in self._reasons

    @property
    def words(self) -> str | None:
        """Why it is closed; None when it is open."""
        return "; ".join(self._reasons.values()) or None

    def check(self) -> None:
        """Raise 503 when it is closed."""
        if self._reasons:
            raise unavailable(f"{self.words}; nothing was recorded", RETRY_AFTER_S)
