"""Options that several sub-commands share and how their texts are read, and groups of sub-commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

_NO_LIMIT = 10_000
Url = Annotated[
    str | None, typer.Option("--url", help="The server. Default: WAYMARK_URL, else credentials.json.", metavar="URL")
]
ApiKey = Annotated[
    str | None,
    typer.Option("--api-key", help="The API key. Default: WAYMARK_API_KEY, else credentials.json.", metavar="KEY"),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="The data directory. Default: WAYMARK_DATA_DIR, else .waymark.", metavar="DIR"),
]
Host = Annotated[
    str | None,
    typer.Option("--host", help="The address to listen on. Default: WAYMARK_HOST, else 127.0.0.1.", metavar="HOST"),
]
Port = Annotated[
    int | None,
    typer.Option("--port", help="The port to listen on. Default: WAYMARK_PORT, else 8080.", metavar="PORT"),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        help="A PostgreSQL from 15 on. Default: WAYMARK_DATABASE_URL, else the embedded one in the data directory.",
        metavar="URL",
    ),
]
Kafka = Annotated[
    str | None,
    typer.Option(
        "--kafka",
        help="A Kafka (3.7 on) for the log. Default: WAYMARK_KAFKA_BOOTSTRAP_SERVERS, else the PostgreSQL log.",
        metavar="HOST:PORT",
    ),
]
Lines = Annotated[int, typer.Option("--lines", "-n", help="How many past ones to begin with.", min=0, max=100)]
Follow = Annotated[bool, typer.Option("--follow/--no-follow", help="Go on with those that come.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program to read.")]


def resource_named(text: str, *, hint: str = "TYPE:ID") -> tuple[str, str]:
    """Return the type and the id of `TYPE:ID`. Raises BadParameter naming the option `hint`."""
    resource_type, separator, resource_id = text.partition(":")
    if not separator:
        raise typer.BadParameter(f"{text!r} has no colon, expected TYPE:ID", param_hint=hint)
    return resource_type, resource_id


def json_option(text: str | None) -> Any:
    """Return the value of `--data`, None without it. Raises BadParameter."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="--data") from None


class _Group(TyperGroup):
    """A group whose help has the first sentence of each command whole, however narrow the terminal."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the names of the commands and their first sentences."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(_NO_LIMIT)) for name, command in found if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def group(text: str) -> typer.Typer:
    """Return a group of sub-commands whose help is plain text, which needs no library."""
    return typer.Typer(
        cls=_Group,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help=text,
    )
