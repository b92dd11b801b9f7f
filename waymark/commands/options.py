"""Options that several sub-commands share."""

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
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for a program to read.")]
