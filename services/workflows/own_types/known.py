"""The task types that one tenant may use: those that every tenant has, and its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.workflows.definitions.types import Types
from services.workflows.own_types.model import OwnTypeDefinition
from services.workflows.task_types.model import TaskType
from services.workflows.task_types.own import OwnType
from services.workflows.task_types.registry import type_id


class KnownTypes:
    """The `common` types, which no own one hides, and `own` ones."""

    def __init__(self, common: Types, own: Collection[TaskType] = ()) -> None:
        self._common = common
        titles = {type_id(one.face.title): one for one in own}
        self._own: Mapping[str, TaskType] = titles | {type_id(one.face.type): one for one in own}

    def find(self, text: str) -> TaskType | None:
        return self._common.find(text) or self._own.get(type_id(text))

    def is_own(self, found: TaskType) -> bool:
        """Return whether a type that was found is one of the tenant's own."""
        return self._own.get(found.face.type) is found


def own_type(name: str, definition: OwnTypeDefinition) -> OwnType:
    """Return a tenant's own type as tasks are run by it."""
    return OwnType(
        type_=name,
        title=definition.title,
        description=definition.description,
        inputs=definition.inputs,
        code=definition.code,
    )
