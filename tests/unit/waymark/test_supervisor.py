"""A process that dies is started again, and whoever watches is told what it died of."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

from structlog.testing import capture_logs

from tests.support.waiting import eventually
from waymark.supervisor import Child, Supervisor


async def test_a_child_that_keeps_dying_is_told_with_its_last_error(tmp_path: Path) -> None:
    log_file = tmp_path / "api.log"
    log_file.write_text("ValueError: of an earlier run\n")
    environment = {"PATH": os.environ["PATH"], "WAYMARK_DATABASE_POOL_MAX_SIZE": "none", "WAYMARK_SECRET_KEY": "s"}
    with socket.create_server(("127.0.0.1", 0)) as listener, capture_logs() as logs:
        supervisor = Supervisor([Child("api", listener, environment, log_file)], None)
        running = asyncio.create_task(supervisor.run())
        await eventually(lambda: len(logs) >= 2, timeout_s=30.0)
        supervisor.request_stop()
        await running
    for told in logs[:2]:
        assert (told["process"], told["code"]) == ("api", 1)
        assert "WAYMARK_DATABASE_POOL_MAX_SIZE: an integer is expected" in told["error"]


async def test_an_error_of_an_earlier_run_is_not_told_again(tmp_path: Path) -> None:
    log_file = tmp_path / "api.log"
    log_file.write_text("ValueError: of an earlier run\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = Child("api", listener, {}, log_file)
        await child.start(listener.fileno())
        assert child.process is not None
        child.process.kill()
        await child.process.wait()
    assert child.last_error() is None


async def test_what_a_child_says_moves_nothing_on_the_terminal(tmp_path: Path) -> None:
    log_file = tmp_path / "api.log"
    log_file.write_text("ValueError: \x1b[2J\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert Child("api", listener, {}, log_file).last_error() == r"ValueError: \x1b[2J"
