"""The error model behind every HTTP answer that is not a success.

Code raises a subclass of `ApiError`, which names status and code: with a sentence of its own, or with values that fill
in the class's docstring, which is then the sentence's form. A function makes those that carry headers. How an error
looks on the wire is the business of the route's dialect. Nothing in it is secret: all of it may be shown to the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
Loc = tuple[str | int, ...]
RETRY_AFTER = "Retry-After"


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation: its place (`("body", "resourceId")`), a message, and a machine-readable type."""

    loc: Loc
    msg: str
    type: str = "value_error"

    @property
    def field(self) -> str:
        """The violation's place as text, without the part of the request: `items[3].resourceId`."""
        return loc_text(self.loc[1:] if len(self.loc) > 1 else self.loc)

    def __str__(self) -> str:
        return f"{self.field}: {self.msg}"


def loc_text(loc: Loc) -> str:
    """Return a dotted path with indexes in brackets: `items[3].resourceId`."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


class ApiError(Exception):
    """An answer that is an error. Subclasses override `status`, `code` and `title`."""

    status: int = 500
    code: str = "internal_error"
    title: str = "Internal Server Error"

    def __init__(
        self,
        detail: str | None = None,
        *,
        violations: tuple[Violation, ...] = (),
        headers: Mapping[str, str] | None = None,
        cause: str | None = None,
        members: Mapping[str, Any] | None = None,
        **values: object,
    ) -> None:
        """Say what is wrong by `detail`, else by the class's docstring with `values` filled in.

        `members` are further members of the error where the dialect has room for them.
        """
        self.detail = (type(self).__doc__ or self.title).format_map(values) if detail is None else detail
        super().__init__(self.detail)
        self.violations = violations
        self.headers = dict(headers or {})
        self.cause = cause
        self.members = dict(members or {})


class InternalError(ApiError):
    """something went wrong on our side; it has been logged"""


class BadRequest(ApiError):
    """the request is not well-formed"""

    status, code, title = 400, "bad_request", "Bad Request"


class MalformedBody(BadRequest):
    """the body is not what its content type says"""

    code, title = "malformed_body", "Malformed Body"

    def __init__(self, detail: str, *, loc: Loc = ("body",), kind: str = "json_invalid") -> None:
        """Say in one sentence, and at `loc`, why the body cannot be decoded; the events family answers 422."""
        super().__init__(detail, violations=(Violation(loc, detail, kind),))


class Unauthenticated(ApiError):
    """no credential, or one that is not valid (any more)"""

    status, code, title = 401, "unauthenticated", "Unauthorized"


class Forbidden(ApiError):
    """a valid credential that does not allow this"""

    status, code, title = 403, "forbidden", "Forbidden"


class NotFound(ApiError):
    """no {what} {identifier!r}"""

    status, code, title = 404, "not_found", "Not Found"


def require_found(found: T | None, what: str, identifier: object) -> T:
    """Return `found`; raises NotFound when it is None."""
    if found is None:
        raise NotFound(what=what, identifier=str(identifier))
    return found


class MethodNotAllowed(ApiError):
    """{method} is not answered at this path"""

    status, code, title = 405, "method_not_allowed", "Method Not Allowed"


class BodyTimeout(ApiError):
    """the rest of the body did not come in time"""

    status, code, title = 408, "request_timeout", "Request Timeout"


class Conflict(ApiError):
    """well-formed and acceptable, but not in the present state"""

    status, code, title = 409, "conflict", "Conflict"


class PreconditionFailed(ApiError):
    """the object is not at the version that the request is meant for"""

    status, code, title = 412, "precondition_failed", "Precondition Failed"


class TooLarge(ApiError):
    """the body is larger than {limit_bytes} bytes"""

    status, code, title = 413, "content_too_large", "Content Too Large"


class UnsupportedMediaType(ApiError):
    """the content type or the content encoding is not taken here"""

    status, code, title = 415, "unsupported_media_type", "Unsupported Media Type"


class Unprocessable(ApiError):
    """well-formed, but not acceptable"""

    status, code, title = 422, "validation_error", "Unprocessable Content"

    def __init__(self, *violations: Violation, detail: str | None = None) -> None:
        """Name every violation; without `detail` they are the sentence."""
        super().__init__("; ".join(map(str, violations)) if detail is None else detail, violations=violations)


class TooManyRequests(ApiError):
    """the key's rate limit is used up; retry in {retry_after_s} s"""

    status, code, title = 429, "rate_limited", "Too Many Requests"


class Unavailable(ApiError):
    """overload, or something this depends on is away; the same request may succeed later"""

    status, code, title = 503, "unavailable", "Service Unavailable"


def unauthenticated(detail: str) -> Unauthenticated:
    """Make a 401 with the challenge that RFC 9110 asks for."""
    return Unauthenticated(detail, headers={"WWW-Authenticate": 'Bearer realm="waymark"'})


def too_large(limit_bytes: int) -> TooLarge:
    """Make a 413 that closes the connection: what follows on it is the rest of the refused body."""
    return TooLarge(limit_bytes=limit_bytes, headers={"Connection": "close"})


def rate_limited(retry_after_s: int, headers: Mapping[str, str] | None = None) -> TooManyRequests:
    """Make a 429 with `Retry-After`."""
    return TooManyRequests(retry_after_s=retry_after_s, headers={**(headers or {}), RETRY_AFTER: str(retry_after_s)})


def unavailable(detail: str, retry_after_s: int = 1) -> Unavailable:
    """Make a 503 with `Retry-After`."""
    return Unavailable(detail, headers={RETRY_AFTER: str(retry_after_s)})
