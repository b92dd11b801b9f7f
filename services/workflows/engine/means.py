"""The dependencies of runs of tasks: integrations, child sessions, secrets, hosts, the tools of types."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from libs.contracts.workflow_sessions import SessionStarted
from services.workflows.engine.hosts import Hosts
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.task_types.model import ChildStart, Connected
from services.workflows.task_types.tools import Tools


class FindConnected(Protocol):
    """The integrations of tenants."""

    async def connected(self, tenant_id: str, name: str) -> Connected:
        """Return an integration. Raises TaskFailed."""
        ...


class Children(Protocol):
    """The starts of child sessions."""

    async def prepare(
        self, parent: SessionState, at: TaskKey, session_id: str, start: ChildStart, key: str | None = None
    ) -> tuple[str, SessionStarted]:
        """Return the key and the record that begin a child, the key being `key` where that is settled.

        Raises TaskFailed, and errors of what is away.
        """
        ...

    async def is_known(self, parent: SessionState, session_id: str) -> bool:
        """Return whether the read model has a child."""
        ...

    async def begin(self, parent: SessionState, key: str, record: SessionStarted) -> None:
        """Return once the log has the record."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The dependencies of runs. `unseal` returns the secrets of a session's input in plain text. Raises TaskFailed."""

    tools: Tools
    connections: FindConnected
    children: Children
    unseal: Callable[[SessionState], Mapping[str, str]]
    hosts: Hosts
    clock: Callable[[], int]
    random: random.Random
