"""The kinds of values that a task's field can have, and what comes of each when the task begins.

Only what the definition's maker wrote is ever evaluated: what a reference, a blank or a slot brings goes in as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import quote

import msgspec

from services.workflows.task_types.model import TaskFailed
from services.workflows.values.paths import Path
from services.workflows.values.places import Place, pointer_of, value_at
from services.workflows.values.scope import Scope

Json: TypeAlias = Any
"""JSON, or UNSET for nothing."""

REFERENCE_MISSING: Final = "reference_missing"
INPUT_MISSING: Final = "input_missing"
INPUT_TOO_LARGE: Final = "input_too_large"
MAX_BODY_BYTES: Final = 1_048_576
"""The most that references, blanks and formatted texts bring into one task's body."""
_SCALAR_BYTES: Final = 8

_encode: Final = msgspec.json.Encoder().encode


class Resolving:
    """The values of one task's body while they are found: where from, and how much more may come."""

    __slots__ = ("_room", "scope")

    def __init__(self, scope: Scope, room: int = MAX_BODY_BYTES) -> None:
        self.scope: Final = scope
        self._room = room

    def take(self, value: Json) -> Json:
        """Return a value that goes into the body. Raises TaskFailed once all are too large together."""
        if isinstance(value, str):
            size = len(value)
        else:
            size = len(_encode(value)) if isinstance(value, (dict, list)) else _SCALAR_BYTES
        self._room -= size
        if self._room < 0:
            raise TaskFailed(INPUT_TOO_LARGE, f"the values of the fields are larger than {MAX_BODY_BYTES} bytes")
        return value


class Value(Protocol):
    """The value of a field, or a part of one."""

    def resolve(self, resolving: Resolving) -> Json:
        """Return the value; UNSET where there is none. Raises TaskFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Literal:
    """Any JSON, taken whole."""

    value: Json

    def resolve(self, resolving: Resolving) -> Json:  # noqa: ARG002
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A value that the caller brings, at `place` in the body, as `schema` says; `default` is UNSET where there is none.

    The value of one that is `secret` is a text and shown nowhere.
    """

    place: Place
    schema: Mapping[str, Json]
    required: bool
    default: Json = msgspec.UNSET
    secret: bool = False

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer."""
        return pointer_of(self.place)

    def resolve(self, resolving: Resolving) -> Json:
        found = value_at(resolving.scope.input, self.place)
        if found is msgspec.UNSET and self.required:
            raise TaskFailed(INPUT_MISSING, f"the input has nothing at {self.pointer}")
        return found if found is msgspec.UNSET else resolving.take(found)


@dataclass(frozen=True, slots=True)
class Reference:
    """The value that `path` leads to, else `default`; UNSET is no default."""

    path: Path
    default: Json = msgspec.UNSET

    def resolve(self, resolving: Resolving) -> Json:
        found = resolving.scope.find(self.path)
        if found is msgspec.UNSET:
            found = self.default
        return resolving.take(_there(self.path, found))


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a formatted text: the value that `path` leads to, as text, through `filter` where there is one."""

    path: Path
    filter: str | None = None

    def text(self, scope: Scope) -> str:
        """Return the text that goes in. Raises TaskFailed."""
        found = _there(self.path, scope.find(self.path))
        return _as_text(found) if self.filter is None else FILTERS[self.filter](found)


@dataclass(frozen=True, slots=True)
class Formatted:
    """A text with slots."""

    parts: tuple[str | Slot, ...]

    def resolve(self, resolving: Resolving) -> Json:
        scope = resolving.scope
        return "".join(resolving.take(part if isinstance(part, str) else part.text(scope)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class JsonOf:
    """An object or an array with other values in it than literals."""

    members: Mapping[str, Value] | tuple[Value, ...]

    def resolve(self, resolving: Resolving) -> Json:
        if isinstance(self.members, tuple):
            return [_or_null(member.resolve(resolving)) for member in self.members]
        found = ((name, member.resolve(resolving)) for name, member in self.members.items())
        return {name: value for name, value in found if value is not msgspec.UNSET}


def blanks_of(value: Value) -> Iterator[Blank]:
    """Return the blanks within a value."""
    if isinstance(value, Blank):
        yield value
    elif isinstance(value, JsonOf):
        members = value.members if isinstance(value.members, tuple) else value.members.values()
        for member in members:
            yield from blanks_of(member)


def _there(path: Path, found: Json) -> Json:
    if found is msgspec.UNSET:
        raise TaskFailed(REFERENCE_MISSING, f"{path} leads nowhere", detail={"path": str(path)})
    return found


def _or_null(value: Json) -> Json:
    return None if value is msgspec.UNSET else value


def _as_text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else _encode(value).decode()


FILTERS: Final[Mapping[str, Callable[[Json], str]]] = {
    "upper": lambda value: _as_text(value).upper(),
    "lower": lambda value: _as_text(value).lower(),
    "trim": lambda value: _as_text(value).strip(),
    "json": lambda value: _encode(value).decode(),
    "url": lambda value: quote(_as_text(value), safe=""),
}
"""The filters of slots: case, white space at the ends, JSON, percent-encoding of all but unreserved characters."""
