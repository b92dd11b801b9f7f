"""Compares events with the waits of sessions, and makes the record of a match: the first event that fits a wait.

An event is compared when it comes with the waits that are open, a wait when it opens with the events that are kept; so
the order in which the two are read does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import orjson

from libs.contracts.errors import InvalidRecord
from libs.contracts.workflow_sessions import EventMatched, value_of
from libs.eventlog.port import Record
from libs.records.events import decode_event
from libs.records.render import shown_event
from services.workflows.matching.recent import RecentEvent, RecentEvents
from services.workflows.matching.waits import OpenWait, OpenWaits
from services.workflows.sessions.records import session_record
from services.workflows.task_types.model import TaskFailed
from services.workflows.task_types.tools import Expressions

_EVENT: Final = "event"
_INPUT: Final = "input"


class Matching:
    """Open waits and recent events; whoever compares does those of one tenant one after the other.

    So the first event that fits wins.
    """

    def __init__(self, waits: OpenWaits, recent: RecentEvents, expressions: Expressions) -> None:
        self.waits = waits
        self.recent = recent
        self._expressions = expressions

    async def with_waits(self, event: RecentEvent, now_ms: int) -> list[Record]:
        """Keep an event, and return its matches with open waits: one for each session at most."""
        self.recent.add(event)
        found = [await self._match(wait, event, now_ms) for wait in self.waits.of(event.key)]
        return [record for record in found if record is not None]

    async def with_events(self, waits: Iterable[OpenWait], now_ms: int) -> list[Record]:
        """Return the matches of open waits with the events that are kept."""
        found = [await self._first_match(wait, now_ms) for wait in waits]
        return [record for record in found if record is not None]

    async def _first_match(self, wait: OpenWait, now_ms: int) -> Record | None:
        for event in self.recent.of(wait.type_key):
            if (record := await self._match(wait, event, now_ms)) is not None:
                return record
        return None

    async def _match(self, wait: OpenWait, event: RecentEvent, now_ms: int) -> Record | None:
        if not wait.may_take(event):
            return None
        shown = _shown(event)
        # The wait may be over by the time that its condition was looked at.
        if shown is None or not await self._holds(wait, shown) or not wait.may_take(event):
            return None
        wait.offer(event.id)
        session = wait.session
        matched = EventMatched(
            session_id=session.session_id,
            at=now_ms,
            task=wait.task.task,
            item=wait.task.item,
            round=session.round,
            attempt=wait.attempt,
            event_id=event.id,
            event=msgspec.Raw(shown),
        )
        return session_record(session.tenant_id, session.key, session.uow_id, matched)

    async def _holds(self, wait: OpenWait, shown: bytes) -> bool:
        """Return whether the wait's condition is true of an event; one that cannot be evaluated is not."""
        where = wait.event.where
        if where is None:
            return True
        values: dict[str, Any] = {_EVENT: orjson.loads(shown), _INPUT: value_of(wait.event.input) or {}}
        try:
            return await self._expressions.evaluate(where, values) is True
        except TaskFailed:
            return False


def _shown(event: RecentEvent) -> bytes | None:
    """Return an event's JSON as a viewer is shown it; None for one that no model takes."""
    try:
        return orjson.dumps(shown_event(decode_event(event.record), to_admin=False))
    except InvalidRecord:
        return None
