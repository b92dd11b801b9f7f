"""Checks payloads against the schema of their event type, at a cost that is known before.

Patterns run in an engine without backtracking, so their time is linear in the text; a schema's load times a payload's
size bounds the looks of a check. Formats are annotations, as 2020-12 has them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

from libs.event_schemas.expansion import DIALECT, Expanded, Schema, SchemaRefused, expand
from libs.event_schemas.patterns import MAX_PATTERN_KIB

MAX_QUICK_LOOKS: Final = 800_000
"""The most looks of a quick check: some milliseconds at worst."""
MAX_QUICK_PROBLEM_LOOKS: Final = 8_000
"""The same where problems are collected: each look may find one, and each keeps a copy of its place's value."""
_REPEATED_CHARS: Final = 256
"""Characters of a schema that take as long to repeat as a problem takes without them."""
MAX_PROBLEMS: Final = 10
_MAX_MESSAGE_CHARS: Final = 300
_PATTERNS = jsonschema_rs.RegexOptions(size_limit=MAX_PATTERN_KIB * 1024)

_PATTERN_REFUSED: Final = "not a pattern that can be matched without backtracking: no look-around, no back-references"


@dataclass(frozen=True, slots=True)
class Problem:
    """One violation in a payload; `keyword` is the violated keyword of the schema."""

    path: tuple[str | int, ...]
    message: str
    keyword: str


class PayloadValidator:
    """One version of a schema, compiled."""

    __slots__ = ("_compiled", "_load", "_problem_looks")

    def __init__(self, compiled: jsonschema_rs.Draft202012Validator, expanded: Expanded) -> None:
        self._compiled = compiled
        self._load = expanded.load
        self._problem_looks = 1 + expanded.repeated_chars // _REPEATED_CHARS

    def looks(self, payload: bytes) -> int:
        """Return how many looks the check of a payload takes at most."""
        return self._load.of(payload) * len(payload)

    def has_few_problems(self, payload: bytes) -> bool:
        """Return whether all that is wrong with a payload is collected in some milliseconds at most."""
        looks = self.looks(payload) + self._load.telling * len(payload)
        return looks * self._problem_looks <= MAX_QUICK_PROBLEM_LOOKS

    def is_quick(self, payload: bytes) -> bool:
        """Return whether the check of a payload takes some milliseconds at most."""
        return self._load.are_within(MAX_QUICK_LOOKS, payload)

    def is_valid(self, value: Any) -> bool:
        """Return whether a payload is valid."""
        return self._compiled.is_valid(value)

    def first_problem(self, value: Any) -> Problem:
        """Return one thing that is wrong with a payload that is not valid."""
        try:
            self._compiled.validate(value)
        except jsonschema_rs.ValidationError as error:
            return _problem(error)
        raise ValueError("the payload is valid")

    def problems(self, value: Any) -> Sequence[Problem]:
        """Return what is wrong with a payload, at most ten places; empty when it is valid.

        Messages repeat nothing of it. Every problem there is is collected first: see `has_few_problems`.
        """
        if self._compiled.is_valid(value):
            return ()
        return [_problem(error) for error in itertools.islice(self._compiled.iter_errors(value), MAX_PROBLEMS)]


def compile_schema(schema: Schema, *, bounded: bool = True) -> tuple[PayloadValidator, Expanded]:
    """Return the validator of a schema, and the schema with its references in place; raises SchemaRefused.

    `bounded`: refuse one that costs more than may be registered, before it is compiled.
    """
    try:
        jsonschema_rs.meta.validate(_dialect_said(schema))
    except jsonschema_rs.ValidationError as error:
        reason = f"not a schema of 2020-12: {_short(error.message)}"
        raise SchemaRefused(tuple(error.instance_path), reason) from None
    expanded = expand(schema, bounded=bounded)
    try:
        compiled = jsonschema_rs.Draft202012Validator(
            _dialect_said(schema), pattern_options=_PATTERNS, validate_formats=False, offline=True, mask="the value"
        )
    except jsonschema_rs.ValidationError as error:
        reason = _PATTERN_REFUSED if '"regex"' in error.message else _short(error.message)
        raise SchemaRefused(tuple(error.instance_path), reason) from None
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        raise SchemaRefused((), _short(str(error))) from None
    return PayloadValidator(compiled, expanded), expanded


def _dialect_said(schema: Schema) -> dict[str, Any] | bool:
    """Return the schema with 2020-12 named as its dialect, the default; another one is refused elsewhere."""
    return schema if isinstance(schema, bool) else {**schema, "$schema": DIALECT}


def _problem(error: jsonschema_rs.ValidationError) -> Problem:
    return Problem(tuple(error.instance_path), _short(error.message), error.kind.name)


def _short(message: str) -> str:
    return message if len(message) <= _MAX_MESSAGE_CHARS else message[: _MAX_MESSAGE_CHARS - 1] + "…"
