"""Errors of running workflows; a session that did not complete is one, with the session in it."""

from __future__ import annotations

from libs.httpkit.errors import ApiError, Conflict


class WorkflowInactive(Conflict):
    """workflow {name!r} is not active"""

    code, title = "workflow_inactive", "Workflow Inactive"


class AlreadyEnded(Conflict):
    """the session is {status} already"""

    code, title = "session_ended", "Session Ended"


class SessionNotOver(Conflict):
    """only a session that failed or was cancelled can be retried; this one is {status}"""

    code, title = "session_not_failed", "Session Not Failed"


class WorkflowFailed(ApiError):
    """the session failed"""

    status, code, title = 424, "workflow_failed", "Workflow Failed"


class WorkflowCancelled(ApiError):
    """the session was cancelled"""

    status, code, title = 424, "workflow_cancelled", "Workflow Cancelled"
