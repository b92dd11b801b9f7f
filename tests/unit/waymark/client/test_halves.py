"""The blocking half of the client has the same files as the asynchronous one; at exit each does what it can."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.blocking_client import SOURCE, TARGET, WRITTEN_BY_HAND, render_blocking_client

ROOT = Path(__file__).resolve().parents[4]

LEAVES_A_QUEUE = """
import asyncio, logging
import httpx
from waymark.client import AsyncClient, QueueLimits

logging.basicConfig(format="%(message)s")

async def main():
    client = AsyncClient("http://waymark.test", "key", transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    queue = client.queue(QueueLimits(max_age_s=60.0), on_unsent=lambda unsent: print(unsent.count))
    await queue.record("a", "ORDER", "CREATE", "API")
    await asyncio.sleep(0)

{run}
"""


def test_each_file_has_its_counterpart() -> None:
    names = {path.name for path in (ROOT / SOURCE).glob("*.py")}
    assert {path.name for path in (ROOT / TARGET).glob("*.py")} == names
    assert {path.name for path in render_blocking_client(ROOT)} == names - WRITTEN_BY_HAND


def test_a_rendered_file_says_so_and_waits_for_nothing() -> None:
    for content in render_blocking_client(ROOT).values():
        first, _, rest = content.decode().partition("\n")
        assert first.startswith("# Rendered by tests/support/blocking_client.py from waymark/client/asynchronous/")
        assert not any(word in rest.casefold() for word in ("async", "await", "event loop", "task"))


@pytest.mark.parametrize(
    "run", ["asyncio.run(main())", "loop = asyncio.new_event_loop(); loop.run_until_complete(main()); loop.close()"]
)
def test_a_loop_that_ends_without_closing_its_queue_has_what_was_left_logged(run: str) -> None:
    code = LEAVES_A_QUEUE.format(run=run)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert "1 interaction could not be sent" in done.stderr
