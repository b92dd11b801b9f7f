"""Parts that accounts' routes have in common: the app's parts, descriptions of errors."""

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
        401: "Not a login, or no session to go on with; `code` says which",
        403: "Not from the same origin",
        409: "Not in the present state; `code` says why",
        429: "Too many attempts; `Retry-After` says when",
    }
)
described = _answers.errors
"""Describe the errors that a route raises itself, for OpenAPI."""


def shown(model: Any, *errors: int, status: int = 200) -> Described:
    """Return an answer's model, and the errors that its route raises itself, for OpenAPI."""
    return _answers.of(
        model, *errors, status=status, description="The object as created" if status == 201 else "The object as it is"
    )
