"""The wire shape of an interaction: the record on `waymark.interactions.v1` and the body of the 201 answer.

A recorded interaction's value is the 201 body with the three mnemonics beside the ids. A voided one takes the place
of a number that was reserved and never landed; under the same number a recorded one wins, in whatever order they come.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from libs.contracts.envelope import (
    JSON_CONTENT_TYPE,
    SPEC_VERSION,
    Envelope,
    Headers,
    decode_headers,
    decode_type_and_tenant,
    encode_headers,
)
from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import correlation_key
from libs.contracts.values import decode_value

RECORDED = "waymark.interaction.recorded.v1"
VOIDED = "waymark.interaction.voided.v1"
_VOID_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:void")
_GENERATED_UOW_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:unit-of-work")


class Interaction(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """One recorded interaction. `interaction` and `external_response` stay the sender's own JSON text."""

    interaction_id: str
    interaction_number: int
    resource_id: str
    resource_type_id: str
    action_id: str
    origin_id: str
    resource_type: str
    action: str
    origin: str
    interaction: msgspec.Raw = msgspec.Raw(b"null")
    external_reference: str | None = None
    external_response: msgspec.Raw = msgspec.Raw(b"null")
    uow_id: str
    user_id: str | None = None
    created_date: str
    interaction_timestamp: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    sequence_index: int | None = None

    @property
    def event_time(self) -> str:
        """The event time: the caller's timestamp, else the accept time."""
        return self.interaction_timestamp or self.created_date


class _Named(msgspec.Struct, rename="camel", gc=False):
    """The part of a recorded interaction that gives it its name."""

    resource_type: str
    action: str


class _Acting(msgspec.Struct, rename="camel", gc=False):
    """The part of a recorded interaction that says what was done, and the sender's JSON about it."""

    action: str
    interaction: msgspec.Raw = msgspec.Raw(b"null")


class Voided(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A number that no recorded interaction holds, and the reason."""

    interaction_id: str
    interaction_number: int
    created_date: str
    reason: str


_SPEC_VERSION = ("ce_specversion", SPEC_VERSION.encode())
_RECORDED = ("ce_type", RECORDED.encode())
_CONTENT_TYPE = ("content-type", JSON_CONTENT_TYPE.encode())
_encoder = msgspec.json.Encoder()
_BODIES: Mapping[str, Callable[[bytes], Interaction | Voided]] = {
    RECORDED: msgspec.json.Decoder(Interaction).decode,
    VOIDED: msgspec.json.Decoder(Voided).decode,
}
_named = msgspec.json.Decoder(_Named).decode
_acting = msgspec.json.Decoder(_Acting).decode


def interaction_source(tenant_id: str) -> str:
    """Return the CloudEvents source of a tenant's interactions."""
    return f"waymark/{tenant_id}/interactions"


@lru_cache(maxsize=1_024)
def _tenant_headers(tenant_id: str) -> Headers:
    return ("ce_source", interaction_source(tenant_id).encode()), ("ce_tenantid", tenant_id.encode())


@lru_cache(maxsize=4_096)
def _type_header(resource_type: str) -> tuple[str, bytes]:
    return "ce_resourcetype", resource_type.encode()


def encode_interaction(
    tenant_id: str, interaction: Interaction, *, actor_type: str | None, traceparent: str | None = None
) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a recorded interaction.

    The headers are those `encode_headers` gives for its envelope, put together by hand for the hot path.
    """
    uow_id = interaction.uow_id
    source, tenant = _tenant_headers(tenant_id)
    headers: list[tuple[str, bytes]] = [
        _SPEC_VERSION,
        ("ce_id", interaction.interaction_id.encode()),
        source,
        _RECORDED,
        ("ce_time", interaction.event_time.encode()),
        tenant,
        ("ce_subject", interaction.resource_id.encode()),
        _type_header(interaction.resource_type),
        ("ce_correlationid", uow_id.encode()),
    ]
    if interaction.user_id is not None:
        headers.append(("ce_actorid", interaction.user_id.encode()))
    if actor_type is not None:
        headers.append(("ce_actortype", actor_type.encode()))
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    headers += (_CONTENT_TYPE, ("ce_sequence", b"%d" % interaction.interaction_number))
    return correlation_key(tenant_id, uow_id), _encoder.encode(interaction), tuple(headers)


def encode_voided(tenant_id: str, number: int, created_date: str, reason: str) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of the record that voids one number."""
    record_id = void_id(tenant_id, number)
    body = Voided(interaction_id=record_id, interaction_number=number, created_date=created_date, reason=reason)
    envelope = Envelope(
        id=record_id,
        source=interaction_source(tenant_id),
        type=VOIDED,
        time=created_date,
        tenant_id=tenant_id,
        correlation_id=record_id,
        sequence=number,
    )
    return correlation_key(tenant_id, record_id), _encoder.encode(body), encode_headers(envelope)


def void_id(tenant_id: str, number: int) -> str:
    """Return the id of the void of one number: the same whoever declares it, and however often."""
    return str(uuid.uuid5(_VOID_NAMESPACE, f"{tenant_id}:{number}"))


def generated_uow_id(interaction_id: str) -> str:
    """Return the unit of work of an interaction with a client-given id and no other, so that repeats meet in one
    partition.
    """
    return str(uuid.uuid5(_GENERATED_UOW_NAMESPACE, interaction_id))


def decode_interaction_record(value: bytes | None, headers: Headers) -> tuple[Envelope, Interaction | Voided]:
    """Return envelope and body of a record on the interactions topic; raises InvalidRecord, which names the field."""
    envelope = decode_headers(headers)
    return envelope, _decode_body(envelope.type, value)


def decode_interaction_body(value: bytes | None, headers: Headers) -> tuple[str, Interaction | Voided]:
    """Return tenant and body of a record on the interactions topic, as `decode_interaction_record` finds them."""
    record_type, tenant_id = decode_type_and_tenant(headers)
    return tenant_id, _decode_body(record_type, value)


def decode_interaction_name(value: bytes | None, headers: Headers) -> tuple[str, str, str] | None:
    """Return tenant, resource type and action of a recorded interaction, at a fraction of the cost; None for a void.

    InvalidRecord as far as that much of the record shows it.
    """
    record_type, tenant_id = decode_type_and_tenant(headers)
    if record_type == VOIDED:
        return None
    _body_of(record_type)
    named = decode_value(_named, value)
    return tenant_id, named.resource_type, named.action


def decode_interaction_data(value: bytes | None, headers: Headers) -> tuple[str, str, bytes] | None:
    """Return tenant, action and `interaction` as sent; otherwise as `decode_interaction_name`."""
    record_type, tenant_id = decode_type_and_tenant(headers)
    if record_type == VOIDED:
        return None
    _body_of(record_type)
    acting = decode_value(_acting, value)
    return tenant_id, acting.action, bytes(acting.interaction)


def _decode_body(record_type: str, value: bytes | None) -> Interaction | Voided:
    return decode_value(_body_of(record_type), value)


def _body_of(record_type: str) -> Callable[[bytes], Interaction | Voided]:
    decode = _BODIES.get(record_type)
    if decode is None:
        raise InvalidRecord(f"ce_type is {record_type!r}, expected {RECORDED} or {VOIDED}")
    return decode
