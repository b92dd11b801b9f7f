"""The spans of sessions and their tasks: the ids that tie what they record to them in a trace.

They have the form of OpenTelemetry's span ids. All attempts of a task share its span, and all rounds of a session.
"""

from __future__ import annotations

from hashlib import blake2b

_SPAN_BYTES = 8


def session_span(session_id: str) -> str:
    """Return the id of a session's span."""
    return _span(session_id)


def task_span(session_id: str, task: str, item: int | None) -> str:
    """Return the id of the span of a task, or of one item of it."""
    return _span(f"{session_id}/{'' if item is None else item}/{task}")


def _span(text: str) -> str:
    return blake2b(text.encode(), digest_size=_SPAN_BYTES).hexdigest()
