"""The wire shapes of `waymark.monitoring-steps.v1`: what moves the matching of critical interactions.

A step is a record of another topic that some running definition names, under the key by which its matches are told
apart. Ticks and closings carry the passing of time and the end of definitions to every partition. Nothing else does, so
whoever reads a partition up to an offset knows the same matches.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from libs.contracts.credentials import PLATFORM_TENANT
from libs.contracts.envelope import Envelope, Headers, encode_headers
from libs.contracts.errors import InvalidRecord
from libs.contracts.events import platform_source
from libs.contracts.paths import MONITORING
from libs.contracts.times import format_ms
from libs.contracts.values import decode_value

STEP = "waymark.monitoring.step.v1"
TICK = "waymark.monitoring.tick.v1"
CLOSING = "waymark.monitoring.closing.v1"
MAX_AHEAD_MS = 60_000
"""How far a producer's clock may run ahead before it is not believed."""

STOPPED: Final = "stopped"
DELETED: Final = "deleted"
ClosingCause = Literal["stopped", "deleted"]
Source = Literal["interaction", "event"]


class Hit(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A record's place in one version of a definition; only the `current` version opens a match with it.

    `steps` and `globals` are bit sets: the entries of `events` and of `globalBlacklistedEvents` that it matches.
    `dimensions` are its values of the definition's dimensions, in their order.
    """

    definition_id: int
    version: int
    current: bool
    steps: int
    globals: int = msgspec.field(default=0, name="global")
    dimensions: tuple[str | None, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag="step", gc=False):
    """A record on its way to the matches of one key. Times are milliseconds since the epoch.

    `name` is an event's type, or an interaction's `<resource type>.<action>`; `number` is the interaction's, 0 for an
    event. `event_at` is the event time, or the accept time where it lies more than a minute ahead of that. The record
    waits `watermark_ms` after it was accepted, so that earlier ones can come before it.
    """

    id: str
    source: Source
    topic: str
    partition: int
    offset: int
    number: int
    name: str
    event_at: int
    accepted_at: int
    watermark_ms: int
    uow_id: str | None
    hits: tuple[Hit, ...]


class Tick(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag="tick", gc=False):
    """Every record accepted before `as_of` (milliseconds since the epoch) lies before it in this partition."""

    as_of: int


class Closing(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="kind", tag="closing", gc=False):
    """A definition ended at an instant, in milliseconds since the epoch: matches open then end `watermark_ms` later.

    `version` is the one that ended it: the matches meant are those of the versions before.
    """

    definition_id: int
    version: int
    at: int
    cause: ClosingCause
    watermark_ms: int


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Step | Tick | Closing] = msgspec.json.Decoder(Step | Tick | Closing)


def step_key(tenant_id: str, match_key: str) -> str:
    """Return the key of a step: the tenant, and what tells its matches apart."""
    return f"{tenant_id}:{match_key}"


def split_key(key: str | None) -> tuple[str, str]:
    """Return tenant and match key of a step's key; InvalidRecord when it is none."""
    tenant_id, colon, match_key = (key or "").partition(":")
    if not colon:
        raise InvalidRecord("the key is not <tenant>:<match key>")
    return tenant_id, match_key


def encode_step(tenant_id: str, match_key: str, step: Step) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a step."""
    envelope = Envelope(
        id=f"{step.source}:{step.id}:{match_key}",
        source=platform_source(tenant_id, MONITORING),
        type=STEP,
        time=format_ms(step.event_at),
        tenant_id=tenant_id,
        correlation_id=step.uow_id,
    )
    return step_key(tenant_id, match_key), _encoder.encode(step), encode_headers(envelope)


def encode_tick(key: str, tick: Tick) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a tick; `key` is one that lies in the partition meant."""
    envelope = Envelope(
        id=f"tick:{key}:{tick.as_of}",
        source=platform_source(PLATFORM_TENANT, MONITORING),
        type=TICK,
        time=format_ms(tick.as_of),
        tenant_id=PLATFORM_TENANT,
    )
    return key, _encoder.encode(tick), encode_headers(envelope)


def encode_closing(tenant_id: str, key: str, closing: Closing) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a closing; `key` is one that lies in the partition meant."""
    envelope = Envelope(
        id=f"closing:{closing.definition_id}:{closing.at}:{key}",
        source=platform_source(tenant_id, MONITORING),
        type=CLOSING,
        time=format_ms(closing.at),
        tenant_id=tenant_id,
    )
    return key, _encoder.encode(closing), encode_headers(envelope)


def decode_step_record(value: bytes | None) -> Step | Tick | Closing:
    """Return the step, tick or closing of a value. Raises InvalidRecord."""
    return decode_value(_decoder.decode, value)
