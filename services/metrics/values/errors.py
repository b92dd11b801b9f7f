"""The errors of values; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class NotYetCurrent(Conflict):
    """the metric has no values yet: `state` of its definition says how far they are"""

    code = "metric_not_current"
