"""Records what sessions of workflows leave: interactions of attempts and sessions, and the bodies that tasks ask for.

All of it goes through the gateway's own recorders, under ids of its own, so that recording again changes nothing. What
they cannot take now raises NotTakenNow; what they refuse is the answer to the task that asked.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from libs.contracts.times import format_ms
from libs.contracts.topics import WORKFLOW_SESSIONS
from libs.contracts.workflow_sessions import Posted, Posting, TaskError, encode_session_record
from libs.eventlog.errors import LogUnavailable
from libs.eventlog.port import Record
from libs.httpkit.errors import ApiError
from libs.httpkit.request_headers import NO_HEADERS
from services.gateway.events.model import RequestContext
from services.gateway.events.recorder import EventRecorder
from services.gateway.events.validation import own_draft
from services.gateway.interactions.recorder import Recorder, Sent
from services.gateway.model import InteractionDraft
from services.gateway.recording.judging import UnknownName
from services.gateway.workflow_tasks.interactions import interaction_of
from services.gateway.workflow_tasks.model import Ended, RequestedPosting

T = TypeVar("T")
_AT_ONCE: Final = 500
_MAY_PASS: Final = frozenset((409, 429))
_SERVER_ERROR: Final = 500


class NotTakenNow(LogUnavailable):
    """The gateway does not take a record now; the same one may be taken later."""


Pause: TypeAlias = Callable[[], Awaitable[None]]
"""Called after each part of the work, which may take long altogether."""


class TaskRecorder:
    """Records through the recorders of one gateway."""

    def __init__(self, interactions: Recorder, events: EventRecorder) -> None:
        self._interactions = interactions
        self._events = events

    async def record(self, ended: Sequence[tuple[str, Ended]], pause: Pause) -> None:
        """Record interactions, given with their tenants. Raises NotTakenNow.

        One that its tenant's catalog refuses for good is counted as refused, and passed over.
        """
        for part in _parts(ended):
            texts: dict[str, list[bytes]] = defaultdict(list)
            for tenant_id, one in part:
                texts[tenant_id].append(interaction_of(one))
            await _all(self._record(tenant_id, bodies) for tenant_id, bodies in texts.items())
            await pause()

    async def post(self, requests: Sequence[RequestedPosting], pause: Pause) -> list[Record]:
        """Record the bodies that tasks ask for, and return the answers. Raises NotTakenNow."""
        answers: list[Record] = []
        for part in _parts(requests):
            answers += await _all(self._answer(one) for one in part)
            await pause()
        return answers

    async def _record(self, tenant_id: str, bodies: Sequence[bytes]) -> None:
        try:
            judged = await self._interactions.drafts(tenant_id, bodies, NO_HEADERS)
            if unknown := next((one for one in judged if isinstance(one, UnknownName)), None):
                raise NotTakenNow(f"the catalog of {tenant_id} lacks an item: {unknown.violations[0]}")
            drafts = [one for one in judged if isinstance(one, InteractionDraft)]
            sent = Sent(sum(map(len, bodies)), None, None)
            for outcome in await self._interactions.record(tenant_id, drafts, sent) if drafts else ():
                _check(outcome)
        except ApiError as refused:
            raise NotTakenNow(refused.detail) from refused

    async def _answer(self, wanted: RequestedPosting) -> Record:
        posting = wanted.wait.posting
        assert posting is not None
        try:
            await (
                self._post_event(wanted, posting)
                if posting.kind == "event"
                else self._post_interaction(wanted, posting)
            )
            error = None
        except ApiError as refused:
            error = _task_error(refused)
        now_ms = self._events.now_ms()
        posted = Posted(
            session_id=wanted.session.session_id,
            at=now_ms,
            task=wanted.wait.task,
            item=wanted.wait.item,
            key=posting.key,
            error=error,
        )
        encoded = encode_session_record(wanted.tenant_id, wanted.session.record_key, wanted.session.uow_id, posted)
        return Record(WORKFLOW_SESSIONS.name, *encoded, now_ms)

    async def _post_event(self, wanted: RequestedPosting, posting: Posting) -> None:
        """Record an event. Its own time is the moment of asking where it has none, so that a repeat is identical."""
        draft = own_draft(bytes(posting.body))
        draft = await self._events.check_one(wanted.tenant_id, draft)
        draft = msgspec.structs.replace(draft, id=posting.key, occurred_at=draft.occurred_at or format_ms(wanted.at_ms))
        session = wanted.session
        context = RequestContext(
            tenant_id=wanted.tenant_id,
            actor_id=session.started_by.id,
            actor_type=session.started_by.type,
            accepted_ms=self._events.now_ms(),
            correlation_id=session.uow_id,
            traceparent=session.traceparent,
        )
        (outcome,) = await self._events.record(context, ((0, draft),), b"")
        _check(outcome)

    async def _post_interaction(self, wanted: RequestedPosting, posting: Posting) -> None:
        draft = await self._interactions.draft(wanted.tenant_id, bytes(posting.body), NO_HEADERS)
        draft.interaction.interaction_id = posting.key
        draft.client_given = True
        (outcome,) = await self._interactions.record(wanted.tenant_id, (draft,), Sent(len(posting.body), None, None))
        _check(outcome)


async def _all(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return the results once all of the work has ended. Raises the first failure."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    if failure := next((one for one in ended if isinstance(one, BaseException)), None):
        raise failure
    return [one for one in ended if not isinstance(one, BaseException)]


def _check(outcome: object) -> None:
    if isinstance(outcome, ApiError):
        raise outcome


def _task_error(refused: ApiError) -> TaskError:
    """Return a refusal as the error of the task. Raises NotTakenNow for one that passes by itself."""
    if refused.status in _MAY_PASS or refused.status >= _SERVER_ERROR:
        raise NotTakenNow(refused.detail) from refused
    found: list[dict[str, Any]] = [{"loc": one.loc, "msg": one.msg, "type": one.type} for one in refused.violations]
    return TaskError(
        code=refused.code,
        message="; ".join(map(str, refused.violations)) or refused.detail,
        detail=msgspec.Raw(msgspec.json.encode(found)) if found else msgspec.UNSET,
    )


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
