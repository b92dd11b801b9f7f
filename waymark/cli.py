"""The `waymark` command line: the names of its sub-commands, and how their errors are printed.

A command's module loads what the command does when it does it, so that help and a mistyped option answer at once.
"""

from __future__ import annotations

import sys

from libs.lazy import lazy_imports
from waymark.commands import demo, doctor, imports, keys, machine, operator, records
from waymark.commands.options import group
from waymark.errors import CommandFailed

with lazy_imports():
    from waymark import client

app = group("Waymark records what happens in a company's systems and answers questions about it while it happens.")
app.command("up")(machine.up)
app.command("emit")(records.emit)
app.command("tail")(records.tail)
app.add_typer(imports.app, name="import")
app.command("demo")(demo.demo)
app.add_typer(keys.app, name="keys")
app.add_typer(operator.tenants, name="tenants")
app.add_typer(operator.models, name="projections")
app.add_typer(operator.dead_letters, name="dead-letters")
app.add_typer(operator.log, name="log")
app.command("setup")(machine.setup)
app.command("doctor")(doctor.doctor)


@app.callback()
def _waymark() -> None:
    """Waymark records what happens in a company's systems and answers questions about it while it happens."""


def main() -> None:
    """Run the command line; an error a person can act on is one line on standard error and exit code 1."""
    try:
        app()
    except SystemExit:
        raise  # the usual end, caught before a clause that loads the client
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except CommandFailed as error:
        sys.exit(f"waymark: {error}")
    except client.WaymarkError as error:
        sys.exit(f"waymark: {error}")
