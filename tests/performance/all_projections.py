"""Every consumer in one process, as the single machine's own child runs them. Runs until SIGTERM."""

from __future__ import annotations

import sys

from libs.service.process import listen, run_process
from libs.service.run import start
from libs.service.settings import ServiceSettings
from waymark import services


def main() -> int:
    """Listen where the environment says, for `/readyz` alone."""
    start("waymark-projections")
    settings = ServiceSettings()
    return run_process("projections", None, listen(settings), services.consumers(), settings=settings)


if __name__ == "__main__":
    sys.exit(main())
