"""The one error model behind every HTTP answer that is not a success.

Code raises an `ApiError` (or a subclass naming its own status and code); how it looks on the wire is the business of
the route's dialect. Nothing in an `ApiError` is secret: all of it may be shown to the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that is wrong: where (`("body", "resourceId")`), what, and a machine-readable type."""

    loc: Loc
    msg: str
    type: str = "value_error"

    @property
    def field(self) -> str:
        """The place as text, without the part of the request it is in: `items[3].resourceId`."""
        return loc_text(self.loc[1:] if len(self.loc) > 1 else self.loc)


def loc_text(loc: Loc) -> str:
    """A dotted path with indexes in brackets: `items[3].resourceId`."""
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
        detail: str,
        *,
        places: tuple[Place, ...] = (),
        headers: Mapping[str, str] | None = None,
        cause: str | None = None,
        status: int | None = None,
        code: str | None = None,
        title: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.places = places
        self.headers = dict(headers or {})
        self.cause = cause
        self.status = self.status if status is None else status
        self.code = self.code if code is None else code
        self.title = self.title if title is None else title


class BadRequest(ApiError):
    """400: the request is not well-formed."""

    status, code, title = 400, "bad_request", "Bad Request"


class MalformedBody(BadRequest):
    """400 (422 in the events family): the body is not what its content type says."""

    code, title = "malformed_body", "Malformed Body"


class Unauthenticated(ApiError):
    """401: no credential, or one that is not valid (any more)."""

    status, code, title = 401, "unauthenticated", "Unauthorized"


class Forbidden(ApiError):
    """403: a valid credential that does not allow this."""

    status, code, title = 403, "forbidden", "Forbidden"


class NotFound(ApiError):
    """404: no such thing for this tenant."""

    status, code, title = 404, "not_found", "Not Found"


class MethodNotAllowed(ApiError):
    """405: the path exists, with other methods."""

    status, code, title = 405, "method_not_allowed", "Method Not Allowed"


class Conflict(ApiError):
    """409: well-formed and acceptable, but not in the present state."""

    status, code, title = 409, "conflict", "Conflict"


class PreconditionFailed(ApiError):
    """412: the object is not at the version that the request is meant for."""

    status, code, title = 412, "precondition_failed", "Precondition Failed"


class TooLarge(ApiError):
    """413: the body is over the limit, before or after decompression."""

    status, code, title = 413, "content_too_large", "Content Too Large"


class BodyTimeout(ApiError):
    """408: the rest of the body did not come."""

    status, code, title = 408, "request_timeout", "Request Timeout"


class UnsupportedMediaType(ApiError):
    """415: the content type or the content encoding is not taken here."""

    status, code, title = 415, "unsupported_media_type", "Unsupported Media Type"


class Unprocessable(ApiError):
    """422: well-formed, but not acceptable; `places` say where."""

    status, code, title = 422, "validation_error", "Unprocessable Content"


class TooManyRequests(ApiError):
    """429: the key's own limit is used up."""

    status, code, title = 429, "rate_limited", "Too Many Requests"


class Unavailable(ApiError):
    """503: overload, or something this depends on is away; the same request may succeed later."""

    status, code, title = 503, "unavailable", "Service Unavailable"


def bad_request(detail: str, *places: Place) -> BadRequest:
    """A 400."""
    return BadRequest(detail, places=places)


def malformed_body(detail: str, *, loc: Loc = ("body",), kind: str = "json_invalid") -> MalformedBody:
    """A body that cannot be decoded at all."""
    return MalformedBody(detail, places=(Place(loc, detail, kind),))


def unauthenticated(detail: str) -> Unauthenticated:
    """A 401 with the challenge that RFC 9110 asks for."""
    return Unauthenticated(detail, headers={"WWW-Authenticate": 'Bearer realm="waymark"'})


def forbidden(detail: str) -> Forbidden:
    """A 403."""
    return Forbidden(detail)


def not_found(what: str, identifier: str | None = None) -> NotFound:
    """A 404: `not_found("interaction", "42")`."""
    return NotFound(f"no such {what}" if identifier is None else f"no {what} {identifier!r}")


def conflict(detail: str, *, code: str | None = None) -> Conflict:
    """A 409."""
    return Conflict(detail, code=code)


def too_large(limit_bytes: int) -> TooLarge:
    """A 413 naming the limit. The connection is closed: what follows on it is the rest of the refused body."""
    return TooLarge(f"the body is larger than {limit_bytes} bytes", headers={"Connection": "close"})


def body_timeout(detail: str) -> BodyTimeout:
    """408."""
    return BodyTimeout(detail)


def unsupported_media_type(detail: str) -> UnsupportedMediaType:
    """A 415."""
    return UnsupportedMediaType(detail)


def unprocessable(field: str | Loc, msg: str, kind: str = "value_error") -> Unprocessable:
    """A 422 for one field; a plain name is a field of the body."""
    place = Place(("body", field) if isinstance(field, str) else field, msg, kind)
    return Unprocessable(f"{place.field}: {msg}", places=(place,))


def unprocessable_all(places: tuple[Place, ...]) -> Unprocessable:
    """A 422 for several fields at once."""
    return Unprocessable("; ".join(f"{place.field}: {place.msg}" for place in places), places=places)


def rate_limited(retry_after_s: int, headers: Mapping[str, str] | None = None) -> TooManyRequests:
    """A 429 with `Retry-After`."""
    return TooManyRequests(
        f"the key's rate limit is used up; retry in {retry_after_s} s",
        headers={**(headers or {}), "Retry-After": str(retry_after_s)},
    )


def unavailable(detail: str, retry_after_s: int = 1) -> Unavailable:
    """A 503 with `Retry-After`."""
    return Unavailable(detail, headers={"Retry-After": str(retry_after_s)})
