"""The two roles of a service, and the row-level security that keeps tenants apart.

Neither role owns tables, is a superuser, or may bypass row-level security; requests see one tenant, projections all.
"""

from collections.abc import Sequence

import asyncpg

from libs.pg.database import Connection
from libs.pg.errors import MissingRight, PgError
from libs.pg.identifiers import quote_identifier, quote_qualified
from libs.pg.locks import lock_in_transaction

_ATTEMPTS = 20
_SET_OPTION_VERSION = 16
# Roles belong to the whole server while locks belong to one database, so starters in two databases can still collide.
_COLLISIONS = (
    asyncpg.exceptions.DuplicateObjectError,
    asyncpg.exceptions.UniqueViolationError,
    asyncpg.exceptions.InternalServerError,  # "tuple concurrently updated"
)


class UnsafeRole(PgError):
    """A role with one of our names exists and could see past row-level security."""


def projector_role(service: str) -> str:
    """Return the role under which a service's projections, relay and set-up work see all tenants."""
    return f"waymark_{service}_projector"


def request_role(service: str) -> str:
    """Return the role under which a service answers requests: one tenant at a time."""
    return f"waymark_{service}_request"


async def ensure_roles(connection: Connection, service: str) -> None:
    """Create both roles if they are missing, and let the current login `SET ROLE` to them.

    Safe when several start at once, in one or in different databases. Raises `MissingRight` when the login may neither
    create the roles nor take them on, `UnsafeRole` when an existing one is too powerful.
    """
    for role in (projector_role(service), request_role(service)):
        await ensure_role(connection, role)


async def ensure_role(connection: Connection, role: str) -> None:
    """Create one role of any name, as `ensure_roles` creates a service's two."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with connection.transaction():
                # Membership that changes while PostgreSQL looks it up can leave a session with a stale answer.
                await lock_in_transaction(connection, "waymark.roles")
                await _ensure_role(connection, role)
        except asyncpg.exceptions.InsufficientPrivilegeError as error:
            if not await _is_granted(connection, role):
                raise MissingRight(await _missing_right(connection, role)) from error
        except _COLLISIONS:
            if attempt == _ATTEMPTS:
                raise
        else:
            return


async def _ensure_role(connection: Connection, role: str) -> None:
    row = await connection.fetchrow(
        "SELECT rolsuper OR rolbypassrls OR rolcanlogin AS unsafe FROM pg_catalog.pg_roles WHERE rolname = $1", role
    )
    if row is None:
        await connection.execute(
            f"CREATE ROLE {quote_identifier(role)}"
            " NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"
        )
    elif row["unsafe"]:
        raise UnsafeRole(f"role {role} exists with LOGIN, SUPERUSER or BYPASSRLS; drop or alter it")
    if not await _is_granted(connection, role):
        await _grant(connection, role, "CURRENT_USER")


async def grant_membership(connection: Connection, role: str, login: str) -> None:
    """Let a login act as a role, without having its rights before it does."""
    await _grant(connection, role, quote_identifier(login))


async def _grant(connection: Connection, role: str, quoted_login: str) -> None:
    # Without INHERIT the tables' owner does not fall under the projector's policy by membership alone; before 16 only
    # the login's own NOINHERIT does that.
    options = " WITH INHERIT FALSE, SET TRUE" if _has_set_option(connection) else ""
    await connection.execute(f"GRANT {quote_identifier(role)} TO {quoted_login}{options}")


async def _is_granted(connection: Connection, role: str) -> bool:
    """Return whether the login may take the role on, by its own membership or through another role."""
    # The creator of a role may administer it without being allowed to take it on.
    option, right = (" AND set_option", "SET") if _has_set_option(connection) else ("", "MEMBER")
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND member = current_user::regrole"
            f"{option}) OR pg_has_role(current_user, r.oid, $2) FROM pg_roles AS r WHERE r.rolname = $1",
            role,
            right,
        )
    )


def _has_set_option(connection: Connection) -> bool:
    return connection.get_server_version().major >= _SET_OPTION_VERSION


async def _missing_right(connection: Connection, role: str) -> str:
    login, may_create, exists = await connection.fetchrow(
        "SELECT current_user, (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user),"
        " EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
        role,
    ) or ("?", False, False)
    if exists:
        return f"login {login} may not take on role {role}: GRANT {role} TO {login}"
    if not may_create:
        return f"login {login} lacks CREATEROLE, needed to create {role}: ALTER ROLE {login} CREATEROLE"
    return f"login {login} may not create role {role}"


def tenant_policies(table: str, service: str) -> str:
    """Return SQL that turns on and forces row-level security on `table`, with both policies.

    `table` may be qualified and must have a text column `tenant_id`. Requests see and write the rows whose tenant is
    the transaction's.
    """
    name = quote_qualified(table)
    tenant = "tenant_id = current_setting('waymark.tenant_id', true)"
    return (
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\n"
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;\n"
        f"CREATE POLICY all_tenants ON {name} TO {quote_identifier(projector_role(service))}"
        " USING (true) WITH CHECK (true);\n"
        f"CREATE POLICY own_tenant ON {name} TO {quote_identifier(request_role(service))}"
        f" USING ({tenant}) WITH CHECK ({tenant});\n"
    )


def group_policy(table: str, service: str, *, replaced: str = "own_tenant") -> str:
    """Return SQL that shows requests the rows of several tenants, those that `waymark.tenant_ids` names with commas.

    It takes the place of the policy `replaced`, for transactions that do the work of several requests. The subquery is
    hashed once a statement: a row costs one look-up, however many tenants there are. Unlike a comparison with an array
    it is never an index condition, so that a statement's own keys find its rows.
    """
    name = quote_qualified(table)
    tenants = "tenant_id IN (SELECT unnest(string_to_array(current_setting('waymark.tenant_ids', true), ',')))"
    return (
        f"DROP POLICY {quote_identifier(replaced)} ON {name};\n"
        f"CREATE POLICY own_tenants ON {name} TO {quote_identifier(request_role(service))}"
        f" USING ({tenants}) WITH CHECK ({tenants});\n"
    )


def grant_schema(schema: str, service: str) -> str:
    """Return SQL that lets both roles look into `schema`."""
    return f"GRANT USAGE ON SCHEMA {quote_identifier(schema)} TO {_both(service)};\n"


def grant_own_schema(service: str) -> str:
    """Return SQL that lets both roles into the service's own schema, where the projector may add reactors' tables."""
    projector = quote_identifier(projector_role(service))
    return grant_schema(service, service) + f"GRANT CREATE ON SCHEMA {quote_identifier(service)} TO {projector};\n"


def grant_tables(
    tables: Sequence[str],
    service: str,
    *,
    projector: str = "SELECT, INSERT, UPDATE, DELETE",
    request: str = "SELECT",
) -> str:
    """Return SQL that grants each role its privileges on the tables; an empty string grants nothing."""
    names = ", ".join(quote_qualified(table) for table in tables)
    grants = ((projector, projector_role(service)), (request, request_role(service)))
    return "".join(f"GRANT {rights} ON {names} TO {quote_identifier(role)};\n" for rights, role in grants if rights)


def _both(service: str) -> str:
    return f"{quote_identifier(projector_role(service))}, {quote_identifier(request_role(service))}"
