"""Options that several sub-commands share, and groups of sub-commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program to read.")]


def group(text: str) -> typer.Typer:
    """Return a group of sub-commands whose help is plain text, which needs no library."""
    return typer.Typer(
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, help=text
    )
