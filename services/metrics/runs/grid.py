"""The times at which a metric's scheduled runs are due.

They are `interval` apart, from the metric's creation plus a phase on. The phase is made from the metric's id, so that
metrics that were created together do not fall due together.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from hashlib import sha256

from libs.contracts.times import from_ms, to_ms


def phase_of(metric_id: uuid.UUID, interval: timedelta) -> timedelta:
    """Return how long after its creation a metric's first scheduled run is due: less than `interval`, whole ms."""
    drawn = int.from_bytes(sha256(metric_id.bytes).digest()[:8], "big")
    return timedelta(milliseconds=drawn % _ms(interval))


def next_due(metric_id: uuid.UUID, created_at: datetime, interval: timedelta, after: datetime) -> datetime:
    """Return the first time on the metric's grid that lies after `after`, however many were missed."""
    first_ms = to_ms(created_at) + _ms(phase_of(metric_id, interval))
    passed = max(0, (to_ms(after) - first_ms) // _ms(interval) + 1)
    return from_ms(first_ms + passed * _ms(interval))


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
