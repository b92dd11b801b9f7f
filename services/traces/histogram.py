"""Quantiles of latencies from counts in logarithmic buckets, which add up over any days.

Bucket 0 holds latencies of nothing, bucket b those above GAMMA^(b-2) up to GAMMA^(b-1) milliseconds; a quantile is off
by at most 1 %. A hundred buckets are a part of the histogram. The counts of a part are the digits of one number, twelve
for each bucket from the lowest up, so that the database adds a part up, or takes it away, at once. The bucket of a
latency is `latency_bucket` of the read model, in SQL alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
BUCKETS = 100
_DIGITS = 12


class Part(NamedTuple):
    """The `number`th hundred buckets: the number of latencies in them, and `counts` by bucket as one decimal number."""

    number: int
    n: int
    counts: str


def value_ms(bucket: int) -> float:
    """Return the latency that stands for a bucket, at most 1 % from any in it."""
    return 2 * GAMMA ** (bucket - 1) / (GAMMA + 1) if bucket else 0.0


def counts_of(counts: str) -> list[int]:
    """Return how many latencies are in each bucket of a part, up to the last that has any."""
    digits = counts.zfill(-len(counts) // _DIGITS * -_DIGITS)
    return [int(digits[at - _DIGITS : at]) for at in range(len(digits), 0, -_DIGITS)]


def quantile_ms(parts: Sequence[Part], fraction: float) -> float:
    """Return the latency that `fraction` of the counted ones do not exceed, by nearest rank; there is at least one."""
    rank = max(1, math.ceil(fraction * sum(part.n for part in parts)))
    for number, n, counts in sorted(parts):
        if rank > n:
            rank -= n
            continue
        for place, count in enumerate(counts_of(counts)):
            rank -= count
            if rank <= 0:
                return value_ms(number * BUCKETS + place)
    raise ValueError("the parts hold fewer latencies than they say")
