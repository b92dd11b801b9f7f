"""Kinds of objects: one declaration of everything the library has to know to publish an object's changes.

A change of an object leaves its event and, where other services need the object at hand, its latest record on a
compacted topic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from libs.contracts.credentials import CredentialRecord, decode_credential, encode_credential, record_key
from libs.contracts.envelope import Headers
from libs.contracts.events import Cause, PlatformEvent, encode_platform_event
from libs.contracts.reference import ReferenceRecord, decode_reference, encode_reference, reference_key
from libs.contracts.topics import CREDENTIALS, EVENTS, REFERENCE, Topic, object_key
from libs.eventlog.port import Record
from libs.pg.database import Connection


class LatestRecord(Protocol):
    """An object's latest state as a record; readers keep the highest version of each key."""

    @property
    def version(self) -> int:
        """Return the number that every change of the record raises."""
        ...


T = TypeVar("T")
R = TypeVar("R", bound=LatestRecord)
R_contra = TypeVar("R_contra", contravariant=True)


class Encode(Protocol[R_contra]):
    """Encodes a record of a compacted topic."""

    def __call__(self, record: R_contra, /, *, timestamp_ms: int) -> tuple[str, bytes, Headers]:
        """Return the record's key, value and headers."""
        ...


@dataclass(frozen=True, slots=True)
class LatestTopic(Generic[R]):
    """A compacted topic with the latest record of each object: how its records are keyed, encoded and decoded."""

    topic: Topic
    key: Callable[[R], str]
    encode: Encode[R]
    decode: Callable[[bytes], R]


REFERENCE_RECORDS: LatestTopic[ReferenceRecord] = LatestTopic(
    REFERENCE, reference_key, encode_reference, decode_reference
)
CREDENTIAL_RECORDS: LatestTopic[CredentialRecord] = LatestTopic(
    CREDENTIALS, record_key, encode_credential, decode_credential
)


@dataclass(frozen=True, slots=True)
class OnLog(Generic[R]):
    """A latest record as its topic has it, and when it was written."""

    record: R
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Latest(Generic[T, R]):
    """The rules for keeping a kind's objects on a compacted topic, and finding those that topic or database lost.

    `record` is None for an object that nobody needs at hand, `holds` tells records of this kind from the topic's
    others. `every` reads the objects of all tenants, `lock` one of them as it is now, held against writers until the
    transaction ends, or None when it is gone. `take_up` makes objects as records have them where the database has them
    in an older version or, if a record says enough, not at all; it returns how many it changed. All three run under
    the projector role.
    """

    topic: LatestTopic[R]
    record: Callable[[T], R | None]
    holds: Callable[[R], bool]
    every: Callable[[Connection], AsyncIterator[T]]
    lock: Callable[[Connection, T], Awaitable[T | None]]
    take_up: Callable[[Connection, Sequence[OnLog[Any]]], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class ObjectId:
    """An object's tenant, and its id among the tenant's objects of its kind."""

    tenant_id: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectKind(Generic[T]):
    """One kind of object of a service.

    `name` is the resource type of the kind's events and the first part of their types, `payload` an object's JSON shape
    in them.
    """

    service: str
    name: str
    identify: Callable[[T], ObjectId]
    payload: Callable[[T], dict[str, Any]]
    latest: Latest[T, Any] | None = None

    def key(self, obj: T) -> str:
        """Return the key under which the outbox keeps the order of the object's changes."""
        at = self.identify(obj)
        return object_key(self.name, at.tenant_id, at.id)

    def event(self, obj: T, happened: str, cause: Cause, *, event_id: str, timestamp_ms: int) -> Record:
        """Return the platform event `<name>.<happened>` of the object as it is now."""
        at = self.identify(obj)
        event = PlatformEvent(
            id=event_id,
            type=f"{self.name}.{happened}",
            tenant_id=at.tenant_id,
            resource_type=self.name,
            resource_id=at.id,
            actor=cause.actor,
            occurred_at_ms=timestamp_ms,
            payload=self.payload(obj),
            correlation_id=cause.correlation_id,
            causation_id=cause.causation_id,
        )
        key, value, headers = encode_platform_event(event, service=self.service)
        return Record(EVENTS.name, key, value, headers, timestamp_ms)

    def latest_records(self, obj: T, *, timestamp_ms: int) -> list[Record]:
        """Return the latest record of the object; none when nobody needs the object at hand."""
        record = None if self.latest is None else self.latest.record(obj)
        if self.latest is None or record is None:
            return []
        key, value, headers = self.latest.topic.encode(record, timestamp_ms=timestamp_ms)
        return [Record(self.latest.topic.topic.name, key, value, headers, timestamp_ms)]
