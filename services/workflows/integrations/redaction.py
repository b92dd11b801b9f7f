"""Removes secrets from whatever is about to be seen: inputs, outputs, errors and logs of tasks.

A secret is found as it is, in base64 at any place of what was encoded together with it, and percent-encoded or escaped
as in JSON where encoders do so. One of less than four characters is found where it stands alone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from services.workflows.integrations.text_forms import Form, Span, forms_of
from services.workflows.task_types.model import Connected

Json: TypeAlias = Any
REDACTED: Final = "[redacted]"
SECRET_HEADERS: Final = frozenset(("authorization", "proxy-authorization", "cookie", "x-api-key"))
_HEADERS: Final = "headers"
_MIN_CHARS: Final = 4
_MIN_PART_CHARS: Final = 8
_LEFT_AS_IT_IS: Final = re.compile("[A-Za-z0-9]+")
_URL: Final = re.compile(r"https?://[^/?#]*([^#]*)")


class Redactor:
    """Replaces the secrets by `[redacted]`; without any it returns what it is given.

    Its time grows with the text and the number of secrets alone, whatever they are made of.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = frozenset(filter(None, secrets))
        self._needles = tuple({needle for secret in self._secrets for needle in _needles(secret)})
        self._anchors = tuple({_anchor(needle) for needle in self._needles})

    def text(self, text: str) -> str:
        """Return `text` without the secrets."""
        if not self._may_be_in(text):
            return text
        found = sorted(span for form in forms_of(text) for span in self._spans(form))
        return _replaced(text, found) if found else text

    def value(self, value: Json) -> Json:
        """Return JSON without the secrets: in texts, in names of members, and as numbers."""
        return _mapped(value, self._leaf) if self._needles else value

    def encoded(self, encoded: bytes) -> bytes:
        """Return encoded JSON without the secrets; decoded only where one seems to be in it."""
        if not self._may_be_in(encoded.decode()):
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

    def _may_be_in(self, text: str) -> bool:
        return any(anchor in text for anchor in self._anchors)

    def _spans(self, form: Form) -> Iterator[Span]:
        """Yield the places in the original text at which a form of it has a secret."""
        for needle in self._needles:
            at = form.text.find(needle)
            while at >= 0:
                end = at + len(needle)
                if len(needle) >= _MIN_CHARS or _stands_alone(form.text, at, end):
                    end = _end_of_run(form.text, needle, at)
                    yield form.origin(at, end)
                at = form.text.find(needle, end)


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


def _anchor(needle: str) -> str:
    """Return the longest part of a secret that encoders leave as it is; where it is not, the secret is not either."""
    return max(_LEFT_AS_IT_IS.findall(needle), key=len, default="")


def _end_of_run(text: str, needle: str, at: int) -> int:
    """Return the end of the occurrence at `at`, and of all that begin within the one before."""
    length = len(needle)
    while (within := text.find(needle, at + 1, at + 2 * length - 1)) >= 0:
        at = within
    return at + length


def _stands_alone(text: str, at: int, end: int) -> bool:
    return not (text[at - 1 : at].isalnum() or text[end : end + 1].isalnum())


def _replaced(text: str, spans: Iterable[Span]) -> str:
    """Return `text` with `[redacted]` in place of the spans, which are sorted and may overlap."""
    parts, done = [], 0
    for at, end in spans:
        if at >= done:
            parts += [text[done:at], REDACTED]
        done = max(done, end)
    return "".join((*parts, text[done:]))


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
