"""The tenants' event-type schemas as the reference topic has them, and the check of payloads against them.

Applying is idempotent and ordered by version, so re-reading the topic or a repeat changes nothing. A schema is compiled
once, when the first event of its type comes. A check that may cost more than a few milliseconds runs in a process
apart; what a request's checks may cost together is bounded as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import orjson

from libs.contracts.reference import EVENT_TYPE_SCHEMA, EventTypeSchema, decode_data, decode_reference
from libs.event_schemas.apart import ChecksApart, ChecksBusy, CheckTooLong, SchemaUnreadable
from libs.event_schemas.expansion import SchemaRefused, expand
from libs.event_schemas.validator import PayloadValidator, Problem, compile_schema
from libs.event_schemas.worker import CPU_LIMIT_S
from libs.eventlog.port import StoredRecord
from libs.httpkit.errors import ApiError, Loc, Unprocessable, Violation, unavailable
from services.gateway.numbering.gate import RETRY_AFTER_S

PAYLOAD_LOC: Loc = ("body", "payload")
_KEY_PREFIX = f"{EVENT_TYPE_SCHEMA}:"
HERE_S: Final = 0.25
APART_S: Final = 2.0


class Allowance:
    """The seconds that the checks of one request may still take, in this process and apart."""

    __slots__ = ("apart_s", "here_s")

    def __init__(self) -> None:
        self.here_s = HERE_S
        self.apart_s = APART_S


class PayloadCheck(Protocol):
    """The schema that payloads of an event type are checked against."""

    async def check(self, payload: bytes, allowance: Allowance) -> str:
        """Return the `dataschema` that a payload, the text of a JSON object, fits.

        Raises 422 naming each violation, or because the check takes too long; 503 when other checks have to be waited
        for, or the schema cannot be read.
        """
        ...


FindSchema = Callable[[str, str], PayloadCheck | None]
"""Tenant and event type → the check of its payloads; None when it has no schema."""


def no_schemas(_tenant_id: str, _event_type: str) -> None:
    """Check nothing: the `FindSchema` of a gateway without schemas."""


class KnownSchema:
    """An event type's latest schema."""

    __slots__ = ("_apart", "_data", "_is_read", "_tenant_id", "_text", "_validator")

    def __init__(self, tenant_id: str, data: EventTypeSchema, apart: ChecksApart) -> None:
        self._tenant_id = tenant_id
        self._data = data
        self._apart = apart
        self._text: bytes | None = None
        self._is_read = False
        self._validator: PayloadValidator | None = None

    async def check(self, payload: bytes, allowance: Allowance) -> str:
        problems = self._quickly(payload, allowance)
        if problems is None:
            problems = await self._slowly(payload, allowance)
        if problems:
            raise Unprocessable(
                *(Violation((*PAYLOAD_LOC, *one.path), one.message, f"schema_{one.keyword}") for one in problems)
            )
        return self._data.dataschema

    def _quickly(self, payload: bytes, allowance: Allowance) -> Sequence[Problem] | None:
        """Return what is wrong with a payload; None when finding out would take too long here."""
        validator = self._compiled()
        if validator is None or allowance.here_s <= 0 or not validator.is_quick(payload):
            return None
        began_s = time.perf_counter()
        value = orjson.loads(payload)
        if validator.is_valid(value):
            problems: Sequence[Problem] | None = ()
        else:
            problems = validator.problems(value) if validator.has_few_problems(payload) else None
        allowance.here_s -= time.perf_counter() - began_s
        return problems

    async def _slowly(self, payload: bytes, allowance: Allowance) -> Sequence[Problem]:
        if allowance.apart_s <= 0:
            raise _too_long(
                f"the costly checks of one request take more than {APART_S:g} s; send fewer events at a time"
            )
        if self._text is None:
            self._text = orjson.dumps(self._data.schema)
        try:
            problems, took_s = await self._apart.problems(self._tenant_id, self._text, payload)
        except CheckTooLong:
            allowance.apart_s -= CPU_LIMIT_S
            where = f"the check against the schema of {self._data.event_type}"
            raise _too_long(f"{where} takes more than {CPU_LIMIT_S:g} s, or too much memory") from None
        except ChecksBusy:
            raise unavailable("other checks against schemas have to be waited for; try again", RETRY_AFTER_S) from None
        except SchemaUnreadable:
            raise self._unreadable("it is not taken") from None
        allowance.apart_s -= took_s
        return problems

    def _compiled(self) -> PayloadValidator | None:
        """Return the schema, compiled; None when that would cost too much, as what an earlier release took may.

        What such a schema defines and does not apply costs nothing. Raises 503 when this release cannot read a schema
        that another one took.
        """
        if not self._is_read:
            try:
                if expand(self._data.schema, bounded=False).is_within_bounds:
                    self._validator = compile_schema(self._data.schema, bounded=False)[0]
            except SchemaRefused as refused:
                raise self._unreadable(refused.reason) from None
            self._is_read = True
        return self._validator

    def _unreadable(self, why: str) -> ApiError:
        return unavailable(f"the schema of {self._data.event_type} cannot be read: {why}")


def _too_long(reason: str) -> Unprocessable:
    return Unprocessable(Violation(PAYLOAD_LOC, reason, "schema_time"))


class EventSchemas:
    """Every tenant's schemas, fed record by record."""

    def __init__(self, apart: ChecksApart) -> None:
        self._apart = apart
        self._known: dict[tuple[str, str], tuple[int, KnownSchema | None]] = {}

    def apply(self, record: StoredRecord) -> None:
        """Take one record of the reference topic; other kinds are of no concern. InvalidRecord when unreadable."""
        if record.value is None or record.key is None or not record.key.startswith(_KEY_PREFIX):
            return
        reference = decode_reference(record.value)
        key = (reference.tenant_id, reference.id)
        known = self._known.get(key)
        if known is None or known[0] < reference.version:
            data = decode_data(reference, EventTypeSchema)
            schema = None if reference.archived else KnownSchema(reference.tenant_id, data, self._apart)
            self._known[key] = (reference.version, schema)

    def find(self, tenant_id: str, event_type: str) -> KnownSchema | None:
        """Return the schema that payloads of an event type are checked against; None when it has none."""
        known = self._known.get((tenant_id, event_type))
        return None if known is None else known[1]
