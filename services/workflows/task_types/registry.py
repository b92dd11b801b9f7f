"""Finds the types of tasks that are built in: every class of this package that shows a face.

A type is added by adding its module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules
from types import ModuleType
from typing import Final, cast

from services.workflows import task_types
from services.workflows.task_types.model import TaskType, TypeFace


class BuiltInTypes:
    """The types that every tenant has, by their ids."""

    def __init__(self, types: Mapping[str, TaskType]) -> None:
        self._types: Final = dict(sorted(types.items()))

    def find(self, text: str) -> TaskType | None:
        """Return the type of an id or title, whatever its case, blanks as hyphens."""
        return self._types.get(type_id(text))

    def __iter__(self) -> Iterator[TaskType]:
        return iter(self._types.values())


def type_id(text: str) -> str:
    """Return the id that a type's id or title means: `Send tweet` is `send-tweet`."""
    return "-".join(text.lower().split())


@cache
def built_in_types() -> BuiltInTypes:
    """Return the types that are built in."""
    return BuiltInTypes({one.face.type: one for module in _modules() for one in _types_of(module)})


def _modules() -> Iterator[ModuleType]:
    return (import_module(f"{task_types.__name__}.{found.name}") for found in iter_modules(task_types.__path__))


def _types_of(module: ModuleType) -> Iterator[TaskType]:
    for _, found in getmembers(module, isclass):
        if found.__module__ == module.__name__ and isinstance(getattr(found, "face", None), TypeFace):
            yield cast(TaskType, found())
