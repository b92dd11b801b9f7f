"""What every route with events does with its drafts: check schemas, fill in, append, and say where they lie.

An event is accepted once the log has acknowledged it. What waits for that is bounded in events; beyond it is 503.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec
import uuid_utils

from libs.contracts.events import Event, as_payload
from libs.contracts.topics import EVENTS
from libs.eventlog.port import Appended, AppendOutcome, EventLog
from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.idempotency import in_flight, other_body
from libs.httpkit.positions import encode_position
from libs.telemetry.metrics import GATEWAY_APPEND_DURATION_SECONDS, GATEWAY_RECORDS_APPENDED
from services.gateway.events.model import EventDraft, Origin, to_event, to_record
from services.gateway.events.receipts import EventReceipts
from services.gateway.gate import RETRY_AFTER_S
from services.gateway.numbers import NumbersUnavailable

Validate = Callable[[str, str, bytes], str | None]
"""Tenant, event type and payload (JSON text) → the `dataschema` it fits, None without one; raises 422 with places."""
_appended = GATEWAY_RECORDS_APPENDED.labels(EVENTS.name)


class Taken(msgspec.Struct, frozen=True, gc=False):
    """An event the log has: its id, and where it lies."""

    id: str
    position: Appended


Outcome = Taken | ApiError


def no_schemas(_tenant_id: str, _event_type: str, _payload: bytes) -> str | None:
    """The `Validate` of a gateway that knows no schemas."""
    return None


class EventDesk:
    """One per process. `now_ms` is the clock, `new_id` makes ids, `waiting_events` bounds what waits for the log."""

    def __init__(
        self,
        log: EventLog,
        log_id: str,
        receipts: EventReceipts,
        *,
        waiting_events: int,
        validate: Validate = no_schemas,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        new_id: Callable[[], object] = uuid_utils.uuid7,
    ) -> None:
        self._log = log
        self._log_id = log_id
        self._receipts = receipts
        self._limit = waiting_events
        self._validate = validate
        self.now_ms = now_ms
        self._new_id = new_id
        self._waiting = 0
        self._claimed: set[tuple[str, str]] = set()

    def checked(self, tenant_id: str, draft: EventDraft) -> EventDraft:
        """The draft with the schema its payload fits, where its type has one; raises 422 where it does not."""
        schema = self._validate(tenant_id, draft.type, as_payload(draft.data, draft.content_type))
        return draft if schema is None else msgspec.structs.replace(draft, dataschema=schema)

    async def record(self, origin: Origin, drafts: Sequence[tuple[int, EventDraft]], body_hash: bytes) -> list[Outcome]:
        """What became of each draft, given with its number in the request, in order.

        Raises 409 and 422 for the Idempotency-Key, 503 when there is no room or no receipt can be kept.
        """
        with self._room(len(drafts)):
            if origin.idempotency_key is None:
                return await self._append(origin, drafts)
            with self._claim(origin.tenant_id, origin.idempotency_key):
                return await self._append(await self._kept(origin, body_hash), drafts)

    def position(self, outcomes: Iterable[Outcome]) -> bytes | None:
        """The value of `Waymark-Position` for what was taken."""
        offsets: dict[tuple[str, int], int] = {}
        for one in outcomes:
            if isinstance(one, Taken):
                place = one.position.topic, one.position.partition
                offsets[place] = max(offsets.get(place, 0), one.position.offset + 1)
        return encode_position(self._log_id, offsets).encode() if offsets else None

    async def _kept(self, origin: Origin, body_hash: bytes) -> Origin:
        try:
            kept, first_hash = await self._receipts.keep(origin, body_hash)
        except NumbersUnavailable:
            raise unavailable("the Idempotency-Key cannot be looked up now; try again", RETRY_AFTER_S) from None
        if first_hash != body_hash:
            raise other_body()
        return kept

    async def _append(self, origin: Origin, drafts: Sequence[tuple[int, EventDraft]]) -> list[Outcome]:
        """Append each id once: a later draft with the id of an earlier one shares its outcome."""
        events = [to_event(draft, origin, index, self._new_id) for index, draft in drafts]
        firsts: dict[str, Event] = {}
        for event in events:
            firsts.setdefault(event.id, event)
        started_s = time.perf_counter()
        found = await self._log.append([to_record(event, origin.accepted_ms) for event in firsts.values()])
        GATEWAY_APPEND_DURATION_SECONDS.observe(time.perf_counter() - started_s)
        outcomes = {event_id: _outcome(event_id, one) for event_id, one in zip(firsts, found, strict=True)}
        _appended.inc(sum(isinstance(one, Taken) for one in outcomes.values()))
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

    @contextmanager
    def _claim(self, tenant_id: str, key: str) -> Iterator[None]:
        claim = (tenant_id, key)
        if claim in self._claimed:
            raise in_flight()
        self._claimed.add(claim)
        try:
            yield
        finally:
            self._claimed.discard(claim)


def _outcome(event_id: str, one: AppendOutcome) -> Outcome:
    if isinstance(one, Appended):
        return Taken(event_id, one)
    return unavailable("the log did not acknowledge the event; try again", RETRY_AFTER_S)
