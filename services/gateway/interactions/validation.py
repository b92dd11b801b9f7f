"""From JSON text to a draft: every rule about one interaction's fields, each violation naming its field.

The body is parsed once, into a struct whose free-form members stay the sender's own text. Only a body that does not
fit is looked at again, to say everything that is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
import uuid_utils

from libs.contracts.interactions import Interaction, generated_uow_id
from libs.httpkit.errors import ApiError, Unprocessable, Violation, too_large
from libs.httpkit.json_values import check_json, is_surely_shallow, load_object
from libs.httpkit.limits import RECORD_BODY_BYTES
from libs.httpkit.request_headers import RequestHeaders, printable, timestamp
from libs.httpkit.struct_bodies import BodyDecoder
from libs.httpkit.validation import json_type
from services.gateway.model import InteractionDraft
from services.gateway.recording.judging import UnknownName
from services.gateway.replicas.catalog import CatalogIndex, KindIndex, KnownItem

MAX_RESOURCE_ID_LENGTH: Final = 1024
UNKNOWN_MNEMONIC: Final = "unknown_mnemonic"
UNKNOWN_ID: Final = "unknown_id"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NULL = msgspec.Raw(b"null")
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


class InteractionBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    """An interaction as sent, alone or in a batch. The headers are the defaults of the fields from `uow_id` on."""

    resource_id: str | None = None
    resource_type: str | None = None
    resource_type_id: str | None = None
    action: str | None = None
    action_id: str | None = None
    origin: str | None = None
    origin_id: str | None = None
    interaction: msgspec.Raw = _NULL
    external_reference: str | None = None
    external_response: msgspec.Raw = _NULL
    interaction_id: str | None = None
    sequence_index: int | None = None
    uow_id: str | None = None
    user_id: str | None = None
    interaction_timestamp: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None


_decoder = BodyDecoder(InteractionBody)


class InteractionValidator:
    """Validates against the tenants' catalogs. `new_id` makes the ids of interactions and units of work."""

    def __init__(self, catalog: CatalogIndex, new_id: Callable[[], object] = uuid_utils.uuid7) -> None:
        self._catalog = catalog
        self._new_id = new_id

    def single(self, tenant_id: str, raw: bytes, headers: RequestHeaders) -> InteractionDraft:
        """Return the draft of a single POST, the headers being its defaults.

        Raises 400 for what is no JSON, 422 naming every field at fault.
        """
        check_json(raw)
        return self._draft(tenant_id, raw, headers)

    def item(
        self, tenant_id: str, headers: RequestHeaders, raw: bytes, /, *, is_plain: bool = False
    ) -> InteractionDraft:
        """Return the draft of one batch item, as `single` does; raises 413 as well, over 1 MiB.

        `is_plain`: the values of the text were looked at already, so that only its depth can be wrong.
        """
        if len(raw) > RECORD_BODY_BYTES:
            raise too_large(RECORD_BODY_BYTES)
        if not (is_plain and is_surely_shallow(raw)):
            check_json(raw)
        return self._draft(tenant_id, raw, headers)

    def _draft(self, tenant_id: str, raw: bytes, headers: RequestHeaders) -> InteractionDraft:
        body = _decode(raw)
        violations: list[Violation] = []
        resource_id = _resource_id(body.resource_id, violations)
        catalog = self._catalog.of(tenant_id)
        kind = _resolve(catalog.resource_types, "resourceType", body.resource_type, body.resource_type_id, violations)
        action = _resolve(catalog.actions, "action", body.action, body.action_id, violations)
        origin = _resolve(catalog.origins, "origin", body.origin, body.origin_id, violations)
        given_id = None if body.interaction_id is None else _interaction_id(body.interaction_id, violations)
        index = None if body.sequence_index is None else _int64(body.sequence_index, violations)
        recorded = _own_or_default(body, headers, violations)
        if violations or kind is None or action is None or origin is None:
            raise _refused(violations)
        interaction = Interaction(
            interaction_id=given_id or str(self._new_id()),
            interaction_number=0,
            resource_id=resource_id,
            resource_type_id=kind.id,
            action_id=action.id,
            origin_id=origin.id,
            resource_type=kind.mnemonic,
            action=action.mnemonic,
            origin=origin.mnemonic,
            interaction=body.interaction,
            external_reference=body.external_reference,
            external_response=body.external_response,
            uow_id=recorded.uow_id or recorded.trace_id or self._unit_of_work(given_id),
            user_id=recorded.user_id,
            created_date="",
            interaction_timestamp=recorded.interaction_timestamp,
            span_id=recorded.span_id,
            parent_span_id=recorded.parent_span_id,
            sequence_index=index,
        )
        return InteractionDraft(interaction, headers.traceparent, given_id is not None)

    def _unit_of_work(self, given_id: str | None) -> str:
        return generated_uow_id(given_id) if given_id else str(self._new_id())


def _refused(violations: list[Violation]) -> Unprocessable:
    """Return the 422; UnknownName when it rests on a mnemonic or id that the replica could know a moment later."""
    unknown = any(violation.type in (UNKNOWN_MNEMONIC, UNKNOWN_ID) for violation in violations)
    return (UnknownName if unknown else Unprocessable)(*violations)


