"""How a floor is run: the same server as ours (uvicorn on uvloop and httptools), told where things are as ours is."""

from __future__ import annotations

import argparse

import uvicorn
from starlette.types import ASGIApp

from libs.eventlog.settings import LogSettings

EXECUTOR_VARIABLE = "WAYMARK_BENCH_EXECUTOR"
"""Names a process among those that share its database."""


def settings() -> LogSettings:
    """Database, log and topic prefix from `WAYMARK_*`."""
    return LogSettings()


def serve(app: ASGIApp) -> None:
    """Serve on 127.0.0.1 at the port of `--port` until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", access_log=False, log_level="error")
