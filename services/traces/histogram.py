"""Quantiles of latencies from counts in logarithmic buckets, which add up over any days.

Bucket b holds latencies above GAMMA^(b-1) up to GAMMA^b milliseconds, bucket -1 those of nothing; a quantile is off by
at most 1 %. The bucket of a latency is `latency_bucket` of the read model, in SQL alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
NOTHING = -1


def value_ms(bucket: int) -> float:
    """The latency that stands for a bucket, at most 1 % from any in it."""
    return 0.0 if bucket == NOTHING else 2 * GAMMA**bucket / (GAMMA + 1)


def quantile_ms(counts: Mapping[int, int], fraction: float) -> float:
    """The latency that `fraction` of the counted ones do not exceed, by nearest rank; there is at least one."""
    rank = max(1, math.ceil(fraction * sum(counts.values())))
    bucket = NOTHING
    for bucket in sorted(counts):
        rank -= counts[bucket]
        if rank <= 0:
            break
    return value_ms(bucket)
