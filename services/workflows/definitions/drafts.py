"""Definitions as their makers send them, with the names of their workflows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.httpkit.errors import Violation
from libs.httpkit.validation import json_type
from libs.objects.names import fold_name
from services.workflows.definitions.model import NAME_PATTERN, RESERVED_NAMES

_NAME: Final = re.compile(NAME_PATTERN)
_LOC: Final = ("body", "name")


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition that may be anything; `errors` are those of its name."""

    name: str
    document: Mapping[str, Any]
    errors: Sequence[Violation] = ()


def new_draft(document: Mapping[str, Any]) -> Draft:
    """Return the draft of a workflow that its document names."""
    name = document.get("name")
    if name is None:
        return Draft("", document, (Violation(_LOC, "is required", "missing"),))
    if not isinstance(name, str):
        return Draft("", document, (Violation(_LOC, f"text is expected, not {json_type(name)}", "type_error"),))
    if not _NAME.fullmatch(name):
        return Draft("", document, (Violation(_LOC, f"text that fits {NAME_PATTERN} is expected", "type_error"),))
    if fold_name(name) in RESERVED_NAMES:
        return Draft("", document, (Violation(_LOC, f"no workflow can be named {name!r}"),))
    return Draft(name, document)


def draft_of(name: str, document: Mapping[str, Any]) -> Draft:
    """Return the draft of the workflow of a name, which its document may have again."""
    sent = document.get("name")
    if sent is None or (isinstance(sent, str) and fold_name(sent) == fold_name(name)):
        return Draft(name, document)
    return Draft(name, document, (Violation(_LOC, f"the name {name!r} cannot be changed"),))
