"""Counts the sessions of workflows that run few at a time: which run, and which wait for their turn, oldest first.

All sessions of such a workflow have one key, so one executor counts them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.workflows.engine.session import SessionState


@dataclass(slots=True)
class Counted:
    """The sessions under one key."""

    running: dict[str, None] = field(default_factory=dict)
    queued: dict[str, None] = field(default_factory=dict)


class Queues:
    """The sessions of a partition that queue, by their keys."""

    def __init__(self) -> None:
        self._counted: dict[str, Counted] = {}

    def note(self, state: SessionState) -> str | None:
        """Take a session's status into account; return the session that is the next to begin now, if any waits."""
        if not state.started.queues:
            return None
        counted = self._counted.setdefault(state.key, Counted())
        if state.status == "queued":
            counted.running.pop(state.session_id, None)
            counted.queued.setdefault(state.session_id)
        else:
            counted.queued.pop(state.session_id, None)
            if state.is_open:
                counted.running.setdefault(state.session_id)
            else:
                counted.running.pop(state.session_id, None)
        if not (counted.running or counted.queued):
            del self._counted[state.key]
        return next(iter(counted.queued), None)

    def may_begin(self, state: SessionState, limit: int | None) -> bool:
        """Return whether it is the session's turn."""
        counted = self._counted.get(state.key)
        if counted is None or limit is None:
            return True
        return len(counted.running) < limit and next(iter(counted.queued), None) == state.session_id

    def firsts(self) -> list[str]:
        """Return of each key the session whose turn is next."""
        return [next(iter(counted.queued)) for counted in self._counted.values() if counted.queued]
