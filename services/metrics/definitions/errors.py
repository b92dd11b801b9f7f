"""The errors of metric definitions; a docstring is the form of the message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from libs.httpkit.errors import Conflict
from libs.objects.limits import LimitReached


class MetricLimitReached(LimitReached):
    """a tenant has at most {limit} behavioral metrics; delete one that is not needed"""

    code = "metric_limit_reached"


class MetricReferenced(Conflict):
    """active rules refer to the metric: {names}; pause or change them first"""

    code = "metric_referenced"

    def __init__(self, references: Sequence[Mapping[str, Any]]) -> None:
        """Name the rules and show them as `references`."""
        names = ", ".join(repr(one["name"]) for one in references)
        super().__init__(names=names, members={"references": references})
