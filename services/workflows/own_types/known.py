"""The task types that one tenant may use: those that every tenant has, and its own."""

from __future__ import annotations

from collections.abc import Iterable

from services.workflows.definitions.types import Types, type_key
from services.workflows.task_types.model import TaskType


class KnownTypes:
    """The `common` types, which no own one hides, and `own` ones."""

    def __init__(self, common: Types, own: Iterable[TaskType] = ()) -> None:
        self._common = common
        self._own: dict[str, TaskType] = {}
        for one in own:
            self._own[type_key(one.face.title)] = one
        for one in own:
            self._own[type_key(one.face.type)] = one

    def find(self, text: str) -> TaskType | None:
        return self._common.find(text) or self._own.get(type_key(text))

    def is_own(self, found: TaskType) -> bool:
        """Return whether a type that was found is one of the tenant's own."""
        return self._own.get(found.face.type) is found
