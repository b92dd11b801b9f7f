"""The caller: the one thing every service learns from a credential, whatever kind it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

VIEWER = "viewer"
EDITOR = "editor"
ADMIN = "admin"
ROLES = (VIEWER, EDITOR, ADMIN)
"""In rising order: each may do what those before it may."""

_RANK = {role: rank for rank, role in enumerate(ROLES)}

USER = "user"
API_KEY = "api_key"
SERVICE = "service"
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. `subject` is the user's or the key's id; `actor_type` says which."""

    tenant_id: str
    subject: str
    roles: frozenset[str]
    actor_type: str
    email: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    key_id: str | None = None
    session_id: str | None = None
    rate_limit_per_minute: int | None = None

    def allows(self, role: str) -> bool:
        """Return whether the caller may do what `role` may."""
        needed = _RANK[role]
        return any(_RANK.get(own, -1) >= needed for own in self.roles)


def unknown_roles(roles: Iterable[str]) -> list[str]:
    """Return the names that are not roles, in order."""
    return sorted(set(roles) - set(ROLES))
