"""Tenants, users, API keys, sessions, signing keys, counted logins, and the service's outbox."""

from __future__ import annotations

from libs.objects.ddl import NOTHING, READ, WRITE, objects_ddl
from libs.pg.migrations import execute_script, read_beside
from libs.pg.roles import grant_tables

revision = "0001"
down_revision = None

_RIGHTS = {"tenants": READ, "users": WRITE, "api_keys": WRITE, "sessions": WRITE, "refresh_tokens": NOTHING}


def upgrade() -> None:
    """Create the tables with their policies and privileges."""
    execute_script(
        objects_ddl("accounts", read_beside(__file__), _RIGHTS)
        + grant_tables(["signing_keys", "login_attempts"], "accounts", request=NOTHING)
    )
