"""Drafts of events into the log: checked against the catalog and their schemas, filled in, appended.

An event is accepted once the log has acknowledged it. At most `waiting_events` wait for that; beyond them is 503.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import msgspec
import uuid_utils

from libs.contracts.events import Event, as_payload
from libs.contracts.resource_types import unknown_type_text
from libs.contracts.times import current_ms
from libs.contracts.topics import EVENTS
from libs.eventlog.port import Appended, AppendOutcome, EventLog
from libs.httpkit.errors import ApiError, Loc, Violation, unavailable
from libs.httpkit.idempotency import KeyReused
from libs.telemetry.metrics import (
    GATEWAY_APPEND_DURATION_SECONDS,
    GATEWAY_RECORDS_APPENDED,
    GATEWAY_RECORDS_REFUSED,
)
from services.gateway.events.model import EventDraft, RequestContext, to_event, to_record
from services.gateway.events.receipts import EventReceipts
from services.gateway.numbering.gate import RETRY_AFTER_S
from services.gateway.numbering.numbers import NumbersUnavailable
from services.gateway.recording.judging import CatchUp, Judge, UnknownName, judge_items, judge_one, without_frames
from services.gateway.recording.keys_in_flight import KeysInFlight
from services.gateway.recording.positions import WritePositions
from services.gateway.replicas.event_schemas import HERE_S, Allowance, FindSchema, no_schemas
from services.gateway.wire.arrays import Text

FindType = Callable[[str, str], str | None]
"""Tenant and resource type → the type as events have it; None when it is none."""
_TURN_S = 0.005
_appended = GATEWAY_RECORDS_APPENDED.labels(EVENTS.name)


class AcceptedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event in the log: its id and its place."""

    id: str
    at: Appended


EventOutcome = AcceptedEvent | ApiError


def any_type(_tenant_id: str, resource_type: str) -> str:
    """Return the `FindType` of a gateway that knows no catalog."""
    return resource_type


async def nothing_to_catch_up() -> None:
    """The `CatchUp` of a gateway that knows no catalog."""


class UnknownResourceType(UnknownName):
    """no list would find an event of such a resource"""

    def __init__(self, resource_type: str, loc: Loc) -> None:
        super().__init__(Violation(loc, unknown_type_text(resource_type), "enum"))


