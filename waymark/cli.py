"""The `waymark` command line: the names of its sub-commands, and how their errors are printed.

A command's module loads what the command does when it does it, so that help and a mistyped option answer at once.
"""

from __future__ import annotations

import io
import signal
import sys
from typing import Annotated, NoReturn

import typer

from libs.lazy import lazy_imports
from waymark.commands import backup, demo, doctor, events, imports, keys, machine, monitoring, operator, records
from waymark.commands.options import group
from waymark.errors import CommandFailed

with lazy_imports():
    from waymark import client, console, version

app = group("Waymark records what happens in a company's systems and answers questions about it while it happens.")
app.command("up")(machine.up)
app.command("emit")(records.emit)
app.command("tail")(records.tail)
app.add_typer(events.app, name="events")
app.add_typer(imports.app, name="import")
app.command("demo")(demo.demo)
app.add_typer(keys.app, name="keys")
app.add_typer(operator.tenants, name="tenants")
app.add_typer(operator.models, name="projections")
app.add_typer(operator.dead_letters, name="dead-letters")
app.add_typer(operator.log, name="log")
app.add_typer(monitoring.app, name="monitoring")
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("setup")(machine.setup)
app.command("secrets")(machine.secrets)
app.command("doctor")(doctor.doctor)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        console.print_plain(f"waymark {version.VERSION}")
        raise typer.Exit


@app.callback()
def _waymark(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Waymark records what happens in a company's systems and answers questions about it while it happens."""


def main() -> None:
    """Run the command line; an error a person can act on is printed without a traceback, with exit code 1."""
    _print_anything()
    _end_on_sigterm()
    try:
        app()
    except SystemExit:
        raise  # the usual end, caught before a clause that loads the client
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except (CommandFailed, OSError) as error:
        _fail(error)
    except client.WaymarkError as error:
        _fail(error)


def _end_on_sigterm() -> None:
    """Let SIGTERM end a command as Ctrl-C does: no embedded database and no half-written file stays behind."""

    def end(*_: object) -> None:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job, deaf to Ctrl-C
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, end)


def _print_anything() -> None:
    """Let standard output take characters that its encoding lacks: they are printed as their escapes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _fail(error: Exception) -> NoReturn:
    # Lines of ours stay lines; each may quote what came from outside.
    lines = (console.visible(line) for line in str(error).split("\n"))
    sys.exit("waymark: " + "\n".join(lines))
