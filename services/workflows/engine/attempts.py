"""A run of a task under way: its place in the session, and what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from libs.contracts.workflow_sessions import RawJson, task_key
from services.workflows.definitions.compiled import CompiledTask
from services.workflows.engine.hosts import Place
from services.workflows.engine.runs import Run
from services.workflows.engine.session import SessionState, TaskKey
from services.workflows.integrations.redaction import Redactor
from services.workflows.task_types.model import TaskFailed
from services.workflows.values.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """The place of a run: which task of which session, as the log has it."""

    state: SessionState
    task: CompiledTask
    key: TaskKey
    run: Run
    started_at: int
    scope: Scope
    secrets: tuple[str, ...]
    place: Place
    is_adopted: bool
    unreadable: TaskFailed | None

    @property
    def idempotency_key(self) -> str:
        """The same for all attempts of a round."""
        return task_key(self.state.session_id, self.key.task, self.key.item, self.run.round)


class Known:
    """The findings of a run so far: its input as it may be shown, and whether doing it once more changes nothing."""

    __slots__ = ("input", "is_repeatable", "redactor")

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self.redactor = Redactor(secrets)
        self.input: RawJson = msgspec.UNSET
        self.is_repeatable = False
