"""The parts of calls: requests as the API takes them, and answers read into values. Nothing here does I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from waymark.client.errors import UnexpectedAnswer, local_problem
from waymark.client.filters import camel, query
from waymark.client.ids import new_id
from waymark.client.models import Page
from waymark.client.positions import POSITION
from waymark.client.retries import ApiAnswer, Request

T = TypeVar("T")
IDEMPOTENCY_KEY = "idempotency-key"
JSON = ("content-type", b"application/json")
NDJSON = ("content-type", b"application/x-ndjson")
_MAX_HEADER_LENGTH = 200
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class ApiCall(Generic[T]):
    """A request and how to read its answer. `is_read`: it can be made to show earlier writes."""

    request: Request
    read: Callable[[ApiAnswer], T]
    is_read: bool = False


def decode(answer: ApiAnswer, kind: type[T]) -> T:
    """Decode an answer's body as `kind`. Raises UnexpectedAnswer."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        shown = answer.content[:200].decode(errors="replace")
        raise UnexpectedAnswer(f"the answer is not the API's: {error}: {shown}", status=answer.status) from error


def encode(field: str, value: Any) -> bytes:
    """Write a value as JSON. Raises Refused naming the field when JSON cannot hold it."""
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise local_problem(field, f"cannot be written as JSON: {error}") from error


def get(
    path: str, kind: type[T], options: Mapping[str, Any] | None = None, *, spell: Callable[[str], str] = camel
) -> ApiCall[T]:
    """Make a read of a `kind`; `spell` turns an option's name into a query parameter's."""
    request = Request("GET", path, params=query(options or {}, spell))
    return ApiCall(request, lambda answer: decode(answer, kind), is_read=True)


def page(path: str, options: Mapping[str, Any], kind: type[T]) -> ApiCall[Page[T]]:
    """Make a read of one page of a `kind`."""
    request = Request("GET", path, params=query(options))
    return ApiCall(request, lambda answer: read_page(answer, kind), is_read=True)


def read_page(answer: ApiAnswer, kind: type[T]) -> Page[T]:
    """Decode a page, with its `as_of`."""
    decoded: Page[T] = decode(answer, Page[kind])  # type: ignore[valid-type]
    return dated(decoded, answer)


def dated(value: T, answer: ApiAnswer) -> T:
    """Give the value the answer's `as_of`."""
    as_of = answer.headers.get("waymark-as-of")
    return msgspec.structs.replace(value, as_of=as_of and msgspec.convert(as_of, datetime))  # type: ignore[type-var]


def creating(
    path: str,
    content: bytes,
    idempotency_key: str | None,
    *,
    kind: tuple[str, bytes] = JSON,
    extra: tuple[tuple[str, bytes], ...] = (),
) -> Request:
    """Make a POST that takes effect once, however often it is sent: all its tries carry the same key."""
    key = (IDEMPOTENCY_KEY, header_value(IDEMPOTENCY_KEY, idempotency_key or new_id()))
    return Request("POST", path, headers=(kind, key, *extra), content=content)


def bulk(path: str, content: bytes, status: int, *, kind: tuple[str, bytes] = NDJSON, is_keyed: bool = True) -> Request:
    """Make a POST of many records; an answer that lists items answers it, be its status `status` or an error's."""

    def is_answered(answer: ApiAnswer) -> bool:
        return answer.status == status or (answer.status in {422, 503} and b'"items"' in answer.content)

    unkeyed = Request("POST", path, headers=(kind,), content=content)
    request = creating(path, content, None, kind=kind) if is_keyed else unkeyed
    return replace(request, is_answered=is_answered)


def delete(path: str) -> ApiCall[None]:
    """Make a DELETE."""
    # A repeat after a lost answer would find nothing to delete.
    return ApiCall(Request("DELETE", path, is_repeatable=False), lambda _: None)


def header_value(name: str, value: str) -> bytes:
    """Write a header's value. Raises Refused naming the header when it cannot hold the value."""
    limit = 255 if name == IDEMPOTENCY_KEY else _MAX_HEADER_LENGTH
    if not (0 < len(value) <= limit and not _UNPRINTABLE.search(value) and value == value.strip(" ")):
        raise local_problem(name, f"1 to {limit} printable characters without space around them are expected")
    return value.encode()


def placed(value: T, answer: ApiAnswer) -> T:
    """Give the value the answer's `position`."""
    return msgspec.structs.replace(value, position=answer.headers.get(POSITION))  # type: ignore[type-var]


def segment(value: str) -> str:
    """Quote a value as one segment of a path; dots alone would mean a parent folder."""
    return quote(value, safe="") if value.strip(".") else "%2E" * len(value)
