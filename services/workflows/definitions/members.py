"""Reads the members of JSON objects one by one, and keeps everything that is wrong, each with its place and type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar, overload

from libs.httpkit.errors import Loc, Violation
from libs.httpkit.near_names import KnownNames
from libs.httpkit.validation import json_type

Json: TypeAlias = Any
T = TypeVar("T")
D = TypeVar("D")
Read: TypeAlias = Callable[[Json], T]


class Wrong(ValueError):
    """A value that is not what is expected; `type` is the violation's."""

    def __init__(self, message: str, type_: str = "type_error") -> None:
        super().__init__(message)
        self.type: Final = type_


class Members:
    """The members of an object, as a context: at its end, those that were not taken are refused.

    A null counts as if it were not there. Without `refuses_others` only those that are nearly a taken name are refused.
    """

    def __init__(self, raw: Json, loc: Loc, errors: list[Violation], *, refuses_others: bool = True) -> None:
        self._loc = loc
        self._errors = errors
        self._refuses_others = refuses_others
        self._taken: list[str] = []
        self._is_object = isinstance(raw, dict)
        self._raw: dict[str, Json] = raw if isinstance(raw, dict) else {}
        if not self._is_object:
            self.refuse(f"an object is expected, not {json_type(raw)}", "type_error")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if kind is None:
            self._judge_others()

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    @overload
    def take(self, name: str, read: Read[T], default: D, *, required: bool = False) -> T | D: ...
    @overload
    def take(self, name: str, read: Read[T], *, required: bool = False) -> T | None: ...
    def take(self, name: str, read: Read[T], default: D | None = None, *, required: bool = False) -> T | D | None:
        """Return a member, `default` where there is none or it is wrong."""
        self._taken.append(name)
        value = self._raw.get(name)
        if value is None and not (read is anything and name in self._raw):
            if required and self._is_object:
                self.refuse("is required", "missing", name)
            return default
        try:
            return read(value)
        except Wrong as wrong:
            self.refuse(str(wrong), wrong.type, name)
            return default

    def inside(self, name: str, build: Callable[[Members], T]) -> T | None:
        """Return what `build` makes of a member that is an object, None where there is none."""
        raw = self.take(name, an_object)
        if raw is None:
            return None
        with Members(raw, (*self._loc, name), self._errors) as members:
            return build(members)

    def refuse(self, message: str, kind: str, *steps: str | int) -> None:
        """Add a violation of the object, or of what lies at `steps` in it."""
        self._errors.append(Violation((*self._loc, *steps), message, kind))

    def _judge_others(self) -> None:
        others = [name for name in self._raw if name not in self._taken]
        if not others:
            return
        meant = dict(KnownNames(self._taken).misspelt(others))
        for name in others if self._refuses_others else meant:
            self.refuse(meant.get(name, f"there is no {name!r}"), "unknown_field", name)


def anything(value: Json) -> Json:
    """Take any JSON, null as well."""
    return value


def an_object(value: Json) -> dict[str, Json]:
    """Take an object. Raises Wrong."""
    if not isinstance(value, dict):
        raise Wrong(f"an object is expected, not {json_type(value)}")
    return value


def a_boolean(value: Json) -> bool:
    """Take true or false. Raises Wrong."""
    if not isinstance(value, bool):
        raise Wrong(f"true or false is expected, not {json_type(value)}")
    return value


def a_text(max_chars: int, *, min_chars: int = 1) -> Read[str]:
    """Return what takes a text of these lengths."""

    def read(value: Json) -> str:
        if not isinstance(value, str):
            raise Wrong(f"text is expected, not {json_type(value)}")
        if not min_chars <= len(value) <= max_chars:
            raise Wrong(f"{min_chars} to {max_chars} characters are expected", "limit")
        return value

    return read


def an_integer(low: int, high: int) -> Read[int]:
    """Return what takes an integer from `low` to `high`."""

    def read(value: Json) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(f"an integer is expected, not {json_type(value)}")
        if not low <= value <= high:
            raise Wrong(f"an integer from {low} to {high} is expected", "limit")
        return value

    return read


def a_number(low: float, high: float) -> Read[float]:
    """Return what takes a number from `low` to `high`."""

    def read(value: Json) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise Wrong(f"a number is expected, not {json_type(value)}")
        if not low <= value <= high:
            raise Wrong(f"a number from {low:g} to {high:g} is expected", "limit")
        return float(value)

    return read


def one_of(texts: tuple[T, ...]) -> Read[T]:
    """Return what takes one of these texts."""

    def read(value: Json) -> T:
        if value not in texts:
            raise Wrong(f"one of {', '.join(map(str, texts))} is expected")
        return texts[texts.index(value)]

    return read
