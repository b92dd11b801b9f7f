"""Quantiles of durations from counts in logarithmic buckets, which add up over any spans of time.

Bucket 0 holds durations of nothing, bucket b those above GAMMA^(b-2) up to GAMMA^(b-1) milliseconds; a quantile is off
by at most 1 %. A hundred buckets are a part of the histogram. The counts of a part are the digits of one number, twelve
for each bucket from the lowest up, so that the database adds a part up, or takes it away, at once. It is read as the
database packs it, by `numeric_send`: of these digits four are one, so that three of them are a bucket's count. The
bucket of a duration is `latency_bucket` in SQL, `bucket_of` here.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate, zip_longest
from pathlib import Path
from typing import NamedTuple

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
BUCKETS = 100
_BASE = 10_000
_HEADER = struct.Struct(">HhHH")
"""The digits' number, the exponent of the first, the sign, the scale."""


class Part(NamedTuple):
    """The `number`th hundred buckets: the number of durations in them, and `counts` by bucket as one packed number."""

    number: int
    n: int
    counts: bytes


def functions() -> str:
    """Return SQL that creates `latency_bucket` and `one_of_bucket` in the first schema of the search path."""
    return Path(__file__).with_name("buckets.sql").read_text(encoding="utf-8")


def bucket_of(duration_ms: int) -> int:
    """Return the bucket of a duration."""
    return 0 if duration_ms <= 0 else 1 + math.ceil(math.log(duration_ms) / math.log(GAMMA))


def parts_of(counts: Mapping[int, int]) -> list[Part]:
    """Return the parts of a histogram that has `counts` durations in each bucket, under 10^12 in any."""
    parts: defaultdict[int, list[int]] = defaultdict(lambda: [0] * BUCKETS)
    for bucket, count in counts.items():
        number, place = divmod(bucket, BUCKETS)
        parts[number][place] = count
    return [Part(number, sum(places), packed(places)) for number, places in parts.items()]


def packed(counts: Sequence[int]) -> bytes:
    """Return the counts of a part, from its lowest bucket up, as the database packs them."""
    digits = array("H")
    for count in reversed(counts):
        high, low = divmod(count, _BASE)
        digits.extend((high // _BASE, high % _BASE, low))
    return _HEADER.pack(len(digits), len(digits) - 1, 0, 0) + _big_endian(digits).tobytes()


def value_ms(bucket: int) -> float:
    """Return the duration that stands for a bucket, at most 1 % from any in it."""
    return 2 * GAMMA ** (bucket - 1) / (GAMMA + 1) if bucket else 0.0


def counts_of(counts: bytes) -> Sequence[int]:
    """Return how many durations are in each bucket of a part, up to the last that has any."""
    number, exponent, _, _ = _HEADER.unpack_from(counts)
    lowest = exponent + 1 - number
    missing = -lowest % 3
    digits = counts[_HEADER.size :]
    last_bytes = (
        bytes((lowest + missing) // 3) + digits[2 * (number - missing) - 1 :: -6] if number > missing else b"\0"
    )
    if len(digits) - digits.count(0) == len(last_bytes) - last_bytes.count(0):
        return last_bytes  # most are under 256: the last byte of each three digits
    return _wide(digits, lowest)


def _wide(packed_digits: bytes, lowest: int) -> list[int]:
    """Return the counts that the digits are, of which the last has the exponent `lowest`."""
    digits = array("H", bytes(2 * lowest))
    read = _big_endian(array("H", packed_digits))
    read.reverse()
    digits += read
    wide = zip_longest(digits[0::3], digits[1::3], digits[2::3], fillvalue=0)
    return [low + _BASE * (middle + _BASE * high) for low, middle, high in wide]


def _big_endian(digits: array[int]) -> array[int]:
    """Return the digits with their bytes turned from this machine's order to the database's, or back."""
    if sys.byteorder == "little":
        digits.byteswap()
    return digits


def quantiles_ms(parts: Sequence[Part], fractions: Sequence[float]) -> list[float]:
    """Return the durations that these fractions of the counted ones do not exceed, by nearest rank.

    There is at least one duration; the fractions ascend.
    """
    total = sum([part.n for part in parts])
    ranks = [max(1, math.ceil(fraction * total)) for fraction in fractions]
    found: list[float] = []
    passed = 0
    for number, n, counts in sorted(parts):
        if len(found) < len(ranks) and ranks[len(found)] <= passed + n:
            reached = list(accumulate(counts_of(counts), initial=passed))
            while len(found) < len(ranks) and ranks[len(found)] <= reached[-1]:
                place = bisect_left(reached, ranks[len(found)]) - 1
                found.append(value_ms(number * BUCKETS + place))
        passed += n
    if len(found) < len(ranks):
        raise ValueError("the parts hold fewer durations than they say")
    return found
