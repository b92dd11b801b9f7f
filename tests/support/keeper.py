"""Keeps one server for a whole test run: starts it, tells its address through a file, ends it when the run is gone.

Its own process, because the workers that share the server come and go. Run as
`python -m tests.support.keeper kafka|postgres <state directory> <process id of the run>`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from deploy.kafka.broker import BrokerFailed
from deploy.kafka.jars import FetchFailed, ToolsMissing
from libs.pg.errors import EmbeddedPostgresError
from tests.support.brokers import run_broker
from tests.support.postgres import run_server
from tests.support.shared import ADDRESS_FILE, FAILURE_FILE

_SERVERS: Mapping[str, Callable[[], AbstractContextManager[str]]] = {"kafka": run_broker, "postgres": run_server}


def main(kind: str, state_dir: Path, watched_pid: int) -> None:
    """Run a server until `watched_pid` ends or SIGTERM comes; `state_dir` gets its address, or why there is none."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _SERVERS[kind]() as address:
            _write(state_dir / ADDRESS_FILE, address)
            while _exists(watched_pid):
                time.sleep(0.1)
    except (BrokerFailed, EmbeddedPostgresError, FetchFailed, ToolsMissing) as error:
        _write(state_dir / FAILURE_FILE, str(error))
    except KeyboardInterrupt:
        return


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _write(file: Path, text: str) -> None:
    partial = file.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.rename(file)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
