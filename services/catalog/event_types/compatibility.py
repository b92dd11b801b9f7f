"""Whether a changed schema keeps valid what was valid, by rules that are documented and err on the strict side.

`narrowings` tries to prove that each demand of the new schema follows from the old one; what it cannot prove, or does
not know, it names as a place where the change may narrow. Both schemas come with their references in place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from libs.event_schemas.expansion import Pointer, Schema, parts_of, with_parts

MAX_STEPS: Final = 10_000
MAX_NARROWINGS: Final = 50

_ANNOTATIONS: Final = frozenset(
    {"$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
     "format", "contentEncoding", "contentMediaType", "contentSchema"}
)  # fmt: skip
_TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})
_AT_LEAST: Final = {"minLength": "string", "minItems": "array", "minProperties": "object"}
_AT_MOST: Final = {"maxLength": "string", "maxItems": "array", "maxProperties": "object"}
_OBJECT_PARTS: Final = ("properties", "patternProperties", "additionalProperties")
_ARRAY_PARTS: Final = ("prefixItems", "items")
_ALL_OR_NOTHING: Final = {"oneOf": None, "contains": "array"}
_IGNORED_ALONE: Final = frozenset({"minContains", "maxContains", "then", "else"})
"""Judged with the keyword they belong to; without it they demand nothing."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A place in the new schema at which something that was valid may no longer be."""

    pointer: Pointer
    reason: str


def narrowings(old: Schema, new: Schema) -> Sequence[Narrowing]:
    """Return where `new` may refuse what `old` accepts; empty when it surely never does. At most fifty places."""
    judge = _Judge()
    found = list(judge.schema(_bare(old, {}), _bare(new, {}), ()))
    if judge.is_out_of_steps:
        return [Narrowing((), "the two schemas are too involved to be compared")]
    return found[:MAX_NARROWINGS]


