"""Every consumer in one process, as the single machine's own child runs them. Runs until SIGTERM."""

from __future__ import annotations

import socket
import sys

from libs.service.process import run_process, start
from libs.service.settings import ServiceSettings
from waymark import services


def main() -> int:
    """Listen where the environment says, for `/readyz` alone."""
    start("waymark-projections")
    settings = ServiceSettings()
    listener = socket.create_server((settings.host, settings.port))
    return run_process("projections", None, listener, services.consumers(), settings=settings)


if __name__ == "__main__":
    sys.exit(main())
