"""Reads the values of a task's fields as a definition has them, and keeps everything that is wrong with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from libs.httpkit.errors import Loc, Violation
from libs.httpkit.validation import json_type
from services.workflows.definitions.model import MAX_DEPTH
from services.workflows.values.blanks import BlankNote, described, read_note
from services.workflows.values.form import Field, Schema, is_secret, part_of, takes, violations_of
from services.workflows.values.formatted import BadFormat, parse_formatted
from services.workflows.values.naming import Naming
from services.workflows.values.nodes import Blank, JsonOf, Literal, Reference, Slot, Value
from services.workflows.values.paths import BadPath, Path, parse_path
from services.workflows.values.places import Place

Json: TypeAlias = Any

VALUE: Final = "$value"
REFERENCE: Final = "$ref"
FORMAT: Final = "$format"
BLANK: Final = "$blank"
_DEFAULT: Final = "default"
_NOTHING: Final = BlankNote()


@dataclass(slots=True)
class Reader:
    """Reads values that may name what `naming` lets them; what is wrong is added to `errors`.

    Of a value that is wrong nothing, or a part, is returned.
    """

    naming: Naming
    errors: list[Violation]

    def field(self, field: Field, raw: Json, place: Place, loc: Loc) -> Value | None:
        """Return the value of a field; `raw` is UNSET where there is none, `place` that of its blanks."""
        if raw is None or raw is msgspec.UNSET:
            if not field.is_required:
                return None
            raw = ""
        if field.is_literal or field.is_task:
            return self._literal_only(field, raw, loc)
        around = _Around(field, field.schema, place, loc, 0)
        return self._blank(_NOTHING, around, loc) if raw == "" else self._value(raw, around)

    def output(self, raw: Json, loc: Loc) -> Value | None:
        """Return the value of a workflow's `output`, which has no blanks."""
        return self._value(raw, _Around(None, {}, (), loc, 0))

    def _literal_only(self, field: Field, raw: Json, loc: Loc) -> Value | None:
        if field.is_task:
            return Literal(raw)
        if raw == "":
            self._refuse(loc, "is required, and is no blank", "missing")
            return None
        self.errors += violations_of(field.schema, raw, loc)
        return Literal(raw)

    def _value(self, raw: Json, around: _Around) -> Value | None:
        if isinstance(raw, (dict, list)) and around.depth >= MAX_DEPTH:
            self._refuse(around.loc, f"values are at most {MAX_DEPTH} deep", "limit")
            return None
        if isinstance(raw, dict):
            return self._marked(raw, around) if any(key.startswith("$") for key in raw) else self._json(raw, around)
        return self._json(raw, around) if isinstance(raw, list) else self._literal(raw, around)

    def _literal(self, value: Json, around: _Around) -> Literal:
        self.errors += violations_of(around.schema, value, around.loc)
        return Literal(value)

    def _marked(self, raw: Mapping[str, Json], around: _Around) -> Value | None:
        match sorted(raw):
            case ["$value"]:
                return self._literal(raw[VALUE], around)
            case ["$ref"] | ["$ref", "default"]:
                return self._reference(raw, around)
            case ["$format"]:
                return self._formatted(raw[FORMAT], around)
            case ["$blank"]:
                return self._noted_blank(raw[BLANK], around)
        words = "an object with a key that begins with $ is {$ref, default?}, {$format}, {$blank} or {$value}"
        self._refuse(around.loc, words, "bad_format")
        return None

    def _reference(self, raw: Mapping[str, Json], around: _Around) -> Value | None:
        loc = (*around.loc, REFERENCE)
        path = self._path(raw[REFERENCE], loc)
        if path is None:
            return None
        self._may_name(path, loc)
        default = raw.get(_DEFAULT, msgspec.UNSET)
        if default is not msgspec.UNSET:
            self.errors += violations_of(around.schema, default, (*around.loc, _DEFAULT))
        return Reference(path, default)

    def _path(self, text: Json, loc: Loc) -> Path | None:
        try:
            if isinstance(text, str):
                return parse_path(text)
            self._refuse(loc, f"a path is expected, not {json_type(text)}", "bad_reference")
        except BadPath as bad:
            self._refuse(loc, str(bad), "bad_reference")
        return None

    def _formatted(self, text: Json, around: _Around) -> Value | None:
        loc = (*around.loc, FORMAT)
        try:
            formatted = parse_formatted(text) if isinstance(text, str) else None
        except BadFormat as bad:
            self._refuse(loc, str(bad), "bad_format")
            return None
        if formatted is None:
            self._refuse(loc, f"text is expected, not {json_type(text)}", "bad_format")
            return None
        for part in formatted.parts:
            if isinstance(part, Slot):
                self._may_name(part.path, loc)
        self._fits("string", around)
        return formatted

    def _noted_blank(self, raw: Json, around: _Around) -> Value | None:
        loc = (*around.loc, BLANK)
        note = read_note(raw, loc, self.errors)
        if note.type is not None:
            self._fits(note.type, around)
        return self._blank(note, around, loc)

    def _blank(self, note: BlankNote, around: _Around, loc: Loc) -> Value | None:
        field = around.field
        if field is None:
            self._refuse(loc, "the output of a workflow has no blanks", "bad_format")
            return None
        has_default = note.default is not msgspec.UNSET
        secret = note.secret or is_secret(around.schema)
        schema = described(note, around.schema, secret=secret)
        if secret and not (takes(around.schema, "string") and note.type in (None, "string")):
            self._refuse(loc, "a secret is a text", "type_error")
        if secret and has_default:
            self._refuse((*loc, _DEFAULT), "a secret has no default: definitions are shown", "type_error")
        elif has_default:
            self.errors += violations_of(schema, note.default, (*loc, _DEFAULT))
        elif note.required is False and field.is_required and around.depth == 0:
            self._refuse((*loc, "required"), "the field is required: a blank that is not has a default", "type_error")
        return Blank(
            place=around.place if note.name is None else (note.name,),
            schema=schema,
            required=not has_default and (field.is_required if note.required is None else note.required),
            default=note.default,
            secret=secret,
        )

    def _json(self, raw: Mapping[str, Json] | list[Json], around: _Around) -> Value | None:
        steps = enumerate(raw) if isinstance(raw, list) else raw.items()
        before = len(self.errors)
        members = {step: self._value(member, around.at(step)) for step, member in steps}
        if all(isinstance(member, Literal) for member in members.values()):
            # What is wrong is said once, of the whole.
            del self.errors[before:]
            return self._literal(_whole(raw, members), around)
        self._fits("array" if isinstance(raw, list) else "object", around)
        if isinstance(raw, dict):
            self._has_required(raw, around)
        found = {step: member for step, member in members.items() if member is not None}
        return JsonOf(
            tuple(found.values()) if isinstance(raw, list) else {str(step): one for step, one in found.items()}
        )

    def _has_required(self, raw: Mapping[str, Json], around: _Around) -> None:
        for name in around.schema.get("required", ()):
            if name not in raw:
                self._refuse((*around.loc, name), "is required", "missing")

    def _fits(self, kind: str, around: _Around) -> None:
        if not takes(around.schema, kind):
            self._refuse(around.loc, f"{around.schema['type']} is expected, not {kind}", "type_error")

    def _may_name(self, path: Path, loc: Loc) -> None:
        refusal = self.naming.refusal(path)
        if refusal is not None:
            self._refuse(loc, refusal.message, refusal.type)

    def _refuse(self, loc: Loc, message: str, kind: str) -> None:
        self.errors.append(Violation(loc, message, kind))


@dataclass(frozen=True, slots=True)
class _Around:
    """Where a value is read: in which field, what is expected there, and its place in both documents."""

    field: Field | None
    schema: Schema
    place: Place
    loc: Loc
    depth: int

    def at(self, step: str | int) -> _Around:
        part = part_of(self.schema, step)
        return _Around(self.field, part, (*self.place, str(step)), (*self.loc, step), self.depth + 1)


def _whole(raw: Json, members: Mapping[str | int, Value | None]) -> Json:
    values = {step: member.value for step, member in members.items() if isinstance(member, Literal)}
    return list(values.values()) if isinstance(raw, list) else values
