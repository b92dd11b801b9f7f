"""Makes the logins of services: each may act as the roles it was made for, and is nothing by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable

import asyncpg

from libs.pg.database import Connection
from libs.pg.errors import MissingRight
from libs.pg.identifiers import quote_identifier
from libs.pg.locks import lock_in_transaction
from libs.pg.roles import UnsafeRole, grant_membership

_SCRAM_ITERATIONS = 4096
_POWERFUL = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication OR rolinherit"


async def ensure_login(connection: Connection, login: str, password: str, *, roles: Iterable[str]) -> None:
    """Create the login, or set its password, and let it act as `roles`; `connection` is the owner's.

    Raises MissingRight when the owner may not, UnsafeRole when a login of that name is more than that.
    """
    try:
        async with connection.transaction():
            await lock_in_transaction(connection, "waymark.roles")
            await _put_login(connection, login, f"PASSWORD '{scram_verifier(password)}'")
            for role in roles:
                await grant_membership(connection, role, login)
    except asyncpg.InsufficientPrivilegeError as error:
        raise MissingRight(f"the database URL's login may not make login {login}: {error}") from error


async def _put_login(connection: Connection, login: str, password: str) -> None:
    is_powerful = await connection.fetchval(f"SELECT {_POWERFUL} FROM pg_catalog.pg_roles WHERE rolname = $1", login)
    if is_powerful:
        raise UnsafeRole(f"login {login} exists and is more than a login: drop or alter it")
    if is_powerful is None:
        await connection.execute(
            f"CREATE ROLE {quote_identifier(login)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            f" NOINHERIT {password}"
        )
    else:
        await connection.execute(f"ALTER ROLE {quote_identifier(login)} LOGIN {password}")


def scram_verifier(password: str, *, salt: bytes | None = None) -> str:
    """Return what PostgreSQL keeps of a password for SCRAM-SHA-256, so that no statement holds the password itself."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    in_text = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_SCRAM_ITERATIONS}:{in_text[0]}${in_text[1]}:{in_text[2]}"
