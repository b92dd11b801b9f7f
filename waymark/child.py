"""One supervised process of the single machine: `python -m waymark.child api|projections <listener fd> <alive fd>`."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp

from libs.service.process import API, run_process, start
from libs.service.service import AnyConsumer
from libs.service.settings import ServiceSettings
from waymark import services
from waymark.composition import Composition, Mounted
from waymark.front import create_front


def main(name: str, listener_fd: int, alive_fd: int) -> int:
    """Run the process until it is asked to stop or its parent is gone."""
    start(f"waymark-{name}")
    listener = socket.socket(fileno=listener_fd)
    app: ASGIApp | None = None
    consumers: Sequence[AnyConsumer] = ()
    if name == API:
        app = _compose()
    else:
        consumers = services.consumers()
    settings = ServiceSettings(member="machine")
    return run_process(name, app, listener, consumers, settings=settings, stop_when=lambda: _parent_gone(alive_fd))


def _compose() -> Composition:
    mounted: Mapping[str, Mounted] = {name: Mounted(name, app) for name, app in services.apps().items()}
    return Composition(mounted, Mounted("front", create_front(mounted, os.environ["WAYMARK_PROJECTIONS_URL"])))


async def _parent_gone(alive_fd: int) -> None:
    """Return when the parent's end of the pipe is closed, which a kill -9 does too."""
    loop = asyncio.get_running_loop()
    closed = asyncio.Event()
    os.set_blocking(alive_fd, False)
    loop.add_reader(alive_fd, closed.set)
    try:
        await closed.wait()
    finally:
        loop.remove_reader(alive_fd)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
