"""The `waymark` command line: what each sub-command is called, and how an error reads."""

from __future__ import annotations

import httpx
import typer

from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.pg.errors import DatabaseUnavailable, EmbeddedPostgresError
from waymark.commands import imports, records
from waymark.connection import ConnectionMissing
from waymark.console import errors
from waymark.http import ServerError
from waymark.imports.batches import ServerRefused
from waymark.imports.git_history import GitError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Waymark records what happens in a company's systems and answers questions about it while it happens.",
)
app.add_typer(imports.app, name="import")
app.command("emit")(records.emit)
app.command("tail")(records.tail)

_SAID_IN_ONE_LINE = (
    ConnectionMissing,
    DatabaseUnavailable,
    EmbeddedPostgresError,
    GitError,
    LogMismatch,
    LogUnavailable,
    ServerError,
    ServerRefused,
)


def main() -> None:
    """Run the command line; an error a person can act on is one line on standard error and exit code 1."""
    try:
        app()
    except _SAID_IN_ONE_LINE as error:
        errors.print(f"waymark: {error}", markup=False, highlight=False, soft_wrap=True)
    except httpx.TransportError as error:
        errors.print(f"waymark: the server does not answer: {error}", markup=False, highlight=False, soft_wrap=True)
    except KeyboardInterrupt:
        errors.print()
        raise SystemExit(130) from None
    else:
        return
    raise SystemExit(1)
