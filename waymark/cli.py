"""The `waymark` command line: the names of its sub-commands, and how their errors are printed.

A command's module is loaded when it is asked for: most need an HTTP client only, a few the whole composition.
"""

from __future__ import annotations

import sys
from importlib import import_module

import httpx
import typer

from libs.telemetry.logs import configure_logs
from waymark.client import WaymarkError
from waymark.console import errors
from waymark.errors import CommandFailed

_COMMANDS = {
    "up": "machine:up",
    "emit": "records:emit",
    "tail": "records:tail",
    "import": "imports:app",
    "demo": "demo:demo",
    "keys": "keys:app",
    "tenants": "operator:tenants",
    "projections": "operator:models",
    "dead-letters": "operator:dead_letters",
    "log": "operator:log",
    "setup": "machine:setup",
    "doctor": "doctor:doctor",
}


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Waymark records what happens in a company's systems and answers questions about it while it happens.",
)


@app.callback()
def _waymark() -> None:
    """Waymark records what happens in a company's systems and answers questions about it while it happens."""


def _register(name: str) -> None:
    module, attribute = _COMMANDS[name].split(":")
    found = getattr(import_module(f"waymark.commands.{module}"), attribute)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name)(found)


def main() -> None:
    """Run the command line; an error a person can act on is one line on standard error and exit code 1."""
    # Whatever is logged goes to standard error; standard output belongs to the command.
    configure_logs("waymark", level="ERROR")
    asked_for = [argument for argument in sys.argv[1:2] if argument in _COMMANDS]
    for name in asked_for or _COMMANDS:
        _register(name)
    try:
        app()
    except (CommandFailed, WaymarkError) as error:
        _say(str(error))
    except httpx.TransportError as error:
        _say(f"the server does not answer: {error}")
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    else:
        return
    raise SystemExit(1)


def _say(words: str) -> None:
    errors.print(f"waymark: {words}", markup=False, highlight=False, soft_wrap=True)
