"""The errors of service level objectives; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class SloExists(Conflict):
    """there is a service level objective named {name!r} already"""


class TooManySlos(Conflict):
    """a tenant has at most {limit} service level objectives; delete one that is not needed"""
