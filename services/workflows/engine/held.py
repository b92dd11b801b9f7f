"""A session in an executor's memory: its state as the log has it, and what this executor does for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from libs.contracts.workflow_sessions import SessionAdvanced
from services.workflows.engine.runs import Fan, Part, Run, SessionRules
from services.workflows.engine.session import SessionState, TaskKey


@dataclass(slots=True, eq=False)
class HeldSession:
    """A session of a partition that is held; `passed` is the offset after the last record that `state` has.

    `is_adopted`: another executor may have acted on it before.

    `runs` go on, `finished` have come to something that the log does not have yet. `unsure` are tasks that another
    executor may be running: they are resumed in the log before they are run here, not before `hands_off_until`.
    `flight` is the record under way to the log, `defect` why the session cannot go on; `is_planned`: nothing follows
    but of what its runs come to. `is_unwanted`: it is a child whose parent ended before it began.
    """

    state: SessionState
    passed: int
    is_adopted: bool = False
    is_planned: bool = False
    is_unwanted: bool = False
    rules: SessionRules | None = None
    is_learning: bool = False
    defect: str | None = None
    runs: dict[TaskKey, Run] = field(default_factory=dict)
    finished: dict[TaskKey, tuple[Run, Part]] = field(default_factory=dict)
    fans: dict[TaskKey, tuple[Run, Fan]] = field(default_factory=dict)
    unsure: dict[TaskKey, None] = field(default_factory=dict)
    hands_off_until: int = 0
    flight: SessionAdvanced | None = None
    due: int | None = None
    touched_ms: int = 0
    tentative: tuple[SessionState, SessionAdvanced, SessionState] | None = None

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.state.session_id

    @property
    def is_idle(self) -> bool:
        """Whether nothing goes on for it here."""
        return not (self.runs or self.finished or self.unsure or self.flight)
