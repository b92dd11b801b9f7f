"""The wire shapes of an `ApiError`, one for each API family.

A dialect is a pure function from the error to status, media type and body; it belongs to the family's router, so
handlers never know which one renders what they raise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel

from libs.httpkit.error_models import (
    CausedErrorOut,
    InvalidOut,
    ProblemOut,
    StatusErrorOut,
)
from libs.httpkit.errors import ApiError, MalformedBody

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Rendered:
    """An error answer, ready to send; headers as (lower-case name, value) bytes, content headers included."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    @property
    def media_type(self) -> str:
        """The content type."""
        return next(value.decode() for name, value in self.headers if name == b"content-type")


Render = Callable[[ApiError], Rendered]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Renders the errors of a family; `models` are the shapes of their bodies, by media type."""

    render: Render
    models: Mapping[str, type[BaseModel]]

    def __call__(self, error: ApiError) -> Rendered:
        return self.render(error)

    def document(self, error: ApiError) -> tuple[int, dict[str, Any]]:
        """Return the status of the error, and its content as OpenAPI describes it."""
        rendered = self.render(error)
        model = self.models[rendered.media_type]
        return rendered.status, {rendered.media_type: {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


def _problem(error: ApiError) -> Rendered:
    """Render as RFC 9457 says; `errors` names each field at fault, beside the error's own extension members."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.cause is not None:
        content["cause"] = error.cause
    content.update(error.members)
    if error.violations:
        content["errors"] = [
            {"field": violation.field, "loc": violation.loc, "message": violation.msg, "type": violation.type}
            for violation in error.violations
        ]
    return _rendered(error, error.status, PROBLEM_JSON, content)


def _events(error: ApiError) -> Rendered:
    """Render for the events family: a 422 as `{"detail":[{loc,msg,type}]}`, all else as problem+json."""
    if error.status != 422 and not isinstance(error, MalformedBody):
        return _problem(error)
    detail = [{"loc": violation.loc, "msg": violation.msg, "type": violation.type} for violation in error.violations]
    fallback = [{"loc": ("body",), "msg": error.detail, "type": error.code}]
    return _rendered(error, 422, JSON, {"detail": detail or fallback})


def _critical_interactions(error: ApiError) -> Rendered:
    """Return the critical-interactions family: `{"error":{code,message,cause}}`; an absent query parameter is a 400."""
    missing = error.status == 422 and any(
        violation.type == "missing" and violation.loc[:1] == ("query",) for violation in error.violations
    )
    cause = error.cause or "; ".join(map(str, error.violations)) or error.title
    content = {"error": {"code": error.code.upper(), "message": error.detail, "cause": cause}}
    return _rendered(error, 400 if missing else error.status, JSON, content)


def _metrics(error: ApiError) -> Rendered:
    """Return the behavioural-metrics family: `{"error":{code,message,status,details}}`, and the error's own members."""
    details = [{"field": one.field, "message": one.msg, "type": one.type} for one in error.violations]
    shown = {"code": error.code.upper(), "message": error.detail, "status": error.status, "details": details}
    return _rendered(error, error.status, JSON, {"error": shown | error.members})


def own_headers(error: ApiError) -> list[tuple[bytes, bytes]]:
    """Return the headers that an error adds to its answer, as they are sent."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in error.headers.items()]


def _rendered(error: ApiError, status: int, media_type: str, content: dict[str, Any]) -> Rendered:
    body = orjson.dumps(content)
    content_headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    return Rendered(status, body, (*content_headers, *own_headers(error)))


problem = Dialect(_problem, {PROBLEM_JSON: ProblemOut})
events = Dialect(_events, {PROBLEM_JSON: ProblemOut, JSON: InvalidOut})
critical_interactions = Dialect(_critical_interactions, {JSON: CausedErrorOut})
metrics = Dialect(_metrics, {JSON: StatusErrorOut})
