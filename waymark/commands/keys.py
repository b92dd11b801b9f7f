"""`waymark keys create|list|revoke`, over HTTP with an admin's key."""

from __future__ import annotations

from typing import Annotated

import typer

from libs.lazy import lazy_imports
from waymark.commands.options import ApiKey, AsJson, DataDir, Url, group
from waymark.errors import CommandFailed

with lazy_imports():
    from waymark import client, connection, console

app = group("API keys of the tenant whose admin key is used.")

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
    with connection.resolve_connection(url, api_key, data_dir).blocking() as server:
        created = server.keys.create(label, role or ["editor"], expires_at=expires)
    if created.key is None:
        raise CommandFailed(f"key {created.id} was made, but the answer that held it was lost: revoke it, make another")
    if as_json:
        console.print_json(console.as_json_value(created))
    else:
        console.print_plain(created.key)


@app.command("list")
def list_command(url: Url = None, api_key: ApiKey = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tenant's keys, without the keys themselves."""
    with connection.resolve_connection(url, api_key, data_dir).blocking() as server:
        keys = list(server.keys.all())
    if as_json:
        console.print_json([console.as_json_value(key) for key in keys])
        return
    console.print_table(_COLUMNS, [_row(key) for key in keys])


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
) -> None:
    """End a key; it stops working everywhere within a second."""
    with connection.resolve_connection(url, api_key, data_dir).blocking() as server:
        server.keys.revoke(key_id)
    console.print_plain("revoked")


def _row(key: client.Key) -> list[object]:
    shown = console.as_json_value(key)
    return [", ".join(value) if isinstance(value := shown[column], list) else value for column in _COLUMNS]
