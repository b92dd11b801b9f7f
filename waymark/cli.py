"""The `waymark` command line: what each sub-command is called, and how an error reads."""

from __future__ import annotations

import httpx
import typer

from libs.eventlog.copy import CopyRefused
from libs.eventlog.dead_letters import ReplayRefused
from libs.eventlog.errors import LogMismatch, LogUnavailable
from libs.eventlog.rebuild import RebuildRefused
from libs.httpkit.errors import ApiError
from libs.pg.errors import PgError
from waymark.commands import demo, doctor, imports, keys, machine, operator, records
from waymark.connection import ConnectionMissing
from waymark.console import errors
from waymark.http import ServerError
from waymark.imports.batches import ServerRefused
from waymark.imports.git_history import GitError
from waymark.operator import NoDatabase

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Waymark records what happens in a company's systems and answers questions about it while it happens.",
)
app.command("up")(machine.up)
app.command("emit")(records.emit)
app.add_typer(imports.app, name="import")
app.command("tail")(records.tail)
app.command("demo")(demo.demo)
app.add_typer(keys.app, name="keys")
app.add_typer(operator.tenants, name="tenants")
app.add_typer(operator.models, name="projections")
app.add_typer(operator.dead_letters, name="dead-letters")
app.add_typer(operator.log, name="log")
app.command("setup")(machine.setup)
app.command("doctor")(doctor.doctor)

_SAID_IN_ONE_LINE = (
    ApiError,
    ConnectionMissing,
    CopyRefused,
    GitError,
    LogMismatch,
    LogUnavailable,
    NoDatabase,
    PgError,
    RebuildRefused,
    ReplayRefused,
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
