"""Operators' commands on a database as it is: one that no start has set up yet, and rows that hold hostile text."""

from __future__ import annotations

import asyncio

import pytest
from typer.testing import CliRunner

from tests.support.postgres import TestServer
from waymark import cli
from waymark.errors import CommandFailed

COMMANDS = [
    ["tenants", "list"],
    ["tenants", "create", "acme"],
    ["projections", "list"],
    ["projections", "rebuild", "queries.history", "--no-wait"],
    ["projections", "restart", "catalog.starter_sets"],
    ["monitoring", "verify"],
    ["dead-letters", "list"],
    ["dead-letters", "replay", "queries.history"],
    ["dead-letters", "discard", "queries.history", "--all", "--reason", "mistyped"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_a_database_that_is_not_set_up_is_told_in_one_line(
    postgres_server: TestServer, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    async with postgres_server.database() as url:
        monkeypatch.setenv("WAYMARK_DATABASE_URL", url)
        result = await asyncio.to_thread(CliRunner().invoke, cli.app, command)
    assert isinstance(result.exception, CommandFailed)
    assert "\n" not in str(result.exception)
    assert "waymark setup" in str(result.exception)
