"""Blanks: what a definition says of one, those that share a place, and the body that their caller sends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from libs.httpkit.errors import Loc, Violation
from services.workflows.definitions.members import Members, a_boolean, a_text, anything, one_of
from services.workflows.values.form import Schema
from services.workflows.values.nodes import Blank
from services.workflows.values.places import put

Json: TypeAlias = Any
BlankType: TypeAlias = Literal["string", "number", "integer", "boolean", "object", "array"]

BLANK_TYPES: Final[tuple[BlankType, ...]] = get_args(BlankType)
MAX_BLANK_NAME_CHARS: Final = 64
_MAX_DESCRIPTION_CHARS: Final = 2_000
_EMPTY: Final[Mapping[str, Json]] = {
    "string": "", "number": 0, "integer": 0, "boolean": False, "object": {}, "array": [], "null": None,
}  # fmt: skip


class BlankNote(msgspec.Struct, frozen=True, kw_only=True):
    """What `{"$blank": {…}}` says. None stands for what the field says; `default` is UNSET where there is none."""

    name: str | None = None
    type: BlankType | None = None
    description: str | None = None
    default: Json = msgspec.UNSET
    required: bool | None = None
    secret: bool = False


def read_note(raw: Json, loc: Loc, errors: list[Violation]) -> BlankNote:
    """Return what a definition says of a blank; what is wrong with it is added to `errors`."""
    with Members(raw, loc, errors) as members:
        return BlankNote(
            name=members.take("name", a_text(MAX_BLANK_NAME_CHARS)),
            type=members.take("type", one_of(BLANK_TYPES)),
            description=members.take("description", a_text(_MAX_DESCRIPTION_CHARS, min_chars=0)),
            default=members.take("default", anything, msgspec.UNSET),
            required=members.take("required", a_boolean),
            secret=members.take("secret", a_boolean, False),
        )


def described(note: BlankNote, schema: Schema, *, secret: bool) -> Schema:
    """Return the schema of a blank in a field, or a part of one, of this schema."""
    found = {name: value for name, value in schema.items() if name not in ("x-order", "default")}
    if note.type is not None:
        found["type"] = note.type
    if secret:
        found |= {"type": "string", "x-secret": True}
    if note.description is not None:
        found["description"] = note.description
    if note.default is not msgspec.UNSET:
        found["default"] = note.default
    return found


class PlacedBlank(msgspec.Struct, frozen=True):
    """A blank, and where the definition has it."""

    blank: Blank
    loc: Loc


def merged(blanks: Collection[PlacedBlank]) -> tuple[Sequence[Blank], list[Violation]]:
    """Return the blanks by their places, each once, and what is wrong with those that share one.

    One that is required, or secret, anywhere is so. The first default and the first schema count.
    """
    found: dict[tuple[str, ...], Blank] = {}
    errors: list[Violation] = []
    for placed in blanks:
        blank, first = placed.blank, found.get(placed.blank.place)
        if first is None:
            found[blank.place] = blank
            continue
        if first.schema.get("type") != blank.schema.get("type"):
            errors.append(Violation(placed.loc, "another blank of that name has another type", "type_error"))
        found[blank.place] = _both(first, blank)
    errors += (
        Violation(placed.loc, f"{placed.blank.pointer} lies within another blank", "type_error")
        for placed in blanks
        if any(placed.blank.place[:length] in found for length in range(1, len(placed.blank.place)))
    )
    return tuple(found.values()), errors


def _both(first: Blank, other: Blank) -> Blank:
    default = other.default if first.default is msgspec.UNSET else first.default
    secret = first.secret or other.secret
    return Blank(
        place=first.place,
        schema={**first.schema, "x-secret": True} if secret else first.schema,
        required=(first.required or other.required) and default is msgspec.UNSET,
        default=default,
        secret=secret,
    )


def example_body(blanks: Iterable[Blank]) -> dict[str, Json]:
    """Return a body that has each blank: its default, else the empty value of its type."""
    body: dict[str, Json] = {}
    for blank in blanks:
        put(body, blank.place, blank.default if blank.default is not msgspec.UNSET else _EMPTY[_type_of(blank)])
    return body


def body_schema(blanks: Iterable[Blank]) -> dict[str, Json]:
    """Return the JSON Schema of the caller's body."""
    body = _object()
    for blank in blanks:
        inner = body
        for key in blank.place[:-1]:
            if blank.required:
                _require(inner, key)
            inner = inner["properties"].setdefault(key, _object())
        inner["properties"][blank.place[-1]] = dict(blank.schema)
        if blank.required:
            _require(inner, blank.place[-1])
    return body


def _object() -> dict[str, Json]:
    return {"type": "object", "properties": {}, "required": []}


def _require(schema: dict[str, Json], name: str) -> None:
    if name not in schema["required"]:
        schema["required"].append(name)


def _type_of(blank: Blank) -> str:
    kind = blank.schema.get("type", "string")
    return kind if isinstance(kind, str) else str(kind[0])
