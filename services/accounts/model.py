"""Tenants, users and API keys, and the rules they keep.

A tenant's id is a slug; an e-mail is unique within its tenant, without regard to case; what a key or a password is
stands nowhere in clear.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from libs.auth.principal import ROLES, unknown_roles

ACTIVE = "active"
DISABLED = "disabled"
DEFAULT_TENANT = "default"
TICK = timedelta(milliseconds=1)
"""Tokens say when they were issued in whole milliseconds: those of the present one are refused by a time one later."""

MAX_EMAIL_CHARACTERS = 254
MAX_LABEL_CHARACTERS = 200

_SLUG = re.compile(r"[a-z0-9-]{1,63}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@.\x00-\x1f\x7f]+(?:\.[^\s@.\x00-\x1f\x7f]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant; while it is not `active` its credentials are refused."""

    tenant_id: str
    status: str
    version: int
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who logs in; tokens issued before `tokens_valid_from` are refused. The password's hash stays apart."""

    tenant_id: str
    user_id: uuid.UUID
    email: str
    name: str | None
    roles: tuple[str, ...]
    status: str
    tokens_valid_from: datetime | None
    version: int
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """An API key without the key: `prefix` tells people which one it is, `hash` machines."""

    tenant_id: str
    key_id: uuid.UUID
    prefix: str
    hash: str
    label: str
    roles: tuple[str, ...]
    rate_limit_per_minute: int | None
    created_by: str
    version: int
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDraft:
    """The fields of a key that its maker chooses."""

    label: str
    roles: tuple[str, ...]
    expires_at: datetime | None = None
    rate_limit_per_minute: int | None = None


def is_tenant_id(text: str) -> bool:
    """Return whether a text can be a tenant's id: 1 to 63 of `a-z`, `0-9` and `-`."""
    return _SLUG.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """Return whether a text has the form of an e-mail address; only a mail sent there proves one."""
    return len(text) <= MAX_EMAIL_CHARACTERS and _EMAIL.fullmatch(text) is not None


def fold_email(email: str) -> str:
    """Return the form in which e-mails are compared."""
    return email.strip().lower()


def known_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """Return the roles in order of power, each once; ValueError names an unknown one, or that none was given."""
    wanted = set(roles)
    if unknown := unknown_roles(wanted):
        raise ValueError(f"unknown role {unknown[0]!r}; the roles are {', '.join(ROLES)}")
    if not wanted:
        raise ValueError(f"at least one of the roles {', '.join(ROLES)} is needed")
    return tuple(role for role in ROLES if role in wanted)
