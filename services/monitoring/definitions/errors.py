"""The errors of critical interactions' definitions; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class InteractionExists(Conflict):
    """there is a critical interaction named {name!r} already"""


class TooManyDefinitions(Conflict):
    """a tenant has at most {limit} critical interactions; delete one that is not needed"""


class TooManyVersions(Conflict):
    """matches of {limit} earlier versions may be open; the next change is possible at {next_at}, or after a stop"""


class TooManyRunning(Conflict):
    """a tenant has at most {limit} running critical interactions; stop or delete one that is not needed"""
