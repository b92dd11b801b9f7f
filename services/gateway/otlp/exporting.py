"""Exports of OTLP into the log: records translated and appended piece by piece, the refused ones counted.

The whole request is taken apart before anything is appended, so one that cannot be read leaves nothing behind. An
append that fails ends it with 503: its sender tries again, and the spans appended before are the same events then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import msgspec
import orjson
from google.protobuf.message import Message
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from libs.contracts.events import Event
from libs.eventlog.port import Appended
from libs.httpkit.errors import Unprocessable, unavailable
from libs.httpkit.limits import BULK_BODY_BYTES, RECORD_BODY_BYTES
from services.gateway.otlp.appending import Append
from services.gateway.otlp.model import EventTools, RecordContext, Source, source_of
from services.gateway.otlp.pieces import Encoded, Encoding, NodeCount, ResourceGroup, ScopeGroup
from services.gateway.otlp.signals import Signal
from services.gateway.otlp.values import RecordRefused, encode, scope_of
from services.gateway.recording.positions import NextOffsets, advance
from services.gateway.replicas.event_schemas import Allowance

M = TypeVar("M", bound=Message)
MAX_EVENTS_BYTES: Final = 4 * BULK_BODY_BYTES
"""The size of one request's events together: each repeats its resource, so they may be larger than the body."""
RETRY_AFTER_S: Final = 2
_TURN_RECORDS = 50
_TURN_BYTES = 128 * 1024
_APPEND_RECORDS = 500
_APPEND_BYTES = 2 * 1024 * 1024
_REASONS_NAMED = 5


class Decode(Protocol):
    """Decodes the messages of one request; raises RecordRefused."""

    def __call__(self, kind: type[M], raw: Encoded, /) -> M: ...


@dataclass(slots=True)
class ExportOutcome:
    """The outcome of a request: records appended and the position after them, records refused and the reasons."""

    appended: int = 0
    rejected: int = 0
    reasons: list[str] = field(default_factory=list)
    reached: NextOffsets = field(default_factory=dict)

    def refuse(self, place: str, why: str) -> None:
        """Count a refused record; the first few are named with their reasons."""
        self.rejected += 1
        if len(self.reasons) < _REASONS_NAMED:
            self.reasons.append(f"{place}: {why}")

    @property
    def message(self) -> str:
        """The reasons as one text."""
        more = self.rejected - len(self.reasons)
        return "; ".join(self.reasons) + (f"; and {more} more" if more else "")


async def export(
    signal: Signal[Any], encoding: Encoding, body: bytes, tenant_id: str, append: Append, tools: EventTools
) -> ExportOutcome:
    """Make events of a request's records and append them. Raises 400, 413, and 503 when the log does not take them."""
    groups = []
    async for group in encoding.groups(body, signal):
        groups.append(group)
        await asyncio.sleep(0)
    outcome, allowance = ExportOutcome(), Allowance()
    batch: list[Event] = []
    batch_bytes = all_bytes = seen = seen_bytes = 0
    decode = partial(_decode, encoding, NodeCount())
    for place, size_bytes, translated in _judged(signal, decode, groups, tenant_id, tools):
        seen += 1
        seen_bytes += size_bytes
        if seen >= _TURN_RECORDS or seen_bytes >= _TURN_BYTES:
            seen = seen_bytes = 0
            await asyncio.sleep(0)
        made = await _checked(translated, tools, allowance)
        if isinstance(made, RecordRefused):
            outcome.refuse(place, str(made))
            continue
        all_bytes += len(made.data)
        if all_bytes > MAX_EVENTS_BYTES:
            outcome.refuse(place, f"the events of one request may come to {MAX_EVENTS_BYTES} bytes; send fewer")
            continue
        batch.append(made)
        batch_bytes += len(made.data)
        if len(batch) == _APPEND_RECORDS or batch_bytes >= _APPEND_BYTES:
            await _append(batch, append, outcome)
            batch, batch_bytes = [], 0
    if batch:
        await _append(batch, append, outcome)
    return outcome


def _judged(
    signal: Signal[Any], decode: Decode, groups: Sequence[ResourceGroup], tenant_id: str, tools: EventTools
) -> Iterator[tuple[str, int, Event | RecordRefused]]:
    """Yield each record's place, its size in bytes, and its event or refusal."""
    for group in groups:
        source = _source(decode, group)
        for scope in group.scopes:
            context = _context(decode, scope, source, tenant_id)
            for index, raw in enumerate(scope.records):
                place = f"{signal.noun} {scope.place}[{index}]"
                yield place, len(raw), _event(signal, decode, raw, context, tools)


def _source(decode: Decode, group: ResourceGroup) -> Source | RecordRefused:
    try:
        return source_of(decode(Resource, group.resource))
    except RecordRefused as refused:
        return RecordRefused(f"its resource: {refused}")


def _context(
    decode: Decode, scope: ScopeGroup, source: Source | RecordRefused, tenant_id: str
) -> RecordContext | RecordRefused:
    if isinstance(source, RecordRefused):
        return source
    try:
        schema_url = scope.schema_url
        if isinstance(schema_url, RecordRefused):
            raise schema_url
        scope_json = scope_of(decode(InstrumentationScope, scope.scope), schema_url)
        return RecordContext(tenant_id, source, orjson.Fragment(encode(scope_json)))
    except RecordRefused as refused:
        return RecordRefused(f"its scope: {refused}")


def _event(
    signal: Signal[Any], decode: Decode, raw: Encoded, context: RecordContext | RecordRefused, tools: EventTools
) -> Event | RecordRefused:
    if isinstance(context, RecordRefused):
        return context
    try:
        event: Event = signal.event(decode(signal.record_type, raw), context, tools)
    except RecordRefused as refused:
        return refused
    return event


async def _checked(event: Event | RecordRefused, tools: EventTools, allowance: Allowance) -> Event | RecordRefused:
    """Return the event with the schema that its payload fits, where its type has one."""
    if isinstance(event, RecordRefused):
        return event
    schema = tools.find_schema(event.tenant_id, event.type)
    if schema is None:
        return event
    try:
        dataschema = await schema.check(event.data, allowance)
    except Unprocessable as refused:
        return RecordRefused("; ".join(map(str, refused.violations)) or refused.detail)
    return msgspec.structs.replace(event, dataschema=dataschema)


def _decode(encoding: Encoding, nodes: NodeCount, kind: type[M], raw: Encoded) -> M:
    """Decode the message; RecordRefused before that when it is too large, for it may grow many times in decoding."""
    if len(raw) > RECORD_BODY_BYTES:
        raise RecordRefused(f"it is {len(raw)} bytes, more than {RECORD_BODY_BYTES}")
    return encoding.decode(kind, raw, nodes)


async def _append(events: Sequence[Event], append: Append, outcome: ExportOutcome) -> None:
    places = [result for result in await append(events) if isinstance(result, Appended)]
    if len(places) < len(events):
        raise unavailable("the log did not take all of it; send the same request again", RETRY_AFTER_S)
    advance(outcome.reached, places)
    outcome.appended += len(events)