class EventRecorder:
    """One per process. `now_ms` is the clock, `new_id` makes ids. At most `waiting_events` wait for the log.

    `catch_up` brings the catalog's replica to its end, or raises 503.
    """

    def __init__(
        self,
        log: EventLog,
        positions: WritePositions,
        receipts: EventReceipts,
        *,
        waiting_events: int,
        find_schema: FindSchema = no_schemas,
        find_type: FindType = any_type,
        catch_up: CatchUp = nothing_to_catch_up,
        now_ms: Callable[[], int] = current_ms,
        new_id: Callable[[], object] = uuid_utils.uuid7,
    ) -> None:
        self._log = log
        self.positions = positions
        self._receipts = receipts
        self._limit = waiting_events
        self._find_schema = find_schema
        self._find_type = find_type
        self._catch_up = catch_up
        self.now_ms = now_ms
        self._new_id = new_id
        self._waiting = 0
        self._keys = KeysInFlight()

    async def check_one(self, tenant_id: str, draft: EventDraft) -> EventDraft:
        """Check a draft by the catalog as it is now: a resource type made a moment ago is known."""
        known = await judge_one(partial(self.with_type, tenant_id, draft), self._catch_up)
        return await self._with_schema(tenant_id, known, Allowance())

    async def check_many(
        self, tenant_id: str, texts: Sequence[Text], read: Judge[EventDraft]
    ) -> list[EventDraft | ApiError]:
        """Make the checked draft of each of several events, or say why it is refused."""

        def judge(text: bytes, *, is_plain: bool = False) -> EventDraft:
            return self.with_type(tenant_id, read(text, is_plain=is_plain))

        judged = await judge_items(texts, judge, self._catch_up)
        allowance, turn_s = Allowance(), HERE_S
        for index, one in enumerate(judged):
            if not isinstance(one, ApiError):
                judged[index] = await self._fitting(tenant_id, one, allowance)
                if turn_s - allowance.here_s > _TURN_S:
                    turn_s = allowance.here_s
                    await asyncio.sleep(0)
        return judged

    def with_type(self, tenant_id: str, draft: EventDraft) -> EventDraft:
        """Return the draft with its resource type in the catalog's spelling; raises UnknownResourceType."""
        resource_type = self._find_type(tenant_id, draft.resource_type)
        if resource_type is None:
            raise UnknownResourceType(draft.resource_type, draft.resource_type_loc)
        if resource_type == draft.resource_type:
            return draft
        return msgspec.structs.replace(draft, resource_type=resource_type)

    async def _fitting(self, tenant_id: str, draft: EventDraft, allowance: Allowance) -> EventDraft | ApiError:
        try:
            return await self._with_schema(tenant_id, draft, allowance)
        except ApiError as refused:
            GATEWAY_RECORDS_REFUSED.labels(refused.code).inc()
            return without_frames(refused)

    async def _with_schema(self, tenant_id: str, draft: EventDraft, allowance: Allowance) -> EventDraft:
        """Return the draft with the schema of its type, if any; raises 422 for a payload that does not fit, and 503.

        The schema that a CloudEvent names is kept among its sender's attributes.
        """
        schema = self._find_schema(tenant_id, draft.type)
        if schema is None:
            return draft
        dataschema = await schema.check(as_payload(draft.data, draft.content_type, draft.sender), allowance)
        sender = draft.sender
        if sender is not None and draft.dataschema is not None:
            sender = msgspec.structs.replace(sender, dataschema=draft.dataschema)
        return msgspec.structs.replace(draft, dataschema=dataschema, sender=sender)

    async def record(
        self, context: RequestContext, drafts: Sequence[tuple[int, EventDraft]], body_hash: bytes
    ) -> list[EventOutcome]:
        """Append the drafts, each given with its number in the request, and return the outcome of each.

        Raises 409 and 422 for the Idempotency-Key, 503 when there is no room or no receipt can be kept.
        """
        with self._room(len(drafts)):
            if context.idempotency_key is None:
                return await self._append(context, drafts)
            with self._keys.hold(context.tenant_id, context.idempotency_key):
                return await self._append(await self._kept(context, body_hash), drafts)

    async def _kept(self, context: RequestContext, body_hash: bytes) -> RequestContext:
        try:
            kept, first_hash = await self._receipts.keep(context, body_hash)
        except NumbersUnavailable:
            raise unavailable("the Idempotency-Key cannot be looked up now; try again", RETRY_AFTER_S) from None
        if first_hash != body_hash:
            raise KeyReused
        return kept

    async def _append(self, context: RequestContext, drafts: Sequence[tuple[int, EventDraft]]) -> list[EventOutcome]:
        """Append each id once: a later draft with the id of an earlier one shares its outcome."""
        events = [to_event(draft, context, index, self._new_id) for index, draft in drafts]
        firsts: dict[str, Event] = {}
        for event in events:
            firsts.setdefault(event.id, event)
        started_s = time.perf_counter()
        appended = await self._log.append([to_record(event, context.accepted_ms) for event in firsts.values()])
        GATEWAY_APPEND_DURATION_SECONDS.observe(time.perf_counter() - started_s)
        outcomes = {event_id: _outcome(event_id, one) for event_id, one in zip(firsts, appended, strict=True)}
        _appended.inc(sum(isinstance(one, AcceptedEvent) for one in outcomes.values()))
        return [outcomes[event.id] for event in events]

    @contextmanager
    def _room(self, count: int) -> Iterator[None]:
        if self._waiting and self._waiting + count > self._limit:
            raise unavailable("more events are waiting than this gateway can take; slow down", RETRY_AFTER_S)
        self._waiting += count
        try:
            yield
        finally:
            self._waiting -= count


def _outcome(event_id: str, one: AppendOutcome) -> EventOutcome:
    if isinstance(one, Appended):
        return AcceptedEvent(event_id, one)
    return unavailable("the log did not acknowledge the event; try again", RETRY_AFTER_S)
