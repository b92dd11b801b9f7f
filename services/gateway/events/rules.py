"""Rules for every event, however it was sent: limits of texts, resource types that have UUIDs, types of actors.
Names and times are checked as in a request's headers (`printable`, `timestamp`).

Each check adds its violation to a list, so that a sender learns of everything that is wrong at once.
"""

from __future__ import annotations

import re
from typing import Final

from libs.auth.principal import API_KEY, SERVICE, SYSTEM, USER
from libs.contracts.resource_types import REFERENCE_TYPES
from libs.httpkit.errors import Loc, Violation

MAX_RESOURCE_ID_LENGTH: Final = 1024
ACTOR_TYPES: Final = (USER, API_KEY, SERVICE, SYSTEM)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def text(value: str | None, loc: Loc, violations: list[Violation]) -> str | None:
    """Return the value if it is absent or 1 to 1,024 characters, none of them a control character."""
    if value is None or (0 < len(value) <= MAX_RESOURCE_ID_LENGTH and not _CONTROL.search(value)):
        return value
    message = f"1 to {MAX_RESOURCE_ID_LENGTH} characters are expected, control characters not among them"
    violations.append(Violation(loc, message, "string_length"))
    return None


def required(value: str | None, loc: Loc, violations: list[Violation]) -> str:
    """Return the value; a violation says that it is missing, unless one says already what is wrong with it."""
    if value is None and all(violation.loc != loc for violation in violations):
        violations.append(Violation(loc, "is required", "missing"))
    return value or ""


def uuid(value: str | None, loc: Loc, violations: list[Violation]) -> str | None:
    """Return the UUID in its canonical spelling."""
    if value is None:
        return None
    if not _UUID.fullmatch(value):
        violations.append(Violation(loc, f"{value[:40]!r} is not a UUID", "uuid_parsing"))
    return value.lower()


def resource_id(resource_type: str, value: str, loc: Loc, violations: list[Violation]) -> str:
    """Return the resource's id; a UUID where the type's resources have them."""
    if resource_type not in REFERENCE_TYPES or not value:
        return value
    if not _UUID.fullmatch(value):
        violations.append(Violation(loc, f"a resource of type {resource_type} has a UUID", "uuid_parsing"))
    return value.lower()


def actor_type(value: str | None, loc: Loc, violations: list[Violation]) -> str | None:
    """Return the value if it is absent or a known type of actor."""
    if value is not None and value not in ACTOR_TYPES:
        violations.append(Violation(loc, f"one of {', '.join(ACTOR_TYPES)} is expected", "enum"))
    return value
