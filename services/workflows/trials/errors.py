"""The errors of trials; a docstring is the form of the message."""

from __future__ import annotations

from libs.httpkit.errors import Conflict


class NotTried(Conflict):
    """tasks of the type {type!r} wait for what a session alone has: run a workflow instead"""

    code = "not_tried"
