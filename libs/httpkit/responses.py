"""The description of a route's answers for OpenAPI: the model of a success, and the errors that the route raises.

`described` adds the errors of its dependencies, and those of every route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from libs.httpkit.dialects import JSON, Dialect
from libs.httpkit.errors import RETRY_AFTER, ApiError

Described = dict[int | str, dict[str, Any]]
Document = Callable[[ApiError], tuple[int, dict[str, Any]]]
_RETRY_AFTER: dict[str, Any] = {
    RETRY_AFTER: {"description": "Seconds to wait before the same request.", "schema": {"type": "integer"}}
}
_HEADERS: Mapping[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "The challenge of RFC 9110.", "schema": {"type": "string"}}},
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}


class Responses:
    """The answers of a family of routes; `meanings` has the meaning of each error that a route raises itself.

    An error without a meaning is a KeyError.
    """

    def __init__(self, meanings: Mapping[int, str]) -> None:
        self._meanings = meanings

    def errors(self, *statuses: int) -> Described:
        """Return the errors alone."""
        return {status: {"description": self._meanings[status]} for status in statuses}

    def of(self, model: Any, *errors: int, status: int = 200, description: str | None = None) -> Described:
        """Return a success and the errors."""
        words = {} if description is None else {"description": description}
        return {status: {"model": model, **words}} | self.errors(*errors)


def described(own: Described, raised: Iterable[type[ApiError]], document: Document, *, limit_bytes: int) -> Described:
    """Return a route's `own` answers, their errors with content and headers, and the errors that it raises besides.

    `document` gives the status and the content of an error in the route's dialect. `limit_bytes` is the body's.
    """
    errors = {int(status): answer for status, answer in own.items() if int(status) >= 400}
    meanings = {status: [answer["description"]] for status, answer in errors.items()}
    contents = {status: answer.get("content") or document(_error(status))[1] for status, answer in errors.items()}
    for kind in dict.fromkeys(raised):
        error = kind(detail=_meaning(kind, limit_bytes))
        status, content = document(error)
        meanings.setdefault(status, []).append(error.detail)
        contents[status] = content | contents.get(status, {})
    successes = {status: answer for status, answer in own.items() if int(status) < 400}
    return successes | {
        status: _answer(status, errors.get(status, {}), meanings[status], contents[status]) for status in contents
    }


def error_schemas(dialects: Iterable[Dialect]) -> dict[str, Any]:
    """Return the schemas of the dialects' errors by name, and of what they are made of."""
    models = dict.fromkeys(model for dialect in dialects for model in dialect.models.values())
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    definitions: dict[str, Any] = schemas["$defs"]
    return definitions


def _answer(status: int, own: dict[str, Any], meanings: list[str], content: dict[str, Any]) -> dict[str, Any]:
    """Return one error; the model of an own answer says all that is sent as JSON."""
    text = "; ".join(meanings)
    headers = {"headers": _HEADERS[status]} if status in _HEADERS and "content" not in own else {}
    if "model" in own:
        content = {media_type: shape for media_type, shape in content.items() if media_type != JSON}
    return {**own, "description": text[:1].upper() + text[1:], "content": content, **headers}


def _meaning(kind: type[ApiError], limit_bytes: int) -> str:
    """Return the form of the error's message, which its docstring is, as a description."""
    return (kind.__doc__ or "").format(limit_bytes=limit_bytes, retry_after_s="`Retry-After`")


def _error(status: int) -> ApiError:
    error = ApiError("as an example")
    error.status = status
    return error
