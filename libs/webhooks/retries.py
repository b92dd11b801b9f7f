"""When a delivery that failed is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_DELAY_S: Final = 6 * 3600.0
JITTER: Final = 0.1
_FACTOR = 4.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The number of attempts at a delivery, and the seconds from the first to the second."""

    first_s: float = 5.0
    attempts: int = 9

    def delay_s(self, attempts_made: int, *, jitter: float, retry_after_s: float | None = None) -> float | None:
        """Return the pause after the attempts made so far, at least 1; None when there is to be no other.

        It is `first_s` × 4ⁿ, varied by `jitter` (from -1 to 1) tenths, never shorter than the receiver's `Retry-After`
        and at most 6 hours.
        """
        if attempts_made >= self.attempts:
            return None
        delay_s = self.first_s * _FACTOR ** (attempts_made - 1) * (1 + JITTER * jitter)
        return min(LONGEST_DELAY_S, max(delay_s, retry_after_s or 0.0))


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Return the seconds of a `Retry-After` header, a number of them or an HTTP date; None without a usable one."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(LONGEST_DELAY_S, float(text))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
