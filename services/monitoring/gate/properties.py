"""A record's properties as text, and the keys that are made of them: what filters, dimensions and match keys look at.

A property is the data's field at a dotted path, else the attribute of that name. At each object the longest rest of
the path that is a key goes first, so a key may have dots of its own; digits index arrays. Numbers and booleans are
their JSON text, null is the empty text. Objects and arrays have none: they are as missing.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from libs.contracts.errors import InvalidRecord
from libs.expressions.values import is_index
from libs.records.short_text import digest, short_text

MAX_KEY_BYTES = 1_000
"""How long a key can be as a whole: a B-tree entry takes 2,704 bytes, and a tenant shares it."""

_CONTAINERS = (dict, list)
_MISSING: Mapping[str, object] = {}
"""Stands for a field that is not there: neither it nor an object has text."""
_UTF8_BYTES = 4
_SESSION = "sessionId"


class Properties:
    """The properties of one record. `data` is its JSON, parsed when a field is first looked at."""

    __slots__ = ("_data", "_root", "_texts", "attributes")

    def __init__(self, data: bytes, attributes: Mapping[str, str | None]) -> None:
        self.attributes = attributes
        self._data: bytes | None = data
        self._root: object = None
        self._texts: dict[str, str | None] = {}

    def text(self, path: str) -> str | None:
        """Return the property at `path`, None when it is missing. Raises InvalidRecord for data that is no JSON."""
        texts = self._texts
        if path in texts:
            return texts[path]
        text = field_text(self._root if self._data is None else self._parse(self._data), path)
        if text is None:
            text = self.attributes.get(path)
        texts[path] = text
        return text

    def field(self, path: str) -> str | None:
        """Return the data's field at `path`, None when it is missing. Raises InvalidRecord for data that is no JSON."""
        return field_text(self._root if self._data is None else self._parse(self._data), path)

    def _parse(self, data: bytes) -> object:
        try:
            self._root = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise InvalidRecord(f"data: {error}") from None
        self._data = None
        return self._root


def field_text(value: object, path: str) -> str | None:
    """Return the text of the field at `path` within an object or array, None when there is none."""
    if not isinstance(value, dict):
        return _element_text(value, path) if isinstance(value, list) else None
    found = value.get(path, _MISSING)
    if found is not _MISSING and (text := text_of(found)) is not None:
        return text
    end = path.rfind(".")
    while end >= 0:
        head = path[:end]
        if head in value and (text := field_text(value[head], path[end + 1 :])) is not None:
            return text
        end = path.rfind(".", 0, end)
    return None


def text_of(value: object) -> str | None:
    """Return a JSON value as text, None for an object or an array."""
    if isinstance(value, str):
        return value
    if isinstance(value, _CONTAINERS):
        return None
    return "" if value is None else orjson.dumps(value).decode()


def match_key(properties: Properties, correlation_property: str | None = None) -> str | None:
    """Return what tells the matches of a definition apart for this record; None when it is irrelevant to them.

    That is the property which the definition names, else the record's user, else its session (the field `sessionId` at
    the top of its data), else its unit of work, else its resource.
    """
    if correlation_property is not None:
        return _key(correlation_property, properties.text(correlation_property))
    attributes = properties.attributes
    return (
        _key("user", attributes["userId"])
        or _key("session", properties.field(_SESSION))
        or _key("uow", attributes["uowId"])
        or _key(f"resource:{attributes['resourceType']}", attributes["resourceId"])
    )


def dimension(properties: Properties, path: str) -> str | None:
    """Return the value by which results are counted apart: the property, None when it is missing."""
    text = properties.text(path)
    return short_text(text) if text else text


def _key(kind: str, text: str | None) -> str | None:
    if not text:
        return None
    key = f"{kind}:{short_text(text)}"
    fits = len(key) * _UTF8_BYTES <= MAX_KEY_BYTES or len(key.encode()) <= MAX_KEY_BYTES
    return key if fits and "\0" not in key else digest(key)


def _element_text(elements: list[object], path: str) -> str | None:
    head, dot, rest = path.partition(".")
    if not (is_index(head) and int(head) < len(elements)):
        return None
    element = elements[int(head)]
    return field_text(element, rest) if dot else text_of(element)
