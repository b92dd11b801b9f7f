"""The ties of sessions and their tasks in a trace: their spans, and the ids of the interactions that tell of them.

Spans have the form of OpenTelemetry's ids. All attempts of a task share its span, and all rounds of a session.
"""

from __future__ import annotations

import uuid
from hashlib import blake2b
from typing import Final

_SPAN_BYTES: Final = 8
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:workflow-interaction")


def session_span(session_id: str) -> str:
    """Return the id of a session's span."""
    return _span(session_id)


def task_span(session_id: str, task: str, item: int | None) -> str:
    """Return the id of the span of a task, or of one item of it."""
    return _span(f"{session_id}/{_text(item)}/{task}")


def attempt_id(session_id: str, task: str, item: int | None, number: int) -> str:
    """Return the id of the interaction that tells of the end of an attempt."""
    return str(uuid.uuid5(_NAMESPACE, f"{session_id}/{_text(item)}/{number}/{task}"))


def round_id(session_id: str, round_: int) -> str:
    """Return the id of the interaction that tells of the end of a session's round."""
    return str(uuid.uuid5(_NAMESPACE, f"{session_id}/{round_}"))


def _span(text: str) -> str:
    return blake2b(text.encode(), digest_size=_SPAN_BYTES).hexdigest()


def _text(item: int | None) -> str:
    return "" if item is None else str(item)
