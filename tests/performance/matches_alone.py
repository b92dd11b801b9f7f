"""The matches in a process of their own, as one member and one writer; `health` beside them when it is named."""

from __future__ import annotations

import sys

from libs.contracts.topics import DEFAULT_PARTITIONS
from libs.service.process import listen, run_process
from libs.service.run import start
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.projection import HealthProjection
from services.monitoring.matches.projection import MatchesProjection
from services.monitoring.settings import MonitoringSettings


def main() -> int:
    """Listen where the environment says, for `/readyz` alone."""
    start("waymark-matches")
    settings = MonitoringSettings()
    matches = MatchesProjection(
        open_matches_max=settings.monitoring_open_matches_max, partitions=settings.partitions or DEFAULT_PARTITIONS
    )
    beside = (HealthProjection(),) if HEALTH_MODEL in sys.argv else ()
    return run_process("matches", None, listen(settings), (matches, *beside), settings=settings)


if __name__ == "__main__":
    sys.exit(main())
