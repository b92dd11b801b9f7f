"""Runs the load generator as a process of its own and hands back what it saw."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

from tests.performance.load.plan import LoadFigures, LoadPlan

_ROOT = Path(__file__).parents[2]


class LoadFailed(RuntimeError):
    """The generator did not finish, or the server refused what it must take."""


async def run_load(plan: LoadPlan) -> LoadFigures:
    """One measurement. Raises LoadFailed when any request was refused: a refusal is quick and would look like speed."""
    command = (sys.executable, "-m", "tests.performance.load", msgspec.json.encode(plan).decode())
    generator = await asyncio.create_subprocess_exec(
        *command, cwd=_ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await generator.communicate()
    finally:
        if generator.returncode is None:
            generator.kill()
            await generator.wait()
    if generator.returncode != 0:
        raise LoadFailed(f"the load generator failed:\n{errors.decode()[-2000:]}")
    figures = msgspec.json.decode(output, type=LoadFigures)
    if figures.refused:
        raise LoadFailed(f"{figures.refused} requests were refused, the first with:\n{figures.first_refusal}")
    return figures
