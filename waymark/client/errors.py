"""The client's errors, all of them a `WaymarkError`.

Every message is a sentence for a person and names the fields at fault where the server named them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

_IN_FLIGHT = "idempotency_in_flight"


class WaymarkError(Exception):
    """The client failed. `status` is the server's, None without an answer."""

    status: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A field of a request, and what is wrong with it; the field is empty when it is the request as a whole."""

    field: str
    message: str
    type: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class ServerAnswered(WaymarkError):
    """The server answered with an error.

    `reason` is the message without the status, `code` the server's short name for it, `problems` the fields at fault.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        reason: str = "",
        code: str = "",
        problems: tuple[Problem, ...] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason or message
        self.code = code
        self.problems = problems
        self.retry_after_s = retry_after_s

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.status in PASSING_STATUSES or (self.status == 409 and self.code == _IN_FLIGHT)


class Refused(ServerAnswered):
    """A 4xx: the request is at fault, and sending it again fails again.

    Also raised, without a status, for what cannot be sent: a value that no header can carry, say.
    """


class Unauthorized(Refused):
    """401 or 403: no valid credential, or one whose roles do not allow this."""


class NotFound(Refused):
    """404: there is no such thing for this tenant."""


class Conflict(Refused):
    """409: the thing is there already, cannot be changed, or the same `Idempotency-Key` is being worked on."""


class RateLimited(Refused):
    """429, and it stayed so until the deadline. `retry_after_s` is what the server asked for last."""


class Unavailable(ServerAnswered):
    """A 5xx, and it stayed so until the deadline. What a write did then is not known; its repeat is harmless."""


class UnexpectedAnswer(ServerAnswered):
    """A success whose body is not what this client knows: another kind of server, or a much newer one."""


class ConnectionFailed(WaymarkError):
    """No answer: the server is not there, or the connection broke or took too long, until the deadline."""


PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})
_BY_STATUS: Mapping[int, type[ServerAnswered]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    409: Conflict,
    429: RateLimited,
}


def error_of(status: int, content: bytes, *, retry_after: str | None = None, now: float = 0.0) -> ServerAnswered:
    """Make the error of an answer. `now` (epoch seconds) is compared with a `Retry-After` date."""
    document = _document(content)
    message = _message(document) or content[:300].decode(errors="replace").strip()
    kind = _BY_STATUS.get(status, Unavailable if status >= 500 else Refused)
    return kind(
        f"{status} {message}".rstrip(),
        status=status,
        reason=message,
        code=_code(document),
        problems=_problems(document),
        retry_after_s=retry_after_s(retry_after, now),
    )


def retry_after_s(header: str | None, now: float) -> float | None:
    """Read `Retry-After`, seconds or a date, as seconds from `now` (epoch seconds)."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except ValueError:
        return None


def local_problem(field: str, message: str) -> Refused:
    """Make the error of a request that is refused before it is sent."""
    problem = Problem(field, message, "client")
    return Refused(str(problem), problems=(problem,))


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    if not isinstance(document, dict):
        return {}
    nested = document.get("error")
    return nested if isinstance(nested, dict) else document


def _message(document: dict[str, Any]) -> str:
    """Put an error document into one sentence: the fields at fault, else its own text, else nothing."""
    texts = (document.get(name) for name in ("detail", "message", "title"))
    own = next((text for text in texts if isinstance(text, str) and text), "")
    return "; ".join(map(str, _problems(document))) or own


def _code(document: dict[str, Any]) -> str:
    code = document.get("code")
    return code if isinstance(code, str) else ""


def _problems(document: dict[str, Any]) -> tuple[Problem, ...]:
    """Read the fields at fault of a problem document (`errors`) or of the events family (`detail`)."""
    for name, read in _SHAPES.items():
        places = document.get(name)
        if isinstance(places, list):
            return tuple(read(place) for place in places if isinstance(place, dict))
    return ()


def _of_problem_document(place: dict[str, Any]) -> Problem:
    return Problem(str(place.get("field", "")), str(place.get("message", "")), str(place.get("type", "")))


def _of_events_family(place: dict[str, Any]) -> Problem:
    loc = place.get("loc", ())
    field = ".".join(str(part) for part in loc[1:] or loc)
    return Problem(field, str(place.get("msg", "")), str(place.get("type", "")))


_SHAPES: Mapping[str, Callable[[dict[str, Any]], Problem]] = {
    "errors": _of_problem_document,
    "detail": _of_events_family,
}
