"""Programs beside Waymark, run as a stranger runs them: the examples."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"
TIMEOUT_S = 60


@asynccontextmanager
async def running(
    *command: str | Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program outside the tree's import path, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd="/",
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def lines_of(process: asyncio.subprocess.Process, count: int) -> Sequence[str]:
    """Return the next lines that it prints; what it says of an error when it ends before."""
    assert process.stdout is not None
    found: list[str] = []
    async with asyncio.timeout(TIMEOUT_S):
        while len(found) < count:
            line = await process.stdout.readline()
            if not line:
                assert process.stderr is not None
                raise AssertionError((await process.stderr.read()).decode())
            found.append(line.decode().rstrip("\n"))
    return found
