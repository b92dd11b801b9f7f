"""The base of the values in `models` and `event_models`."""

from __future__ import annotations

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An immutable value of the API; unknown fields are ignored."""


class Count(Value, frozen=True, kw_only=True):
    """The number of records with the value `key`."""

    key: str
    count: int