class _Judge:
    def __init__(self) -> None:
        self._steps = 0
        self._texts: dict[int, str] = {}
        self._conjuncts: dict[int, _Conjuncts] = {}
        self._kept: dict[tuple[int, int], bool] = {}
        self._rules: dict[str, Callable[[_Conjuncts, Mapping[str, Any], str, Pointer], Iterator[Narrowing]]] = {
            "type": self._type,
            "enum": self._values,
            "const": self._values,
            "minimum": self._bound,
            "exclusiveMinimum": self._bound,
            "maximum": self._bound,
            "exclusiveMaximum": self._bound,
            "multipleOf": self._multiple_of,
            "pattern": self._same_text,
            "uniqueItems": self._unique_items,
            "required": self._required,
            "dependentRequired": self._dependent_required,
            "dependentSchemas": self._dependent_schemas,
            "propertyNames": self._property_names,
            "properties": self._object_parts,
            "patternProperties": self._object_parts,
            "additionalProperties": self._object_parts,
            "prefixItems": self._array_parts,
            "items": self._array_parts,
            "allOf": self._all_of,
            "anyOf": self._any_of,
            "not": self._not,
            "if": self._same_condition,
            "unevaluatedItems": self._unevaluated,
            "unevaluatedProperties": self._unevaluated,
            **dict.fromkeys(_AT_LEAST, self._length),
            **dict.fromkeys(_AT_MOST, self._length),
            **dict.fromkeys(_ALL_OR_NOTHING, self._unchanged),
        }

    @property
    def is_out_of_steps(self) -> bool:
        return self._steps > MAX_STEPS

    def schema(self, old: Schema, new: Schema, pointer: Pointer) -> Iterator[Narrowing]:
        """Yield the places at which `new` may be narrower; all demands of `new` are looked at."""
        self._steps += 1
        if self.is_out_of_steps:
            yield Narrowing(pointer, "too involved")
        elif new is False and not _is_never(old):
            yield Narrowing(pointer, "nothing is valid any more")
        elif not isinstance(new, bool) and not _is_never(old) and self._text(old) != self._text(new):
            yield from self._demands(old, new, pointer)

    def _demands(self, old: Schema, new: Mapping[str, Any], pointer: Pointer) -> Iterator[Narrowing]:
        conjuncts = self._conjuncts_of(old)
        found: list[Narrowing] = []
        done: set[Callable[..., Any]] = set()
        for word in new:
            if word in _IGNORED_ALONE:
                continue
            rule = self._rules.get(word, self._unknown)
            if rule in (self._object_parts, self._array_parts):
                if rule in done:
                    continue
                done.add(rule)
            found += rule(conjuncts, new, word, (*pointer, word))
        if found and self._holds_in_each_branch(conjuncts, new):
            return
        yield from found

    def _is_kept(self, old: Schema, new: Schema) -> bool:
        pair = (id(old), id(new))
        if pair not in self._kept:
            self._kept[pair] = next(self.schema(old, new, ()), None) is None
        return self._kept[pair]

    def _text(self, schema: Schema) -> str:
        if id(schema) not in self._texts:
            self._texts[id(schema)] = _canonical(schema)
        return self._texts[id(schema)]

    def _conjuncts_of(self, schema: Schema) -> _Conjuncts:
        if id(schema) not in self._conjuncts:
            self._conjuncts[id(schema)] = _Conjuncts(schema)
        return self._conjuncts[id(schema)]

    def _holds_in_each_branch(self, old: _Conjuncts, new: Schema) -> bool:
        return any(
            all(self._is_kept(branch, new) for branch in branches)
            for word in ("anyOf", "oneOf")
            for branches in old.values(word)
        )

    def _type(self, old: _Conjuncts, new: Mapping[str, Any], _: str, at: Pointer) -> Iterator[Narrowing]:
        lost = sorted(old.types - _types_of(new["type"]))
        if lost:
            yield Narrowing(at, f"{', '.join(lost)} was valid")

    def _values(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        allowed = {_canonical(value) for value in (new["enum"] if word == "enum" else [new["const"]])}
        if old.listed is None:
            yield Narrowing(at, "other values were valid")
        elif lost := [value for value in old.listed if _canonical(value) not in allowed]:
            yield Narrowing(at, f"{_shown(lost[0])} was valid")

    def _bound(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if not old.allows("number"):
            return
        plain, exclusive = ("minimum", "exclusiveMinimum") if "inimum" in word else ("maximum", "exclusiveMaximum")
        sign = 1 if plain == "minimum" else -1
        limit = new[word] * sign
        held = any(value * sign > limit or (value * sign == limit and word == plain) for value in old.values(plain))
        held = held or any(value * sign >= limit for value in old.values(exclusive))
        if not held:
            yield Narrowing(at, "the bound is new or tighter")

    def _multiple_of(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if old.allows("number") and not any(_divides(new[word], value) for value in old.values(word)):
            yield Narrowing(at, "other numbers were valid")

    def _length(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if word in _AT_LEAST:
            kind, held = _AT_LEAST[word], any(value >= new[word] for value in (0, *old.values(word)))
        else:
            kind, held = _AT_MOST[word], any(value <= new[word] for value in old.values(word))
        if old.allows(kind) and not held:
            yield Narrowing(at, "the bound is new or tighter")

    def _same_text(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if old.allows("string") and new[word] not in old.values(word):
            yield Narrowing(at, "the pattern is new or another one")

    def _unique_items(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if new[word] and old.allows("array") and True not in old.values(word):
            yield Narrowing(at, "repeated items were valid")

    def _required(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        for name in new[word] if old.allows("object") else ():
            if name not in old.required:
                yield Narrowing(at, f"{_shown(name)} was not required")

    def _dependent_required(
        self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer
    ) -> Iterator[Narrowing]:
        for name, needed in new[word].items() if old.allows("object") else ():
            known = old.required.union(*(value.get(name, ()) for value in old.values(word)))
            for lost in sorted(set(needed) - known):
                yield Narrowing((*at, name), f"{_shown(lost)} was not required beside it")

    def _dependent_schemas(
        self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer
    ) -> Iterator[Narrowing]:
        for name, demanded in new[word].items() if old.allows("object") else ():
            known = [value[name] for value in old.values(word) if name in value]
            yield from self._any_keeps([*known, old.whole], demanded, (*at, name))

    def _property_names(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if old.allows("object"):
            yield from self._any_keeps([*old.values(word), {"type": "string"}], new[word], at)

    def _all_of(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        for index, member in enumerate(new[word]):
            yield from self.schema(old.whole, member, (*at, index))

    def _any_of(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        branches = new[word]
        candidates = [[old.whole], *old.values("anyOf"), *old.values("oneOf")]
        if not any(
            all(any(self._is_kept(was, branch) for branch in branches) for was in candidate) for candidate in candidates
        ):
            yield Narrowing(at, "what was valid may fit none of the branches")

    def _not(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if not any(self._is_kept(new[word], refused) for refused in old.values(word)):
            yield Narrowing(at, "more is refused than was")

    def _same_condition(self, old: _Conjuncts, new: Mapping[str, Any], _: str, at: Pointer) -> Iterator[Narrowing]:
        wanted = _selected(new, ("if", "then", "else"))
        if not any(_selected(part, ("if", "then", "else")) == wanted for part in old.parts):
            yield Narrowing(at, "the condition is new or another one")

    def _unchanged(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        kind = _ALL_OR_NOTHING[word]
        if kind is not None and not old.allows(kind):
            return
        words = ("contains", "minContains", "maxContains") if word == "contains" else (word,)
        if not any(_selected(part, words) == _selected(new, words) for part in old.parts):
            yield Narrowing(at, f"{word} is new or another one")

    def _unevaluated(self, old: _Conjuncts, _: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if old.allows("array" if word == "unevaluatedItems" else "object"):
            yield Narrowing(at, "it is judged by all that is beside it, and that has changed")

    def _unknown(self, old: _Conjuncts, new: Mapping[str, Any], word: str, at: Pointer) -> Iterator[Narrowing]:
        if not any(word in part and _canonical(part[word]) == _canonical(new[word]) for part in old.parts):
            yield Narrowing(at, "the keyword is not known to the comparison")

    def _object_parts(self, old: _Conjuncts, new: Mapping[str, Any], _: str, at: Pointer) -> Iterator[Narrowing]:
        if old.allows("object"):
            yield from self._best([list(self._members(part, new, at[:-1])) for part in old.with_any(_OBJECT_PARTS)])

    def _members(self, old: Mapping[str, Any], new: Mapping[str, Any], at: Pointer) -> Iterator[Narrowing]:
        """Yield a name's schemas are its property's and those of the patterns it fits.

        Without any, the additional one.
        """
        was, now = old.get("properties", {}), new.get("properties", {})
        old_patterns, patterns = old.get("patternProperties", {}), new.get("patternProperties", {})
        old_rest, rest = old.get("additionalProperties", True), new.get("additionalProperties", True)
        for name, demanded in now.items():
            known = [was[name]] if name in was else [old_rest, *old_patterns.values()]
            for one in known:
                yield from self.schema(one, demanded, (*at, "properties", name))
        for pattern, demanded in patterns.items():
            if pattern in old_patterns:
                yield from self.schema(old_patterns[pattern], demanded, (*at, "patternProperties", pattern))
            elif demanded is not True and demanded != {}:
                yield Narrowing((*at, "patternProperties", pattern), "the pattern is new")
        gone = [was[name] for name in was if name not in now]
        gone += [old_patterns[pattern] for pattern in old_patterns if pattern not in patterns]
        for one in (old_rest, *gone):
            yield from self.schema(one, rest, (*at, "additionalProperties"))

    def _array_parts(self, old: _Conjuncts, new: Mapping[str, Any], _: str, at: Pointer) -> Iterator[Narrowing]:
        if old.allows("array"):
            yield from self._best([list(self._elements(part, new, at[:-1])) for part in old.with_any(_ARRAY_PARTS)])

    def _elements(self, old: Mapping[str, Any], new: Mapping[str, Any], at: Pointer) -> Iterator[Narrowing]:
        was, now = old.get("prefixItems", ()), new.get("prefixItems", ())
        old_rest, rest = old.get("items", True), new.get("items", True)
        for index in range(max(len(was), len(now))):
            place = (*at, "prefixItems", index) if index < len(now) else (*at, "items")
            before = was[index] if index < len(was) else old_rest
            yield from self.schema(before, now[index] if index < len(now) else rest, place)
        yield from self.schema(old_rest, rest, (*at, "items"))

    def _any_keeps(self, known: Sequence[Schema], demanded: Schema, at: Pointer) -> Iterator[Narrowing]:
        yield from self._best([list(self.schema(one, demanded, at)) for one in known])

    def _best(self, attempts: Sequence[list[Narrowing]]) -> list[Narrowing]:
        """Return each attempt is a proof of the same from another part of the old schema; one without gaps will do."""
        return min(attempts, key=len)


class _Conjuncts:
    """The old schema as the parts that all hold: itself and, recursively, the members of its `allOf`."""

    def __init__(self, schema: Schema) -> None:
        self.whole = schema
        self.parts: list[Mapping[str, Any]] = list(_flattened(schema))
        self.listed = self._listed()
        self.types = self._types()
        self.required: frozenset[str] = frozenset(name for names in self.values("required") for name in names)

    def values(self, word: str) -> list[Any]:
        return [part[word] for part in self.parts if word in part]

    def allows(self, kind: str) -> bool:
        """Return whether values of a kind may be valid; integers are numbers."""
        return kind in self.types or (kind == "number" and "integer" in self.types)

    def with_any(self, words: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return the parts that have any of these keywords; an empty schema, which allows all, when none has."""
        return [part for part in self.parts if any(word in part for word in words)] or [{}]

    def _listed(self) -> Sequence[Any] | None:
        lists = self.values("enum") + [[value] for value in self.values("const")]
        return min(lists, key=len) if lists else None

    def _types(self) -> frozenset[str]:
        types = _TYPES
        for said in self.values("type"):
            types &= _types_of(said)
        if self.listed is not None:
            types &= {_type_of(value) for value in self.listed}
        return types


def _bare(schema: Schema, done: dict[int, Schema]) -> Schema:
    """Return the schema without what demands nothing.

    Parts that are one object stay one, so that they are compared once.
    """
    if isinstance(schema, bool):
        return schema
    if id(schema) not in done:
        parts = {word: {key: _bare(part, done) for key, part in found.items()} for word, found in parts_of(schema)}
        node = with_parts(schema, parts)
        done[id(schema)] = {
            word: value for word, value in node.items() if word not in _ANNOTATIONS and not word.startswith("x-")
        }
    return done[id(schema)]


def _flattened(schema: Schema) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, bool):
        return
    yield schema
    for member in schema.get("allOf", ()):
        yield from _flattened(member)


def _is_never(schema: Schema) -> bool:
    return schema is False or (not isinstance(schema, bool) and schema.get("not") in (True, {}))


def _types_of(said: str | Sequence[str]) -> frozenset[str]:
    """Return the types that a schema names; integers are numbers as well."""
    types = frozenset([said] if isinstance(said, str) else said)
    return types | {"integer"} if "number" in types else types


def _type_of(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "integer" if float(value).is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _divides(divisor: float, multiple: float) -> bool:
    if isinstance(divisor, int) and isinstance(multiple, int):
        return multiple % divisor == 0
    return divisor == multiple


def _selected(part: Mapping[str, Any], words: Sequence[str]) -> dict[str, str]:
    return {word: _canonical(part[word]) for word in words if word in part}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"
