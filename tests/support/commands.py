"""`waymark` commands in the test's process, on the database of an installation."""

from __future__ import annotations

import asyncio

from typer.testing import CliRunner, Result

from waymark import cli
from waymark.errors import CommandFailed

SECRET_KEY = {"WAYMARK_SECRET_KEY": "a secret of the tests alone"}
"""The one of `running_installation`."""


async def run(*arguments: str, **environment: str) -> Result:
    """Run a `waymark` command in a thread, under the secret key of `running_installation`."""
    return await asyncio.to_thread(CliRunner().invoke, cli.app, list(arguments), env=SECRET_KEY | environment)


async def done(*arguments: str, **environment: str) -> str:
    """Run a `waymark` command; its standard output."""
    result = await run(*arguments, **environment)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


async def refused(*arguments: str, **environment: str) -> str:
    """Run a `waymark` command that is refused; the reason."""
    result = await run(*arguments, **environment)
    assert isinstance(result.exception, CommandFailed), (result.output, result.exception)
    return str(result.exception)
