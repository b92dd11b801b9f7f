"""The consumers of the single machine's own child `projections`, in a process of their own. Runs until SIGTERM."""

from __future__ import annotations

import sys

from libs.service.process import listen, run_process
from libs.service.run import PROJECTIONS, start
from libs.service.settings import ServiceSettings
from waymark import services


def main() -> int:
    """Listen where the environment says, for `/readyz` alone."""
    start(f"waymark-{PROJECTIONS}")
    settings = ServiceSettings()
    return run_process(PROJECTIONS, None, listen(settings), *services.work_of(PROJECTIONS), settings=settings)


if __name__ == "__main__":
    sys.exit(main())
