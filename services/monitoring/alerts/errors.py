"""The errors of alert rules; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class RuleExists(Conflict):
    """there is an alert rule named {name!r} already"""


class TooManyRules(Conflict):
    """a tenant has at most {limit} alert rules; delete one that is not needed"""


class RuleOfObjective(Conflict):
    """this rule is the objective's {slo_id}: change or delete that one"""
