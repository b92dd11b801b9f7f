"""The failures of `libs.pg`, and the classifiers that sort PostgreSQL's own errors into wait, park, and stop.

Every error that `is_transient` accepts leaves no half-done work behind once its transaction is over: trying the same
work again is safe, except after a commit whose outcome is unknown.
"""

from typing import Final

import asyncpg

# Read as: the same statements can succeed later without anybody changing them.
_TRANSIENT_CLASSES = (
    "08",  # connection exception
    "40",  # transaction rollback
    "53",  # insufficient resources
    "55",  # object not in prerequisite state
    "57",  # operator intervention
    "58",  # system error
)
# Read as: this connection is gone, or the server is not taking work.
_UNAVAILABLE_STATES = frozenset(
    {
        "53100",  # disk_full
        "53200",  # out_of_memory
        "58030",  # io_error
        "57P01",  # admin_shutdown
        "57P02",  # crash_shutdown
        "57P03",  # cannot_connect_now
        "57P05",  # idle_session_timeout
        "53300",  # too_many_connections
    }
)
_CONNECTION_CLASS = "08"


class PgError(Exception):
    """The parent of every error this library defines itself."""


class DatabaseUnavailable(PgError):
    """The database cannot be reached, or went away in the middle.

    `outcome_unknown` is true when the connection was lost during COMMIT: the transaction may or may not have happened.
    """

    def __init__(self, message: str, *, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.outcome_unknown = outcome_unknown


PASSING: Final = (
    DatabaseUnavailable,
    asyncpg.TransactionRollbackError,
    asyncpg.QueryCanceledError,
    asyncpg.InvalidCachedStatementError,
)
"""Errors after which a loop does its round again."""

FAULTS: Final = (asyncpg.PostgresError, ValueError, ArithmeticError)
"""Errors by which what one tenant has stored may end the work on it, and that on nothing else."""


class SqlFileError(PgError):
    """A file of named SQL statements is malformed, or a statement in it cannot be prepared."""


class MigrationError(PgError):
    """A schema could not be brought to the newest version of its migrations."""


class MissingRight(PgError):
    """The database URL's login lacks a right that Waymark needs; the message names it."""


class EmbeddedPostgresError(PgError):
    """The embedded PostgreSQL could not be created, started, or stopped; the message says what to do."""


def sqlstate_of(error: BaseException) -> str | None:
    """Return the five-character SQLSTATE of a PostgreSQL error, None for any other exception."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate)
    return None


def is_unavailable(error: BaseException) -> bool:
    """Return whether the error says that the server is down, refuses connections, or dropped this one."""
    if isinstance(error, DatabaseUnavailable):
        return True
    state = sqlstate_of(error)
    return state is not None and (state in _UNAVAILABLE_STATES or state.startswith(_CONNECTION_CLASS))


def is_transient(error: BaseException) -> bool:
    """Return whether the same work can succeed later: after a lost connection, a deadlock, a full disk, …

    A table that was changed since the driver prepared a statement on it is met once: the driver then prepares anew.
    """
    if is_unavailable(error) or isinstance(error, asyncpg.InvalidCachedStatementError):
        return True
    return (sqlstate_of(error) or "").startswith(_TRANSIENT_CLASSES)


def is_lasting(error: BaseException) -> bool:
    """Return whether PostgreSQL refuses this work however often it is tried: any SQLSTATE but a transient one.

    A value that asyncpg itself could not encode for its parameter counts too.
    """
    if isinstance(error, asyncpg.exceptions.DataError):
        return True
    return isinstance(error, asyncpg.PostgresError) and not is_transient(error)
