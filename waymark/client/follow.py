"""The state of a stream of records: its place, the bytes to parse, when to open it again. It has no socket or clock.

A record's place counts as reached once the record was taken, so a stream that is opened again by its last id goes on
with the next one: nothing is missed, nothing comes twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, NamedTuple, TypeVar

import httpx
import msgspec

from waymark.client.errors import ConnectionFailed, UnexpectedAnswer, local_problem
from waymark.client.event_models import Event
from waymark.client.filters import camel, query, snake
from waymark.client.models import Interaction
from waymark.client.retries import Request, Retries, Send, StepResult

SILENCE_S = 45.0
"""The server sends something every 15 s; one that is silent for longer than this is gone."""
LAST_EVENT_ID = "last-event-id"
_MEDIA_TYPE = "text/event-stream"
RecordT = TypeVar("RecordT")


@dataclass(frozen=True)
class Source(Generic[RecordT]):
    """A stream of the API: its path, the spelling of its filters, and what becomes of a record's JSON."""

    path: str
    spell: Callable[[str], str]
    decode: Callable[[bytes], RecordT]


EVENTS: Final = Source("/api/v1/events/stream", snake, msgspec.json.Decoder(Event).decode)
INTERACTIONS: Final = Source("/api/interactions/stream", camel, msgspec.json.Decoder(Interaction).decode)


class _Frame(NamedTuple):
    id: str | None
    data: bytes


class Following(Generic[RecordT]):
    """A stream, however often it is opened. It goes on after `last_event_id`, which is None before it began.

    `position` is where it began, None before that.
    """

    def __init__(
        self,
        source: Source[RecordT],
        retries: Retries,
        filters: Mapping[str, Any],
        *,
        last_event_id: str | None,
        from_beginning: bool,
    ) -> None:
        self._decode = source.decode
        self._retries = retries
        if last_event_id is not None and not (last_event_id.isascii() and last_event_id.isprintable()):
            raise local_problem(LAST_EVENT_ID, "an id that a stream gave is expected")
        start = (("from", "beginning"),) if from_beginning else ()
        self._request = Request("GET", source.path, query(filters, source.spell) + start)
        self.last_event_id = last_event_id or None
        self.position: str | None = None
        self._frames: deque[_Frame] = deque()
        self._rest = b""
        self._id: str | None = None
        self._data: list[bytes] = []
        self._retry_s = 0.0
        self._failures = 0
        self._gives_up_at = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether the stream has a place: everything recorded from then on will come."""
        return self.last_event_id is not None or bool(self._frames)

    def open(self) -> Send:
        """The request that opens the stream; a frame that was not complete is forgotten."""
        self._rest, self._id, self._data = b"", None, []
        place = () if self.last_event_id is None else ((LAST_EVENT_ID, self.last_event_id.encode()),)
        request = replace(self._request, headers=(("accept", _MEDIA_TYPE.encode()), *place))
        return Send(request, SILENCE_S, self._retries.connect_timeout_s)

    def check(self, response: httpx.Response) -> None:
        """Raise UnexpectedAnswer for a success that is no stream."""
        if not response.headers.get("content-type", "").startswith(_MEDIA_TYPE):
            raise UnexpectedAnswer("the answer is not a stream of server-sent events", status=response.status_code)

    def feed(self, chunk: bytes) -> None:
        """Parse a chunk. Lines end at line feeds alone: a record's text may hold any other separator."""
        self._failures = 0
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._line(line.removesuffix(b"\r"))

    def take(self) -> RecordT | None:
        """Take the next complete record; None when more must be read."""
        while self._frames:
            frame = self._frames.popleft()
            record = self._read(frame.data) if frame.data else None
            self.last_event_id = frame.id or self.last_event_id
            if record is not None:
                return record
        return None

    def lost(self, why: StepResult) -> float:
        """The pause in seconds before opening the stream again; `why` it is not open is None when the server ended it.

        Raises the error when the request is at fault, or when the server stayed away until the deadline.
        """
        now = self._retries.clock()
        if not self._failures:
            self._gives_up_at = now + self._retries.deadline_s
        self._failures += 1
        error = ConnectionFailed("the server ended the stream") if why is None else self._retries.judge(why)
        pause_s = max(self._retry_s, self._retries.pause_s(self._failures, error))
        is_hopeless = why is not None and not self._retries.is_worth_another(why, error, self._request)
        if is_hopeless or now + pause_s >= self._gives_up_at:
            raise error
        self._retries.on_retry(error, pause_s)
        return pause_s

    def _line(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if self._id or self._data:
                self._frames.append(_Frame(self._id, b"\n".join(self._data)))
                self.position = self.position or self._id
            self._id, self._data = None, []
        elif name == b"data":
            self._data.append(value)
        elif name == b"id":
            self._id = value.decode(errors="replace")
        elif name == b"retry" and value.isdigit():
            self._retry_s = int(value) / 1000

    def _read(self, data: bytes) -> RecordT:
        try:
            return self._decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise UnexpectedAnswer(f"the stream is not the API's: {error}") from error
