"""The bodies of errors as OpenAPI describes them, in each family's own shape; `dialects` writes them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue

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
    """One violation: its place, a message, and a machine-readable type."""

    loc: list[str | int]
    msg: str
    type: str


class FieldViolationOut(BaseModel):
    """One violation: the field at fault and its place, a message, and a machine-readable type."""

    field: str
    loc: list[str | int]
    message: str
    type: str


class ProblemOut(BaseModel):
    """An error as RFC 9457 has it; `errors` names every field at fault."""

    model_config = ConfigDict(json_schema_extra={"example": PROBLEM_EXAMPLE})

    type: str
    title: str
    status: int
    detail: str
    code: str
    cause: str | None = None
    errors: list[FieldViolationOut] | None = None


class InvalidOut(BaseModel):
    """The violations of a request to the events family."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "detail": [{"loc": ["query", "limit"], "msg": "at most 100 is expected", "type": "less_than_equal"}]
            }
        }
    )

    detail: list[ViolationOut]


class CauseOut(BaseModel):
    """An error and its cause."""

    code: str
    message: str
    cause: str


class CausedErrorOut(BaseModel):
    """An error of the critical-interactions family."""

    error: CauseOut


class DetailOut(BaseModel):
    """One violation: the field at fault, a message, and a machine-readable type."""

    field: str
    message: str
    type: str


class StatusOut(BaseModel):
    """An error with its HTTP status; `details` names every field at fault."""

    code: str
    message: str
    status: int
    details: list[DetailOut]


class StatusErrorOut(BaseModel):
    """An error of the behavioural-metrics family."""

    error: StatusOut
