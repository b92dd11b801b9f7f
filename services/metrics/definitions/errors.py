"""The errors of metric definitions; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class MetricLimitReached(Conflict):
    """a tenant has at most {limit} behavioral metrics; delete one that is not needed"""

    code = "metric_limit_reached"
