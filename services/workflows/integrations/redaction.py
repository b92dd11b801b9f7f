"""Removes secrets from whatever is about to be seen: inputs, outputs, errors and logs of tasks.

A secret is found as it is, in base64 at any place of what was encoded together with it, and with any of its characters
percent-encoded or escaped as in JSON. One of less than four characters is found where it stands alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import msgspec

from services.workflows.task_types.model import Connected

Json: TypeAlias = Any
REDACTED: Final = "[redacted]"
SECRET_HEADERS: Final = frozenset(("authorization", "proxy-authorization", "cookie", "x-api-key"))
_HEADERS: Final = "headers"
_MIN_CHARS: Final = 4
_MIN_PART_CHARS: Final = 8
_ESCAPE: Final = re.compile(r'((?:\\u[0-9a-fA-F]{4})+)|\\(["\\/bfnrt])')
_SHORT_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPED: Final = {char: f"\\\\{re.escape(short)}" for short, char in _SHORT_ESCAPES.items()}
_URL: Final = re.compile(r"https?://[^/?#]*([^#]*)")


class Redactor:
    """Replaces the secrets by `[redacted]`; without any it returns what it is given."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = frozenset(filter(None, secrets))
        self._needles = sorted({needle for secret in self._secrets for needle in _needles(secret)}, key=len)[::-1]

    def text(self, text: str) -> str:
        """Return `text` without the secrets."""
        if not self._needles or not self._is_in(text):
            return text
        redacted = self._pattern.sub(REDACTED, text)
        # What is written in a way that the pattern does not know is not shown at all.
        return REDACTED if redacted == text and self._is_in(text, _MIN_CHARS) else redacted

    def value(self, value: Json) -> Json:
        """Return JSON without the secrets: in texts, in names of members, and as numbers."""
        return _mapped(value, self._leaf) if self._needles else value

    def encoded(self, encoded: bytes) -> bytes:
        """Return encoded JSON without the secrets; decoded only where one seems to be in it."""
        if not self._needles or not self._is_in(encoded.decode()):
            return encoded
        return msgspec.json.encode(self.value(msgspec.json.decode(encoded)))

    def input(self, fields: Mapping[str, Json], body: Json) -> Json:
        """Return a task's body as it may be seen: without its `x-secret` fields, headers with credentials, secrets."""
        return self.value(_without_fields(fields, body))

    def _leaf(self, leaf: Json) -> Json:
        if isinstance(leaf, str):
            return self.text(leaf)
        is_number = isinstance(leaf, int | float) and not isinstance(leaf, bool)
        return REDACTED if is_number and str(leaf) in self._secrets else leaf

    def _is_in(self, text: str, min_chars: int = 0) -> bool:
        """Return whether a secret of `min_chars` or more is in `text`, in any of the forms."""
        needles = [needle for needle in self._needles if len(needle) >= min_chars]
        return any(needle in form for form in _forms(text) for needle in needles)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_pattern_of, self._needles)))


NOTHING_SECRET: Final = Redactor()
"""The redactor where no secret is in use."""


def secrets_of(connected: Connected | None) -> Iterator[str]:
    """Yield the secrets of an integration and its provider, and the parts of those that are made of several."""
    if connected is None:
        return
    for secret in (*connected.secrets.values(), *connected.provider_secrets.values()):
        yield secret
        yield from _parts(secret)


def secrets_in(fields: Mapping[str, Json], body: Json) -> Iterator[str]:
    """Yield the secrets that a task's body brings: values of `x-secret` fields, and of headers with credentials."""
    for value in _secret_values(fields, body):
        for text in _texts(value):
            yield text
            scheme, _, credential = text.partition(" ")
            if scheme.lower() in ("bearer", "basic"):
                yield credential


def _needles(secret: str) -> Iterator[str]:
    yield secret
    if len(secret) < _MIN_CHARS:
        return
    data = secret.encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data + b"\0\0").decode()
        # The characters whose six bits are all the secret's.
        inner = encoded[-(-before * 4 // 3) : (before + len(data)) * 4 // 3]
        yield inner
        yield inner.translate(_URL_SAFE)


_URL_SAFE: Final = str.maketrans("+/", "-_")


def _forms(text: str) -> Iterator[str]:
    """Yield `text`, then as it reads without escapes: of JSON, of JSON in JSON, each also percent-decoded."""
    yield text
    form = text
    for _ in range(2):
        if "%" in form or "+" in form:
            yield unquote(form)
            yield unquote(form.replace("+", " "))
        if "\\" not in form:
            return
        form = _ESCAPE.sub(_unescaped, form)
        yield form


def _unescaped(match: re.Match[str]) -> str:
    if match[2]:
        return _SHORT_ESCAPES[match[2]]
    return bytes.fromhex(match[1].replace("\\u", "")).decode("utf-16-be", "replace")


def _pattern_of(needle: str) -> str:
    pattern = "".join(map(_character, needle))
    return pattern if len(needle) >= _MIN_CHARS else rf"(?<![0-9A-Za-z]){pattern}(?![0-9A-Za-z])"


def _character(char: str) -> str:
    """Return a pattern of a character: as it is, percent-encoded, escaped as in JSON once or twice."""
    percent = "".join(f"%(?i:{byte:02x})" for byte in char.encode("utf-8", "surrogatepass"))
    units = char.encode("utf-16-be", "surrogatepass")
    escaped = "".join(rf"\\{{1,2}}u(?i:{units[at : at + 2].hex()})" for at in range(0, len(units), 2))
    forms = [re.escape(char), percent, escaped]
    if char in _ESCAPED:
        forms.insert(0, rf"\\{{0,2}}{_ESCAPED[char]}")
    if char == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


def _mapped(value: Json, leaf: Any) -> Json:
    if isinstance(value, dict):
        return {leaf(name): _mapped(inner, leaf) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inner, leaf) for inner in value]
    return leaf(value)


def _without_fields(schema: Json, value: Json) -> Json:
    if isinstance(schema, Mapping) and schema.get("x-secret"):
        return None if value is None else REDACTED
    if isinstance(value, dict):
        return {name: _without_member(schema, name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_fields(_inner(schema, "items"), inner) for inner in value]
    return value


def _without_member(schema: Json, name: str, value: Json) -> Json:
    if name.lower() == _HEADERS and isinstance(value, dict):
        return {header: REDACTED if header.lower() in SECRET_HEADERS else inner for header, inner in value.items()}
    return _without_fields(_inner(schema, "properties", name), value)


def _secret_values(schema: Json, value: Json) -> Iterator[Json]:
    if isinstance(schema, Mapping) and schema.get("x-secret"):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name.lower() == _HEADERS and isinstance(inner, dict):
                yield from (one for header, one in inner.items() if header.lower() in SECRET_HEADERS)
            yield from _secret_values(_inner(schema, "properties", name), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _secret_values(_inner(schema, "items"), inner)


def _inner(schema: Json, *path: str) -> Json:
    for name in path:
        schema = schema.get(name) if isinstance(schema, Mapping) else None
    return schema


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _parts(secret: str) -> Iterator[str]:
    """Yield the texts in a secret that is JSON, and the long parts of one that is a URL."""
    if secret.startswith("{"):
        try:
            yield from _texts(msgspec.json.decode(secret))
        except msgspec.DecodeError:
            return
    if url := _URL.fullmatch(secret):
        yield from (part for part in re.split(r"[/?&=]", url[1]) if len(part) >= _MIN_PART_CHARS)
