"""The size of patterns, and so the cost of matching at worst: each state may be looked at for each byte."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Final

import jsonschema_rs

_SIZES_KIB: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
MAX_PATTERN_KIB: Final = _SIZES_KIB[-1]
_LOOKS_PER_POSITION: Final = 3
_TOKEN = re.compile(
    r"""
    (?P<open>\() | (?P<close>\)) | (?P<or>\|) | (?P<repeat>\{(?P<least>\d+)(?:,(?P<most>\d*))?\}) | [*+?]
    | \\[pPx]\{[^}]*\} | \\. | \[\^?\]?(?:\\.|[^\]\\])*\] | .
    """,
    re.DOTALL | re.VERBOSE,
)
_VERBOSE = re.compile(r"\(\?[a-zA-Z]*x")


def pattern_looks(text: str) -> int:
    """Return how many looks at a byte of a text a pattern may take."""
    return _LOOKS_PER_POSITION * _positions(text)


@lru_cache(maxsize=4096)
def pattern_kib(text: str) -> int:
    """Return how large a pattern is once it is compiled, in KiB, rounded up to a power of two.

    One that is refused counts as the largest. It takes some milliseconds to learn that: count as they are asked about.
    """
    for size_kib in _SIZES_KIB:
        options = jsonschema_rs.RegexOptions(size_limit=size_kib * 1024)
        try:
            jsonschema_rs.Draft202012Validator({"pattern": text}, pattern_options=options, offline=True)
        except jsonschema_rs.ValidationError:
            continue
        return size_kib
    return MAX_PATTERN_KIB


@lru_cache(maxsize=4096)
def _positions(text: str) -> int:
    """Return how many characters and classes a pattern has once its counted repetitions are written out, or more."""
    if _VERBOSE.search(text):  # a comment may hide what is counted below
        return len(text) * math.prod(max(int(times), 1) for times in re.findall(r"\d+", text))
    totals = [0]
    last = 0
    for token in _TOKEN.finditer(text):
        if token["open"]:
            totals.append(0)
            last = 0
        elif token["close"] and len(totals) > 1:
            last = totals.pop()
            totals[-1] += last
        elif token["repeat"]:
            times = max(int(token["most"] or token["least"]), 1)
            totals[-1] += last * (times - 1)
            last *= times
        elif token["or"]:
            last = 0
        elif token[0] not in "*+?":
            last = 1
            totals[-1] += 1
    return sum(totals)
