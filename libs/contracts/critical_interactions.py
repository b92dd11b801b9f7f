"""The wire shape of `waymark.critical-interactions.v1`: how one match of a critical interaction ended.

A result's id is made from what it is the result of, so that one that is published again is known by it.
"""

from __future__ import annotations

import uuid
from typing import Final, Literal

import msgspec

from libs.contracts.envelope import Envelope, Headers, encode_headers
from libs.contracts.events import platform_source
from libs.contracts.paths import MONITORING
from libs.contracts.reference import CRITICAL_INTERACTION
from libs.contracts.times import LATEST_MS, format_ms
from libs.contracts.values import decode_value

COMPLETED: Final = "completed"
ERRORED: Final = "errored"
ABORTED: Final = "aborted"
TIMEOUT: Final = "timeout"
SEQUENCE_VIOLATION: Final = "sequence_violation"
GLOBAL: Final = "global"
FORBIDDEN: Final = "forbidden"

Outcome = Literal["completed", "errored", "aborted"]
Cause = Literal["timeout", "sequence_violation", "global", "forbidden", "stopped", "deleted"]
Category = Literal["Excellent", "Good", "Average", "Poor"]

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:critical-interaction-result")


class Expected(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """The required step that was to come next: its place among the definition's `events`, and its event's name."""

    step: int
    name: str


class Received(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """The record that ended a match, and its event time in milliseconds since the epoch."""

    record_id: str
    name: str
    time: int


class MatchedStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A record that a match advanced with; `step` is its place among `events`, `time` its event time."""

    step: int
    name: str
    record_id: str
    source: Literal["interaction", "event"]
    time: int
    uow_id: str | None


class Result(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """The end of one match. Times are milliseconds since the epoch, event times all.

    `key` tells the matches of a definition apart. `cause` is None when it completed; `duration_ms`, `score` and
    `category` are there only then. `dimensions` are the definition's, by their paths.
    """

    id: str
    interaction_id: int
    name: str
    version: int
    key: str
    outcome: Outcome
    cause: Cause | None
    expected: Expected | None
    received: Received | None
    step_reached: int
    steps: tuple[MatchedStep, ...]
    started_at: int
    ended_at: int
    duration_ms: int | None
    score: float | None
    category: Category | None
    dimensions: dict[str, str | None]
    uow_ids: tuple[str, ...]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Result)


def result_id(tenant_id: str, definition_id: int, version: int, key: str, first_record_id: str) -> str:
    """Return the id of the result of the match that a record opened."""
    return str(uuid.uuid5(_NAMESPACE, f"{tenant_id}/{definition_id}/{version}/{first_record_id}/{key}"))


def result_key(tenant_id: str, definition_id: int) -> str:
    """Return the key of a definition's results."""
    return f"{tenant_id}:{definition_id}"


def result_type(outcome: str) -> str:
    """Return the CloudEvents type of results with this outcome."""
    return f"waymark.critical_interaction.{outcome}.v1"


def encode_result(tenant_id: str, result: Result) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a result; the envelope's time of one that ends after `LATEST` is `LATEST`."""
    envelope = Envelope(
        id=result.id,
        source=platform_source(tenant_id, MONITORING),
        type=result_type(result.outcome),
        time=format_ms(min(result.ended_at, LATEST_MS)),
        tenant_id=tenant_id,
        subject=result.name,
        resource_type=CRITICAL_INTERACTION,
        correlation_id=result.steps[0].uow_id,
    )
    return result_key(tenant_id, result.interaction_id), _encoder.encode(result), encode_headers(envelope)


def decode_result(value: bytes | None) -> Result:
    """Return the result of a value; InvalidRecord says what is wrong with it."""
    return decode_value(_decoder.decode, value)
