"""The work that a partition has done for it, and the records that it hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from libs.contracts.workflow_sessions import SessionAdvanced
from services.workflows.engine.held import HeldSession
from services.workflows.engine.runs import Run, SessionRules
from services.workflows.engine.session import SessionState, TaskKey

if TYPE_CHECKING:
    from services.workflows.engine.partition import OwnedPartition


class Shell(Protocol):
    """The work that a partition has done for it."""

    def begin(self, partition: OwnedPartition, held: HeldSession, key: TaskKey, run: Run) -> None:
        """Begin a run; its end is told by `OwnedPartition.finish`, unless it is cut."""
        ...

    def cut(self, held: HeldSession, key: TaskKey) -> None:
        """End a run as soon as can be, and tell nothing of it."""
        ...

    def rules_of(self, partition: OwnedPartition, held: HeldSession) -> SessionRules | None:
        """Return the rules of a session; None when `learned` or `cannot_go_on` will be called."""
        ...

    def fetch(self, partition: OwnedPartition, session_id: str) -> None:
        """Load a session that is away; told by `OwnedPartition.fetched`."""
        ...

    def has_room(self) -> bool:
        """Return whether one session more may be held."""
        ...

    def changed(self, partition: OwnedPartition) -> None:
        """Note that `settle` is to be called."""
        ...


class Flight(NamedTuple):
    """A record that is to be appended for a session in the state that it was made from."""

    held: HeldSession
    before: SessionState
    record: SessionAdvanced
