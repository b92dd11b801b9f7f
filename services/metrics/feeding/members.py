"""Partial decoding of a record's data: only the members that somebody looks at are built, with their numbers exact."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

import msgspec

from libs.expressions.numbers import parse_number

Data = dict[str, Any] | list[Any] | None
"""The members of an object that are wanted and not null, or a whole array; None for anything else."""

_UNNAMEABLE: Final = re.compile(r'["\\\x00-\x1f]')
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decode_array = msgspec.json.Decoder(list[Any], float_hook=parse_number).decode
_decode_object = msgspec.json.Decoder(dict[str, Any], float_hook=parse_number).decode


class Members:
    """Reads the members `names` of JSON objects. A number that is out of bounds is null."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = tuple(sorted(name for name in names if not _UNNAMEABLE.search(name)))
        self._reads_whole = len(self._names) < len(names)
        fields = {f"m{at}": name for at, name in enumerate(self._names)}
        shape = msgspec.defstruct("Wanted", [(field, Any, None) for field in fields], rename=fields, gc=False)
        self._nothing = shape()
        self._decode = msgspec.json.Decoder(shape, float_hook=parse_number).decode

    def read(self, json: bytes) -> Data:
        """Return the members, or the array. What is no JSON, or cannot be read, has none."""
        json = json.lstrip()
        try:
            if json.startswith(b"{"):
                return self._object(json)
            return _decode_array(json) if json.startswith(b"[") else None
        except _UNREADABLE:
            return None

    def _object(self, json: bytes) -> Data:
        if self._reads_whole:
            return _decode_object(json)
        found = self._decode(json)
        if found == self._nothing:
            return {}
        values = msgspec.structs.astuple(found)
        return {name: value for name, value in zip(self._names, values, strict=True) if value is not None}
