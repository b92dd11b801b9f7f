"""The Python client for tests against a running installation, and a process that uses it and ends."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.support.installation import Installation
from waymark.client import AsyncClient, Client

_EMITTER = """
import sys
from waymark.client import Client, QueueLimits

client = Client(sys.argv[1], sys.argv[2])
limits = QueueLimits(max_age_s=60.0, close_deadline_s=float(sys.argv[3]))
queue = client.queue(limits, on_unsent=lambda unsent: unsent.write_jsonl(sys.argv[4]))
for number in range(3):
    queue.record(sys.argv[5], "ORDER", "CREATE", "API", interaction={"number": number})
print("done")
"""


def blocking(installation: Installation, *, key: str | None = None, **options: object) -> Client:
    """A blocking client that reads what it wrote, under the first key unless another is given."""
    return Client(installation.url, _key(installation, key), read_your_writes=True, **options)  # type: ignore[arg-type]


def asynchronous(installation: Installation, *, key: str | None = None) -> AsyncClient:
    """The same for the event loop."""
    return AsyncClient(installation.url, _key(installation, key), read_your_writes=True)


def _key(installation: Installation, key: str | None) -> str:
    return key or str(installation.credentials["apiKey"])


async def run_emitter(
    url: str, key: str, deadline_s: float, kept: Path, resource_id: str
) -> tuple[int | None, str, str]:
    """A process that enqueues three interactions and ends at once: its exit code, output and error output.

    It tries for `deadline_s` to send them, and writes what it could not send to `kept`.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYMARK_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _EMITTER, url, key, str(deadline_s), str(kept), resource_id),
        env=inherited,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def recorded(client: AsyncClient, resource_id: str, count: int) -> bool:
    """Whether a resource has this many interactions."""
    return (await client.interactions.list(resource_id=resource_id)).pagination.total == count
