"""Places in a caller's body: the keys that lead to a value, and their text, a JSON pointer (RFC 6901)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

Place: TypeAlias = tuple[str, ...]


def pointer_of(place: Sequence[str]) -> str:
    """Return the JSON pointer of a place."""
    return "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in place)


def tokens_of(pointer: str) -> Place:
    """Return the place of a JSON pointer."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def value_at(body: Any, place: Sequence[str]) -> Any:
    """Return the value at a place, UNSET where there is none."""
    for key in place:
        if not isinstance(body, dict):
            return msgspec.UNSET
        body = body.get(key, msgspec.UNSET)
    return body


def put(body: dict[str, Any], place: Sequence[str], value: Any) -> None:
    """Put a value at a place; objects on the way are made where there are none."""
    for key in place[:-1]:
        inner = body.get(key)
        if not isinstance(inner, dict):
            inner = body[key] = {}
        body = inner
    body[place[-1]] = value


def cut(body: dict[str, Any], place: Sequence[str]) -> Any:
    """Take the value at a place away, and return it; UNSET where there is none."""
    inner = value_at(body, place[:-1])
    return inner.pop(place[-1], msgspec.UNSET) if isinstance(inner, dict) else msgspec.UNSET
