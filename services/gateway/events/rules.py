"""Rules for every event, however it was sent: limits of texts, resource types that have UUIDs, types of actors.
Names and times are checked as in a request's headers (`printable`, `timestamp`).

Each check adds its violation to a list, so that a sender learns of everything that is wrong at once.
"""

from __future__ import annotations

import re
from typing import Final

from libs.contracts.resource_types import REFERENCE_TYPES
from libs.contracts.texts import is_printable
from libs.httpkit.errors import Loc, Violation

MAX_RESOURCE_ID_LENGTH: Final = 1024
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ACTOR_TYPE = re.compile("[A-Za-z0-9_.-]{1,64}")


def text(value: str | None, loc: Loc, violations: list[Violation]) -> str | None:
    """Return the value if it is absent or 1 to 1,024 printable characters."""
    if value is None or (0 < len(value) <= MAX_RESOURCE_ID_LENGTH and is_printable(value)):
        return value
    message = f"1 to {MAX_RESOURCE_ID_LENGTH} printable characters are expected"
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
    """Return the value if it is absent or can be a type of actor: one of ours, or the producer's own word."""
    if value is not None and not _ACTOR_TYPE.fullmatch(value):
        violations.append(Violation(loc, "1 to 64 of A-Z, a-z, 0-9, _ . and - are expected", "actor_type"))
    return value
