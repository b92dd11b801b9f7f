"""How routes describe their answers for OpenAPI: the model of a success, and what each error means.

What a missing or insufficient credential means is said once, for every route there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

Described = dict[int | str, dict[str, Any]]
_CREDENTIAL = {401: "No credential, or one that is not valid", 403: "The credential's roles do not allow this"}

PROBLEM_EXAMPLE: dict[str, JsonValue] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "action: there is no action 'CRATE'; did you mean CREATE?",
    "code": "validation_error",
    "errors": [
        {
            "field": "action",
            "loc": ["body", "action"],
            "message": "there is no action 'CRATE'; did you mean CREATE?",
            "type": "unknown_mnemonic",
        }
    ],
}


class ViolationOut(BaseModel):
    """One thing that is wrong: where, what, and a machine-readable type."""

    loc: list[str | int]
    msg: str
    type: str


class FieldViolationOut(BaseModel):
    """One thing that is wrong, and where."""

    field: str
    loc: list[str | int]
    message: str
    type: str


class ProblemOut(BaseModel):
    """RFC 9457; `errors` names every field at fault."""

    model_config = ConfigDict(json_schema_extra={"example": PROBLEM_EXAMPLE})

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldViolationOut] | None = None


class InvalidOut(BaseModel):
    """A request of the events family that is not acceptable."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "detail": [{"loc": ["query", "limit"], "msg": "at most 100 is expected", "type": "less_than_equal"}]
            }
        }
    )

    detail: list[ViolationOut]


class Responses:
    """The answers of a family of routes. `meanings` says what an error means, `models` what its body is.

    The errors in `always` are every route's; an error without a meaning of its own is a KeyError.
    """

    def __init__(
        self,
        meanings: Mapping[int, str],
        *,
        models: Mapping[int, type[BaseModel]] | None = None,
        always: tuple[int, ...] = (401, 403),
    ) -> None:
        self._meanings = _CREDENTIAL | dict(meanings)
        self._models = models or {}
        self._always = always

    def errors(self, *statuses: int) -> Described:
        """Return the errors alone."""
        return {status: self._error(status) for status in (*self._always, *statuses)}

    def of(self, model: Any, *errors: int, status: int = 200, description: str | None = None) -> Described:
        """Return a success and the errors."""
        words = {} if description is None else {"description": description}
        return {status: {"model": model, **words}} | self.errors(*errors)

    def _error(self, status: int) -> dict[str, Any]:
        model = {"model": self._models[status]} if status in self._models else {}
        return {"description": self._meanings[status], **model}
