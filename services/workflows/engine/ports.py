"""The dependencies of an executor: the read model's sessions, the versions' rules, and whoever does the tasks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from libs.contracts.workflow_sessions import SessionStarted
from libs.eventlog.port import Positions
from services.workflows.engine.held import HeldSession
from services.workflows.engine.hosts import Place
from services.workflows.engine.runs import Part, Run, SessionRules
from services.workflows.engine.session import SessionState, TaskKey


class Loaded(Protocol):
    """Sessions, and the offsets from which the log has more of them."""

    @property
    def states(self) -> Sequence[SessionState]:
        """The sessions."""
        ...

    @property
    def positions(self) -> Positions:
        """The offsets from which reading goes on; a partition that is missing is read from its beginning."""
        ...


class Opened(Protocol):
    """The open sessions of partitions, however many they are, and the offsets from which the log has more of them."""

    @property
    def positions(self) -> Positions:
        """The offsets from which reading goes on; a partition that is missing is read from its beginning."""
        ...

    def pages(self) -> AsyncIterator[Sequence[SessionState]]:
        """Yield the sessions, oldest first."""
        ...


class LoadOpen(Protocol):
    """Sessions as the read model has them."""

    def opened(self, partitions: Collection[int]) -> AbstractAsyncContextManager[Opened]:
        """Yield the open sessions of partitions."""
        ...

    async def load_some(self, sessions: Collection[tuple[str, str]]) -> Loaded:
        """Return sessions, open or not, by tenant and id, as of the positions. Raises ModelBehind without a model."""
        ...


class FindRules(Protocol):
    """The versions of workflows that sessions run."""

    def known(self, started: SessionStarted, tenant_id: str) -> SessionRules | None:
        """Return the rules of a session when they are at hand."""
        ...

    async def find(self, started: SessionStarted, tenant_id: str) -> SessionRules:
        """Return the rules of a session. Raises RulesMissing, and errors of what is away."""
        ...


class RunTasks(Protocol):
    """The tasks' runs."""

    async def run(self, held: HeldSession, key: TaskKey, run: Run, place: Place) -> Part:
        """Do a run, whose turn has come, and return what it has come to."""
        ...

    def is_code(self, held: HeldSession, key: TaskKey) -> bool:
        """Return whether the task runs code."""
        ...


class RulesMissing(Exception):
    """The version that a session runs is not there."""
