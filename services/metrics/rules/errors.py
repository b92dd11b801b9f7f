"""The errors of contact policies and qualification rules; a docstring is the form of the message."""

from __future__ import annotations

from libs.objects.limits import LimitReached


class RuleLimitReached(LimitReached):
    """a tenant has at most {limit} {plural}; delete one that is not needed"""

    code = "rule_limit_reached"
