"""Values of the read model `health`: its name, minutes as spans are counted in, and the values of dimensions."""

from __future__ import annotations

from typing import Final

from libs.contracts.times import EARLIEST_MS, LATEST_MS

HEALTH_MODEL: Final = "health"
MINUTE_MS: Final = 60_000

TOTAL: Final = 0
"""The number of the series that counts all results of a definition; values of dimensions count from 1."""
MAX_VALUES: Final = 100
"""How many values of a dimension are counted apart; later ones count as `OTHER`."""
OTHER: Final = "~other"


def minute_of(at_ms: int) -> int:
    """Return the minute that an instant (milliseconds since the epoch) lies in, counted from 0001-01-01."""
    return (at_ms - EARLIEST_MS) // MINUTE_MS


def ms_of(minute: int) -> int:
    """Return the instant at which a minute begins, in milliseconds since the epoch."""
    return minute * MINUTE_MS + EARLIEST_MS


def clamped(at_ms: int) -> int:
    """Return the instant by which a result is counted and found.

    A timeout may end after the last accepted time, a threshold later; it counts as ended then.
    """
    return min(max(at_ms, EARLIEST_MS), LATEST_MS)
