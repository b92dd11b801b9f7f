"""OpenTelemetry end to end: the example program against a running machine, and what its trace shows."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.support.machine import running_machine

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/otel_checkout.py"


async def test_the_examples_spans_are_a_tree_of_events(tmp_path: Path) -> None:
    async with running_machine(tmp_path / "data", {}) as machine:
        environment = {**os.environ, "WAYMARK_DATA_DIR": str(machine.data_dir), "PYTHONPATH": str(EXAMPLE.parents[1])}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(EXAMPLE), env=environment, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(60.0):
            printed, _ = await process.communicate()

    lines = printed.decode().splitlines()
    assert process.returncode == 0
    assert [line.partition(" (")[0] for line in lines] == [
        "otel.span.POST /checkout",
        "  otel.span.reserve",
        "  otel.span.payment",
        "    otel.span.POST /charges",
        "    otel.log.payment.captured",
    ]
