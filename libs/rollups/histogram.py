"""Quantiles of durations from counts in logarithmic buckets, which add up over any spans of time.

Bucket 0 holds durations of nothing, bucket b those above GAMMA^(b-2) up to GAMMA^(b-1) milliseconds; a quantile is off
by at most 1 %. A hundred buckets are a part of the histogram. The counts of a part are the digits of one number, twelve
for each bucket from the lowest up, so that the database adds a part up, or takes it away, at once. The bucket of a
duration is `latency_bucket` in SQL, `bucket_of` here.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
BUCKETS = 100
_DIGITS = 12
_PLACES = re.compile("." * _DIGITS)


class Part(NamedTuple):
    """The `number`th hundred buckets: the number of durations in them, and `counts` by bucket as one decimal number."""

    number: int
    n: int
    counts: str


def functions() -> str:
    """Return SQL that creates `latency_bucket` and `one_of_bucket` in the first schema of the search path."""
    return Path(__file__).with_name("buckets.sql").read_text(encoding="utf-8")


def bucket_of(duration_ms: int) -> int:
    """Return the bucket of a duration."""
    return 0 if duration_ms <= 0 else 1 + math.ceil(math.log(duration_ms) / math.log(GAMMA))


def parts_of(counts: Mapping[int, int]) -> list[Part]:
    """Return the parts of a histogram that has `counts` durations in each bucket, under 10^12 in any."""
    sizes: Counter[int] = Counter()
    numbers: Counter[int] = Counter()
    for bucket, count in counts.items():
        number, place = divmod(bucket, BUCKETS)
        sizes[number] += count
        numbers[number] += count * 10 ** (_DIGITS * place)
    return [Part(number, size, str(numbers[number])) for number, size in sizes.items()]


def value_ms(bucket: int) -> float:
    """Return the duration that stands for a bucket, at most 1 % from any in it."""
    return 2 * GAMMA ** (bucket - 1) / (GAMMA + 1) if bucket else 0.0


def counts_of(counts: str) -> list[int]:
    """Return how many durations are in each bucket of a part, up to the last that has any."""
    digits = counts.zfill(-len(counts) // _DIGITS * -_DIGITS)
    return list(map(int, _PLACES.findall(digits)[::-1]))


def quantiles_ms(parts: Sequence[Part], fractions: Sequence[float]) -> list[float]:
    """Return the durations that these fractions of the counted ones do not exceed, by nearest rank.

    There is at least one duration; the fractions ascend.
    """
    total = sum(part.n for part in parts)
    ranks = [max(1, math.ceil(fraction * total)) for fraction in fractions]
    found: list[float] = []
    passed = 0
    for number, n, counts in sorted(part for part in parts if part.n):
        if len(found) < len(ranks) and ranks[len(found)] <= passed + n:
            reached = list(accumulate(counts_of(counts), initial=passed))[1:]
            while len(found) < len(ranks) and ranks[len(found)] <= reached[-1]:
                place = bisect_left(reached, ranks[len(found)])
                found.append(value_ms(number * BUCKETS + place))
        passed += n
    if len(found) < len(ranks):
        raise ValueError("the parts hold fewer durations than they say")
    return found
