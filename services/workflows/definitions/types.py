"""The task types that a definition may name."""

from __future__ import annotations

from typing import Protocol

from services.workflows.task_types.model import TaskType


class Types(Protocol):
    """The types that a tenant may use."""

    def find(self, text: str) -> TaskType | None:
        """Return the type of an id or a title, in any case, with blanks or hyphens; None when there is none."""
        ...
