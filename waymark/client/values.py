"""The common ground of the shapes in `models.py` and `event_models.py`."""

from __future__ import annotations

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An immutable value of the API; fields the server adds are passed over."""


class Count(Value, frozen=True, kw_only=True):
    """How many have one value."""

    key: str
    count: int
