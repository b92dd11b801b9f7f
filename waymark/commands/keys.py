"""`waymark keys create|list|revoke`, over HTTP with an admin's key."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from waymark.commands.options import ApiKey, AsJson, DataDir, Url
from waymark.connection import resolve_connection
from waymark.console import console, print_json, print_table
from waymark.http import checked

app = typer.Typer(no_args_is_help=True, help="API keys of the tenant whose admin key is used.")

_PAGE = 100


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
    body: dict[str, Any] = {"label": label, "roles": role or ["editor"]}
    if expires is not None:
        body["expiresAt"] = expires
    with resolve_connection(url, api_key, data_dir).blocking_client() as client:
        created = checked(client.post("/api/keys", json=body)).json()
    if as_json:
        print_json(created)
    else:
        console.print(created["key"], markup=False, highlight=False, soft_wrap=True)


@app.command("list")
def list_command(url: Url = None, api_key: ApiKey = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tenant's keys, without the keys themselves."""
    keys: list[dict[str, Any]] = []
    with resolve_connection(url, api_key, data_dir).blocking_client() as client:
        page = 0
        more = True
        while more:
            page += 1
            answer = checked(client.get("/api/keys", params={"page": page, "limit": _PAGE})).json()
            keys += answer["data"]
            more = answer["pagination"]["hasNext"]
    if as_json:
        print_json(keys)
        return
    columns = ("id", "prefix", "label", "roles", "createdAt", "expiresAt", "lastUsedAt", "revokedAt")
    print_table(columns, [[_cell(key.get(column)) for column in columns] for key in keys])


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.")],
    url: Url = None,
    api_key: ApiKey = None,
    data_dir: DataDir = None,
) -> None:
    """End a key; it stops working everywhere within a second."""
    with resolve_connection(url, api_key, data_dir).blocking_client() as client:
        checked(client.delete(f"/api/keys/{quote(key_id, safe='')}"))
    console.print("revoked")


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list) else value
