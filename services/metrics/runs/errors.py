"""Errors of runs."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class MetricPaused(Conflict):
    """the metric is paused; resume it to have its values computed"""

    code = "metric_paused"


class RunEnded(Conflict):
    """the run ended without computing all values: {reason}"""

    code = "run_failed"
