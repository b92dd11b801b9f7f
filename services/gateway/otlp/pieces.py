"""A request taken apart into its records without decoding any of them, so that each is decoded, judged and let go by
itself: a hostile body costs no more memory than one record's, and a bad record never the good ones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple, Protocol, TypeVar

from google.protobuf.message import Message

from libs.httpkit.errors import ApiError, MalformedBody, TooLarge
from services.gateway.otlp.signals import Signal
from services.gateway.otlp.values import RecordRefused

M = TypeVar("M", bound=Message)
Encoded = bytes | memoryview
"""One message of a request, still in its encoding; a view into the body where there is no need of a copy."""
MAX_NODES = 500_000
"""Objects, arrays and plain values of one request in JSON, some 100,000 attributes: more than a second's work."""
MAX_PARTS = 50_000
"""Resources, scopes and records of one request together; an exporter sends some hundreds at a time."""


class ScopeGroup(NamedTuple):
    """A scope's records, each still in its encoding, and the place of the scope in the request."""

    place: str
    scope: Encoded
    schema_url: str | RecordRefused
    records: list[Encoded]


class ResourceGroup(NamedTuple):
    """One resource with its scopes."""

    place: str
    resource: Encoded
    scopes: list[ScopeGroup]


class Encoding(Protocol):
    """One of OTLP's two encodings."""

    media_type: str

    def groups(self, body: bytes, signal: Signal[Any]) -> AsyncIterator[ResourceGroup]:
        """Return the request, resource by resource. Raises 400 where it is not this encoding, 413 over `MAX_PARTS`."""
        ...

    def decode(self, kind: type[M], raw: Encoded, nodes: NodeCount) -> M:
        """Return one message of the request; RecordRefused when it cannot be read, or beyond `MAX_NODES`."""
        ...

    def encode(self, message: Message) -> bytes:
        """Return a message as the body of an answer."""
        ...


class NodeCount:
    """Counts the nodes of one request's JSON."""

    def __init__(self, limit: int = MAX_NODES) -> None:
        self._limit = limit
        self._left = limit

    def take(self, count: int) -> None:
        """Count nodes in; RecordRefused when they are too many."""
        self._left -= count
        if self._left < 0:
            raise RecordRefused(f"the request holds more than {self._limit} values; send smaller ones")


class PartCount:
    """Counts the parts of one request."""

    def __init__(self, limit: int = MAX_PARTS) -> None:
        self._limit = limit
        self._left = limit

    def take(self, count: int) -> None:
        """Count parts in; 413 when they are too many."""
        self._left -= count
        if self._left < 0:
            raise too_many_parts(self._limit)


def too_many_parts(limit: int) -> ApiError:
    """Return the 413 for a request of more than `limit` parts."""
    return TooLarge(f"the request has more than {limit} resources, scopes and records; send smaller ones")


def malformed(why: str) -> ApiError:
    """Return the 400 for a request that cannot be read as a whole."""
    return MalformedBody(why, kind="otlp_invalid")
