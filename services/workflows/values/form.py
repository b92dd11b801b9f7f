"""The form of a task type: its fields, their schemas, and what is wrong with values of them.

Compiled once for each form, whatever object it comes in.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from libs.event_schemas.expansion import SchemaRefused
from libs.event_schemas.validator import PayloadValidator, Problem, compile_schema
from libs.httpkit.errors import Loc, Violation
from libs.httpkit.near_names import KnownNames
from services.workflows.task_types.fields import CEL

Json: TypeAlias = Any
Schema: TypeAlias = Mapping[str, Json]

ANYTHING: Final[Schema] = {}
_DEFINITIONS: Final = "$defs"
_ANNOTATIONS: Final = frozenset(("title", "description", "default", "examples", "x-order", "x-secret"))
MAX_LOOKS: Final = 25_000_000
"""What the check of one value may cost, about a tenth of a second: enough for 1 MiB in fields that take any JSON."""
_TOO_LARGE: Final = "tooLarge"
_TYPES: Final = {_TOO_LARGE: "limit", "additionalProperties": "unknown_field"}
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class Field:
    """A field of a form."""

    __slots__ = ("is_required", "name", "schema")

    def __init__(self, name: str, schema: Schema, *, is_required: bool) -> None:
        self.name: Final = name
        self.schema: Final = schema
        self.is_required: Final = is_required

    @property
    def is_literal(self) -> bool:
        """Whether the field takes no reference and no blank."""
        return bool(self.schema.get("x-literal")) or "x-code" in self.schema

    @property
    def is_expression(self) -> bool:
        """Whether the field is an expression."""
        return bool(self.schema.get("x-code") == CEL)

    @property
    def is_task(self) -> bool:
        """Whether the field is a task within the task."""
        return bool(self.schema.get("x-task"))

    @property
    def is_open(self) -> bool:
        """Whether the field takes any JSON."""
        return _ANNOTATIONS.issuperset(self.schema)


class Form:
    """The fields of a type, in the order of its form."""

    def __init__(self, schema: Schema) -> None:
        required = frozenset(schema.get("required", ()))
        shared = {_DEFINITIONS: schema[_DEFINITIONS]} if _DEFINITIONS in schema else {}
        self.fields: Final[Mapping[str, Field]] = {
            name: Field(name, {**as_object(field), **shared}, is_required=name in required)
            for name, field in sorted(schema.get("properties", {}).items(), key=_order_of)
        }
        self._known = KnownNames(self.fields)
        self._is_open = bool(schema.get("additionalProperties")) or "patternProperties" in schema

    def unknown(self, names: Mapping[str, Json], loc: Loc) -> Iterator[Violation]:
        """Return what is wrong with the names of a body's fields."""
        unknown = [name for name in names if name not in self.fields]
        if self._is_open or not unknown:
            return
        meant = dict(self._known.misspelt(unknown))
        for name in unknown:
            yield Violation((*loc, name), meant.get(name, f"the type has no field {name!r}"), "unknown_field")


def _order_of(named: tuple[str, Json]) -> float:
    order = as_object(named[1]).get("x-order", math.inf)
    return order if isinstance(order, (int, float)) else math.inf


def form_of(schema: Schema) -> Form:
    """Return the form that a type's `fields` are."""
    return _form(_encode(schema))


@lru_cache(maxsize=512)
def _form(schema: bytes) -> Form:
    return Form(msgspec.json.decode(schema))


def validator_of(schema: Schema) -> PayloadValidator:
    """Return the validator of a schema. Raises SchemaRefused."""
    return _validator(_encode(schema))


@lru_cache(maxsize=2_048)
def _validator(schema: bytes) -> PayloadValidator:
    return compile_schema(msgspec.json.decode(schema), bounded=False)[0]


def violations_of(schema: Schema, value: Json, loc: Loc) -> list[Violation]:
    """Return what is wrong with a value; messages repeat nothing of it."""
    if not schema:
        return []
    try:
        validator = validator_of(schema)
    except SchemaRefused:
        # A part of a schema may refer to what lies outside of it; the whole judges the whole value.
        return []
    return [_violation(problem, loc) for problem in problems_of(validator, value)]


def problems_of(validator: PayloadValidator, value: Json) -> Sequence[Problem]:
    """Return what is wrong with a value, in a bounded time: of a large one the first thing alone."""
    payload = _encode(value)
    if validator.looks(payload) > MAX_LOOKS:
        return (Problem((), "the value is too large to be judged by its schema", _TOO_LARGE),)
    if validator.is_valid(value):
        return ()
    return validator.problems(value) if validator.has_few_problems(payload) else (validator.first_problem(value),)


def _violation(problem: Problem, loc: Loc) -> Violation:
    place = (*loc, *problem.path)
    if problem.keyword == "required":
        name, _ = json.JSONDecoder().raw_decode(problem.message)
        return Violation((*place, name), "is required", "missing")
    return Violation(place, problem.message, _TYPES.get(problem.keyword, "type_error"))


def is_secret(schema: Schema) -> bool:
    """Return whether values are never shown."""
    return bool(schema.get("x-secret"))


def takes(schema: Schema, kind: str) -> bool:
    """Return whether values of a JSON type may be valid."""
    types = schema.get("type")
    if types is None:
        return True
    named = (types,) if isinstance(types, str) else tuple(types)
    return kind in named or (kind == "integer" and "number" in named)


def part_of(schema: Schema, step: str | int) -> Schema:
    """Return the schema of a member or an item; that of anything where the schema does not say."""
    found: Json = ANYTHING
    if isinstance(step, str):
        found = schema.get("properties", {}).get(step, schema.get("additionalProperties", ANYTHING))
    elif "prefixItems" not in schema:
        found = schema.get("items", ANYTHING)
    part = as_object(found)
    return {**part, _DEFINITIONS: schema[_DEFINITIONS]} if part and _DEFINITIONS in schema else part


def as_object(schema: Json) -> Schema:
    """Return a schema as an object: true is that of anything, false that of nothing."""
    if isinstance(schema, bool):
        return ANYTHING if schema else {"not": {}}
    found: Schema = schema
    return found