_UOW_ID, _USER_ID = ("body", "uowId"), ("body", "userId")
_TIMESTAMP = ("body", "interactionTimestamp")
_SPAN_ID, _PARENT_SPAN_ID = ("body", "spanId"), ("body", "parentSpanId")
_NONE_OF_ITS_OWN = (None,) * 5


def _own_or_default(body: InteractionBody, headers: RequestHeaders, violations: list[Violation]) -> RequestHeaders:
    """Return the body's own values, else the headers'; the violations name the fields at fault."""
    own = (body.uow_id, body.user_id, body.interaction_timestamp, body.span_id, body.parent_span_id)
    if own == _NONE_OF_ITS_OWN:
        return headers
    return RequestHeaders(
        headers.uow_id if body.uow_id is None else printable(body.uow_id, _UOW_ID, violations),
        headers.user_id if body.user_id is None else printable(body.user_id, _USER_ID, violations),
        timestamp(body.interaction_timestamp, _TIMESTAMP, violations) or headers.interaction_timestamp,
        headers.span_id if body.span_id is None else printable(body.span_id, _SPAN_ID, violations),
        headers.parent_span_id
        if body.parent_span_id is None
        else printable(body.parent_span_id, _PARENT_SPAN_ID, violations),
        headers.traceparent,
        headers.trace_id,
    )


def _resource_id(value: str | None, violations: list[Violation]) -> str:
    if value is None:
        violations.append(Violation(("body", "resourceId"), "is required", "missing"))
        return ""
    if not 0 < len(value) <= MAX_RESOURCE_ID_LENGTH:
        message = f"1 to {MAX_RESOURCE_ID_LENGTH} characters are expected"
        violations.append(Violation(("body", "resourceId"), message, "string_length"))
    return value


def _resolve(
    index: KindIndex, field: str, mnemonic: str | None, item_id: str | None, violations: list[Violation]
) -> KnownItem | None:
    """Return the catalog's item that mnemonic and id, or one of them, name; None when a violation says why not."""
    if mnemonic is not None and item_id is None and (usual := index.usable.get(mnemonic)) is not None:
        return usual
    return _look_up(index, field, mnemonic, item_id, violations)


def _look_up(
    index: KindIndex, field: str, mnemonic: str | None, item_id: str | None, violations: list[Violation]
) -> KnownItem | None:
    if mnemonic is None and item_id is None:
        violations.append(Violation(("body", field), f"either {field} or {field}Id is required", "missing"))
        return None
    named = by_id = None
    if mnemonic is not None:
        named = index.by_mnemonic(mnemonic)
        if named is None:
            violations.append(_unknown_mnemonic(field, mnemonic, index.nearest(mnemonic)))
            return None
    if item_id is not None:
        by_id = index.by_id(item_id)
        if by_id is None:
            violations.append(_unknown_id(field, item_id))
            return None
    if named and by_id and named.id != by_id.id:
        message = f"{mnemonic!r} and {field}Id {item_id} are not the same {field}"
        violations.append(Violation(("body", field), message, "mismatch"))
        return None
    item = named or by_id
    if item is not None and item.archived:
        violations.append(
            Violation(("body", field), f"{item.mnemonic} is archived and takes no new records", "archived")
        )
        return None
    return item


def _unknown_mnemonic(field: str, mnemonic: str, nearest: list[str]) -> Violation:
    hint = f"; did you mean {', '.join(nearest)}?" if nearest else ""
    return Violation(("body", field), f"there is no {field} {mnemonic[:100]!r}{hint}", UNKNOWN_MNEMONIC)


def _unknown_id(field: str, item_id: str) -> Violation:
    loc = ("body", f"{field}Id")
    if not _UUID.fullmatch(item_id):
        return Violation(loc, f"{item_id[:40]!r} is not a UUID", "uuid_parsing")
    return Violation(loc, f"there is no {field} with the id {item_id}", UNKNOWN_ID)


def _interaction_id(value: str, violations: list[Violation]) -> str:
    if not _UUID.fullmatch(value):
        violations.append(Violation(("body", "interactionId"), f"{value[:40]!r} is not a UUID", "uuid_parsing"))
    return value.lower()


def _int64(value: int, violations: list[Violation]) -> int:
    if not _MIN_INT64 <= value <= _MAX_INT64:
        violations.append(Violation(("body", "sequenceIndex"), "the integer is beyond 64 bits", "number_out_of_range"))
    return value


def _decode(raw: bytes) -> InteractionBody:
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _what_is_wrong(load_object(raw), error) from None


def _what_is_wrong(value: dict[str, Any], error: Exception) -> ApiError:
    """Return the 422 for an object the decoder refused, naming every field of a wrong type."""
    violations = [
        Violation(("body", field), f"{expected} is expected, not {json_type(value[field])}", "type_error")
        for field, (types, expected) in _TYPES.items()
        if field in value and (not isinstance(value[field], types) or isinstance(value[field], bool))
    ]
    if not violations:
        return Unprocessable(Violation(("body",), str(error), "type_error"))
    return Unprocessable(*violations)


_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    field.encode_name: (
        ((int, type(None)), "an integer") if field.name == "sequence_index" else ((str, type(None)), "text")
    )
    for field in msgspec.structs.fields(InteractionBody)
    if field.name not in ("interaction", "external_response")
}
