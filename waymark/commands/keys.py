"""`waymark keys create|list|revoke`, over HTTP with an admin's key."""

from __future__ import annotations

from typing import Annotated

import typer

from waymark.client import Key
from waymark.commands.options import ApiKey, AsJson, DataDir, Url
from waymark.connection import resolve_connection
from waymark.console import as_json_value, console, print_json, print_table
from waymark.errors import CommandFailed

app = typer.Typer(no_args_is_help=True, help="API keys of the tenant whose admin key is used.")

_COLUMNS = ("id", "prefix", "label", "roles", "createdAt", "expiresAt", "lastUsedAt", "revokedAt")


@app.command("create")
def create(
    label: Annotated[str, typer.Argument(help="What the key is for.")],
    role: Annotated[list[str] | None, typer.Option("--role", help="viewer, editor or admin. Default: editor.")] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="When it ends (RFC 3339 or a date).")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it: this is the only time it can be seen."""
    with resolve_connection(url, api_key, data_dir).blocking() as client:
        created = client.keys.create(label, role or ["editor"], expires_at=expires)
    if created.key is None:
        raise CommandFailed(f"key {created.id} was made, but the answer that held it was lost: revoke it, make another")
    if as_json:
        print_json(as_json_value(created))
    else:
        console.print(created.key, markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_command(url: Url = None, api_key: ApiKey = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tenant's keys, without the keys themselves."""
    with resolve_connection(url, api_key, data_dir).blocking() as client:
        keys = list(client.keys.all())
    if as_json:
        print_json([as_json_value(key) for key in keys])
        return
    print_table(_COLUMNS, [_row(key) for key in keys])


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
) -> None:
    """End a key; it stops working everywhere within a second."""
    with resolve_connection(url, api_key, data_dir).blocking() as client:
        client.keys.revoke(key_id)
    console.print("revoked")


def _row(key: Key) -> list[object]:
    shown = as_json_value(key)
    return [", ".join(value) if isinstance(value := shown[column], list) else value for column in _COLUMNS]
