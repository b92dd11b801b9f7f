"""JSON out of what an expression gives: times and durations as RFC 3339 and seconds, as CEL writes them in JSON."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any, Final

from libs.contracts.times import format_time

MAX_INTEGER: Final = 2**63 - 1


class NotJson(ValueError):
    """A value that JSON has no word for; the message names its kind."""


def to_json(value: Any) -> Any:
    """Return a value as JSON. Raises NotJson."""
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {_key(key): to_json(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, bool)):
        return value
    return _number(value) if isinstance(value, (int, float)) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    raise NotJson("bytes" if isinstance(value, bytes) else "an optional value")


def _number(value: float) -> float:
    if isinstance(value, float) and not math.isfinite(value):
        raise NotJson("a number beyond a double")
    if value > MAX_INTEGER and isinstance(value, int):
        raise NotJson("an integer beyond 64 bits")
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise NotJson("an object with keys that are no texts")
    return key
