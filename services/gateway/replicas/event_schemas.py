"""The tenants' event-type schemas as the reference topic has them, and the check of payloads against them.

Applying is idempotent and ordered by version, so re-reading the topic or a repeat changes nothing. A schema is compiled
once, when the first event of its type comes.
"""

from __future__ import annotations

import orjson

from libs.contracts.envelope import JSON_CONTENT_TYPE
from libs.contracts.events import is_json_type
from libs.contracts.reference import EVENT_TYPE_SCHEMA, EventTypeSchema, decode_data, decode_reference
from libs.event_schemas.expansion import SchemaRefused
from libs.event_schemas.validator import PayloadValidator, compile_schema
from libs.eventlog.port import StoredRecord
from libs.httpkit.errors import Loc, Unprocessable, Violation, unavailable

PAYLOAD_LOC: Loc = ("body", "payload")
_KEY_PREFIX = f"{EVENT_TYPE_SCHEMA}:"


class _KnownSchema:
    """An event type's latest schema, None of it when it is archived; `version` is the record's."""

    __slots__ = ("_validator", "data", "version")

    def __init__(self, version: int, data: EventTypeSchema | None) -> None:
        self.version = version
        self.data = data
        self._validator: PayloadValidator | None = None

    def validator_of(self, data: EventTypeSchema) -> PayloadValidator:
        """Return its schema, compiled; raises 503 when this release cannot read a schema that another one took."""
        if self._validator is None:
            try:
                self._validator = compile_schema(data.schema)[0]
            except SchemaRefused as refused:
                raise unavailable(f"the schema of {data.event_type} cannot be read: {refused.reason}") from None
        return self._validator


class EventSchemas:
    """Every tenant's schemas, fed record by record."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _KnownSchema] = {}

    def apply(self, record: StoredRecord) -> None:
        """Take one record of the reference topic; other kinds are of no concern. InvalidRecord when unreadable."""
        if record.value is None or record.key is None or not record.key.startswith(_KEY_PREFIX):
            return
        reference = decode_reference(record.value)
        key = (reference.tenant_id, reference.id)
        known = self._known.get(key)
        if known is None or known.version < reference.version:
            data = decode_data(reference, EventTypeSchema)
            self._known[key] = _KnownSchema(reference.version, None if reference.archived else data)

    def validate(
        self,
        tenant_id: str,
        event_type: str,
        payload: bytes,
        *,
        content_type: str = JSON_CONTENT_TYPE,
        loc: Loc = PAYLOAD_LOC,
    ) -> str | None:
        """Return the `dataschema` of the schema a payload was checked against; None when its event type has none.

        Raises 422 naming each violation under `loc`, 503 when the schema cannot be read.
        """
        known = self._known.get((tenant_id, event_type))
        if known is None or known.data is None:
            return None
        validator = known.validator_of(known.data)
        if not is_json_type(content_type):
            raise Unprocessable(Violation(loc, f"{event_type} has a schema: JSON is expected", "schema_content_type"))
        if not validator.fits_bounds(len(payload)):
            raise Unprocessable(
                Violation(loc, f"too large to be checked against the schema of {event_type}", "schema_size")
            )
        if problems := validator.problems(orjson.loads(payload)):
            violations = (Violation((*loc, *one.path), one.message, f"schema_{one.keyword}") for one in problems)
            raise Unprocessable(*violations)
        return known.data.dataschema
