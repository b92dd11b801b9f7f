"""One session as it happens: a snapshot, then every task and the session itself as they change, then the end.

Inputs and outputs, which may be large, go out with the snapshot, their task and the end, not with each change. What
changed at once goes out together, and the last of it has the id: whoever resumes with the id of the newest state
gets nothing twice, with any other id the session as it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any, Final

import anyio
import orjson
from sse_starlette import ServerSentEvent

from libs.httpkit.errors import unavailable
from libs.service.sse import StillAllowed, event_id, read_event_id
from services.workflows.definitions.versions import Versions
from services.workflows.engine.session import SessionState
from services.workflows.running.following import Following
from services.workflows.running.waiters import Follower
from services.workflows.sessions.render import Shape, session_alone, session_content, session_facts, task_content
from services.workflows.sessions.shapes import shape_for
from services.workflows.sessions.state import changed_tasks

MOST_OF_TENANT: Final = 500
RETRY_AFTER_S: Final = 5
_TURN_S: Final = 0.5


class SessionStreams:
    """The streams of one process, at most 500 of them a tenant's."""

    def __init__(self, log_id: str, following: Following, versions: Versions) -> None:
        self._log_id = log_id
        self._following = following
        self._versions = versions
        self._open: Counter[str] = Counter()

    async def open(
        self, tenant_id: str, session_id: str, *, last_event_id: str | None, allowed: StillAllowed
    ) -> SessionStream | None:
        """Return the stream of a session; None where the client has its end. It counts until it is closed.

        Raises NotFound, 400 for the id, 503 when there are too many streams, ModelBehind.
        """
        seen = read_event_id(self._log_id, last_event_id) if last_event_id else {}
        if self._open[tenant_id] >= MOST_OF_TENANT:
            raise unavailable("too many streams are open", RETRY_AFTER_S)
        async with AsyncExitStack() as stack:
            follower = await stack.enter_async_context(self._following.follow(tenant_id, session_id))
            assert follower.reached is not None
            place, next_offset = follower.reached
            is_seen = seen.get(place) == next_offset
            if is_seen and not follower.known.is_open:
                return None
            shape = await shape_for(self._versions, follower.known)
            self._open[tenant_id] += 1
            stack.callback(self._close, tenant_id)
            held = stack.pop_all()
        return SessionStream(self._log_id, follower, shape, held, allowed, is_seen=is_seen)

    def _close(self, tenant_id: str) -> None:
        self._open[tenant_id] -= 1
        if not self._open[tenant_id]:
            del self._open[tenant_id]


class SessionStream:
    """One client's stream; `is_seen`: it has the session as it stands."""

    def __init__(
        self,
        log_id: str,
        follower: Follower,
        shape: Shape,
        held: AsyncExitStack,
        allowed: StillAllowed,
        *,
        is_seen: bool,
    ) -> None:
        self._log_id = log_id
        self._follower = follower
        self._shape = shape
        self._held = held
        self._allowed = allowed
        self._shown = follower.known if is_seen else None
        self.closing = anyio.Event()

    def ping(self) -> ServerSentEvent:
        """Return a ping."""
        return ServerSentEvent(comment="ping", sep="\n")

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield frames until the session has ended, the server stops or the caller loses the right to read."""
        try:
            yield b"retry: 1000\n\n"
            while await self._goes_on():
                state = self._follower.known
                if state is not self._shown:
                    yield self._change(state)
                    self._shown = state
                if not state.is_open:
                    return
                await self._follower.until(self._is_new, _TURN_S)
        finally:
            await self.close()

    async def close(self) -> None:
        await self._held.aclose()

    def _is_new(self, state: SessionState) -> bool:
        return state is not self._shown

    def _change(self, state: SessionState) -> bytes:
        """Return the frames of a change, the last of them with the id."""
        parts = list(self._parts(state))
        assert self._follower.reached is not None
        frames = [b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(content)) for name, content in parts]
        own_id = event_id(self._log_id, dict([self._follower.reached])).encode()
        return b"".join([*frames[:-1], b"id: %s\n%s" % (own_id, frames[-1])])

    def _parts(self, state: SessionState) -> Iterator[tuple[str, dict[str, Any]]]:
        if self._shown is None:
            yield "snapshot", session_content(state, self._shape)
        else:
            for key, _ in changed_tasks(self._shown, state):
                yield "task", task_content(state, key, self._shape)
            yield "session", session_facts(state)
        if not state.is_open:
            yield "end", session_alone(state, self._shape)

    async def _goes_on(self) -> bool:
        return await self._allowed() and not self.closing.is_set()
