"""One supervised process of the single machine.

`python -m waymark.child api|<worker> <listener fd> <alive fd> <log file>`: the file is the process's standard error.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from starlette.types import ASGIApp

from libs.lazy import lazy_imports
from libs.service.run import API, start

with lazy_imports():
    from libs.service import process
    from libs.service import settings as service_settings
    from waymark import composition, disk_space, front, remote, services


def main(name: str, listener_fd: int, alive_fd: int, log_file: Path) -> int:
    """Run the process until it is asked to stop or its parent is gone."""
    start(f"waymark-{name}", log_file=log_file)
    listener = socket.socket(fileno=listener_fd)
    settings = service_settings.settings_of(service_settings.ServiceSettings, {"member": "machine"})
    space = disk_space.watched_space(settings.disk_reserve_mib)
    app = compose(space) if name == API else None
    consumers, jobs = ((), ()) if name == API else services.work_of(name)
    return process.run_process(
        name,
        app,
        listener,
        consumers,
        jobs,
        settings=settings,
        stop_when=lambda: _parent_gone(alive_fd),
    )


def compose(space: disk_space.DiskSpace | None = None) -> ASGIApp:
    """Put every service's API and the front into one app, which takes no writes while `space` is short."""
    mounted: Mapping[str, composition.Mounted] = {
        name: composition.Mounted(name, app) for name, app in services.apps().items()
    }
    origins = service_settings.ServiceSettings().cors_origins
    workers = {name: remote.Remote(url) for name, url in remote.workers_of(os.environ)}
    whole = front.create_front(mounted, workers, origins, space=space)
    composed = composition.Composition(mounted, composition.Mounted("front", whole))
    return composed if space is None else disk_space.WritesNeedSpace(composed, space)


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
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
