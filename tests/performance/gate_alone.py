"""The gate in a process of its own, as one member and one writer. Runs until SIGTERM."""

from __future__ import annotations

import sys

from libs.service.process import listen, run_process
from libs.service.run import start
from services.monitoring.gate.reactor import Gate
from services.monitoring.settings import MonitoringSettings


def main() -> int:
    """Listen where the environment says, for `/readyz` alone."""
    start("waymark-gate")
    settings = MonitoringSettings()
    gate = Gate(settings.monitoring_watermark_ms)
    return run_process("gate", None, listen(settings), (gate,), settings=settings)


if __name__ == "__main__":
    sys.exit(main())
