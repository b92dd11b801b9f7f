"""What accounts' routes have in common: the app's parts, descriptions of errors."""

from __future__ import annotations

from typing import Annotated, Any

from libs.httpkit.responses import Described, Responses
from libs.httpkit.state import state
from services.accounts.reads import Directory
from services.accounts.rules import UserRules

DirectoryOf = Annotated[Directory, state("directory")]
UserRulesOf = Annotated[UserRules, state("user_rules")]

_answers = Responses(
    {
        404: "No such object for this tenant",
        409: "Not in the present state; `code` says why",
        422: "Not acceptable; `errors` says where",
        429: "Too many attempts; `Retry-After` says when",
    },
    always=(),
)
described = _answers.errors
"""Error answers for OpenAPI."""


def shown(model: Any, *errors: int, status: int = 200) -> Described:
    """Return an answer's model and its errors for OpenAPI."""
    return _answers.of(model, *errors, status=status, description="Done" if status == 201 else "As it is")
