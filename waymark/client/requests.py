"""What every call is made of: requests as the API takes them, and answers read into what they mean. No I/O."""

from __future__ import annotations

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
from waymark.client.retries import Answer, Request

T = TypeVar("T")
IDEMPOTENCY_KEY = "idempotency-key"
JSON = ("content-type", b"application/json")
NDJSON = ("content-type", b"application/x-ndjson")
_MAX_HEADER_LENGTH = 200
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request and how to read its answer. `is_read`: it may wait for this client's own writes."""

    request: Request
    read: Callable[[Answer], T]
    is_read: bool = False


def decode(answer: Answer, kind: type[T]) -> T:
    """The answer's body as that; raises UnexpectedAnswer when it is something else."""
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        shown = answer.content[:200].decode(errors="replace")
        raise UnexpectedAnswer(f"the answer is not the API's: {error}: {shown}", status=answer.status) from error


def encode(field: str, value: Any) -> bytes:
    """A value as JSON. Raises Refused naming the field when it cannot be written so."""
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise local_problem(field, f"cannot be written as JSON: {error}") from error


def get(
    path: str, kind: type[T], options: Mapping[str, Any] | None = None, *, spell: Callable[[str], str] = camel
) -> Call[T]:
    """A read; `spell` makes an option's name a query parameter's."""
    request = Request("GET", path, params=query(options or {}, spell))
    return Call(request, lambda answer: decode(answer, kind), is_read=True)


def page(path: str, options: Mapping[str, Any], kind: type[T]) -> Call[Page[T]]:
    """A read of one page."""
    request = Request("GET", path, params=query(options))
    return Call(request, lambda answer: read_page(answer, kind), is_read=True)


def read_page(answer: Answer, kind: type[T]) -> Page[T]:
    """A page, and as of when it is one."""
    found: Page[T] = decode(answer, Page[kind])  # type: ignore[valid-type]
    return dated(found, answer)


def dated(found: T, answer: Answer) -> T:
    """The value with its `as_of`, where the answer says it."""
    as_of = answer.headers.get("waymark-as-of")
    return msgspec.structs.replace(found, as_of=as_of and msgspec.convert(as_of, datetime))  # type: ignore[type-var]


def creating(
    path: str,
    content: bytes,
    idempotency_key: str | None,
    *,
    kind: tuple[str, bytes] = JSON,
    extra: tuple[tuple[str, bytes], ...] = (),
) -> Request:
    """A POST that takes effect once, however often it is sent: all its tries carry the same key."""
    key = (IDEMPOTENCY_KEY, header_value(IDEMPOTENCY_KEY, idempotency_key or new_id()))
    return Request("POST", path, headers=(kind, key, *extra), content=content)


def bulk(path: str, content: bytes, status: int, *, kind: tuple[str, bytes] = NDJSON, is_keyed: bool = True) -> Request:
    """A POST of many records. An answer that lists items answers it, whether its status is `status` or an error's."""

    def is_answered(answer: Answer) -> bool:
        return answer.status == status or (answer.status in {422, 503} and b'"items"' in answer.content)

    unkeyed = Request("POST", path, headers=(kind,), content=content)
    request = creating(path, content, None, kind=kind) if is_keyed else unkeyed
    return replace(request, is_answered=is_answered)


def delete(path: str) -> Call[None]:
    """An end to something."""
    # A repeat after a lost answer would be told that there is nothing (more) to delete.
    return Call(Request("DELETE", path, is_repeatable=False), lambda _: None)


def header_value(name: str, value: str) -> bytes:
    """A value as a header's; Refused naming the header when it cannot be one."""
    limit = 255 if name == IDEMPOTENCY_KEY else _MAX_HEADER_LENGTH
    if not (0 < len(value) <= limit and value.isprintable() and value == value.strip()):
        raise local_problem(name, f"1 to {limit} printable characters without space around them are expected")
    return value.encode()


def placed(found: T, answer: Answer) -> T:
    """The value with its `position` in the log, where the answer says it."""
    return msgspec.structs.replace(found, position=answer.headers.get(POSITION))  # type: ignore[type-var]


def segment(value: str) -> str:
    """A value as one segment of a path; dots alone would be taken for a way up."""
    return quote(value, safe="") if value.strip(".") else "%2E" * len(value)
