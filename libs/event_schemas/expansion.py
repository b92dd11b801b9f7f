"""The schema of an event type, read within bounds: references put in place, what it costs to apply known beforehand.

Only the schema itself is read, never another document. No schema can refer to itself, so its expansion is finite; its
`load` bounds the looks at any one byte of a payload.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from libs.contracts.errors import InvalidRecord
from libs.event_schemas.costs import NONE, ONE, Looks, highest, patterns_of, repeated_chars, weight_of
from libs.event_schemas.patterns import pattern_kib

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_BYTES: Final = 64 * 1024
MAX_EXPANDED: Final = 5_000
MAX_LOAD: Final = 10_000
"""At this load, the worst 30 KB there are for a schema take a second."""
MAX_NESTING: Final = 32
MAX_PATTERN_CHARS: Final = 1_000
MAX_PATTERNS_KIB: Final = 4_096
_PATTERNS_TOO_LARGE: Final = f"its patterns are larger than {MAX_PATTERNS_KIB} KiB together"

REFUSED: Final = {
    "$id": "a schema is known by its event type and version alone",
    "$anchor": "refer to #/$defs/<name>",
    "$dynamicRef": "refer to #/$defs/<name> with $ref",
    "$dynamicAnchor": "refer to #/$defs/<name> with $ref",
    "$vocabulary": "the vocabularies are those of 2020-12",
    "definitions": "2020-12 says $defs",
    "dependencies": "2020-12 says dependentRequired and dependentSchemas",
}
_DEFS_PREFIX: Final = "#/$defs/"
_ONE: Final = ("not", "if", "then", "else", "additionalProperties", "propertyNames", "items", "contains",
               "unevaluatedItems", "unevaluatedProperties")  # fmt: skip
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
_ALTERNATIVES: Final = ("properties", "prefixItems")
"""Of these at most one member applies to one place of a payload."""
_IN_PLACE: Final = ("allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas")
_MARKING: Final = ("contains", "unevaluatedItems", "unevaluatedProperties")
_UNEVALUATED: Final = ("unevaluatedItems", "unevaluatedProperties")

Schema = Mapping[str, Any] | bool
Pointer = tuple[str | int, ...]


class SchemaRefused(InvalidRecord):
    """A schema that is refused; `pointer` leads to the place at fault."""

    def __init__(self, pointer: Pointer, reason: str) -> None:
        super().__init__(reason)
        self.pointer = pointer
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Expanded:
    """A schema without `$ref` and `$defs`. `size` counts its parts, `height` the levels.

    `load` is what it takes at a byte of a payload, `marks` what it takes once more for a schema around it to learn what
    was evaluated; `patterns_kib` is the size of all its patterns. A problem repeats
    at most `repeated_chars` of it.
    """

    schema: Schema
    size: int
    load: Looks
    height: int = 1
    marks: Looks = ONE
    patterns_kib: int = 0
    repeated_chars: int = 0

    @property
    def is_within_bounds(self) -> bool:
        """Whether it costs little to compile and to apply; definitions that nothing refers to do not count."""
        return self.load.usual <= MAX_LOAD and self.patterns_kib <= MAX_PATTERNS_KIB


def expand(schema: Schema, *, bounded: bool = True) -> Expanded:
    """Return the schema with its references in place; raises SchemaRefused. It is a valid schema of 2020-12 already.

    Without `bounded` it may cost what it likes: what an earlier release took is still to be read.
    """
    dialect = True if isinstance(schema, bool) else schema.get("$schema", DIALECT) == DIALECT
    if not dialect:
        raise SchemaRefused(("$schema",), f"only {DIALECT} is taken")
    definitions = {} if isinstance(schema, bool) else schema.get("$defs", {})
    expansion = _Expansion(definitions, bounded)
    for name in definitions:
        expansion.definition(name, ("$defs", name), 0)
    return expansion.expand(schema, (), 0)


class _Expansion:
    """Expands each definition once; one that is met while it is being expanded refers to itself."""

    def __init__(self, definitions: Mapping[str, Schema], bounded: bool) -> None:
        self._definitions = definitions
        self._bounded = bounded
        self._patterns_kib = 0
        self._done: dict[str, Expanded] = {}
        self._open: set[str] = set()

    def definition(self, name: str, pointer: Pointer, depth: int) -> Expanded:
        if name in self._open:
            raise SchemaRefused(pointer, "a schema that refers to itself is not taken")
        if name not in self._done:
            self._open.add(name)
            self._done[name] = self.expand(self._definitions[name], ("$defs", name), depth)
            self._open.discard(name)
        return self._done[name]

    def expand(self, schema: Schema, pointer: Pointer, depth: int) -> Expanded:
        _check_nesting(depth, pointer)
        if isinstance(schema, bool):
            return Expanded(schema, 1, ONE)
        _check_words(schema, pointer)
        patterns_kib = self._size_of_patterns(schema, pointer)
        found = {
            word: {key: self.expand(part, (*pointer, word, *key), depth + 1) for key, part in parts.items()}
            for word, parts in parts_of(schema)
        }
        target = self._target(schema["$ref"], (*pointer, "$ref"), depth + 1) if "$ref" in schema else None
        expanded = _put_together(schema, found, target, patterns_kib)
        _check_nesting(expanded.height, pointer)
        if self._bounded:
            _check_costs(expanded, pointer)
        _check_size(expanded, pointer)
        return expanded

    def _size_of_patterns(self, schema: Mapping[str, Any], pointer: Pointer) -> int:
        """Return the size of a schema's own patterns, too large for any that come once all are so together.

        Those are not compiled.
        """
        before_kib = self._patterns_kib
        for pattern in patterns_of(schema):
            if self._patterns_kib > MAX_PATTERNS_KIB:
                if self._bounded:
                    raise SchemaRefused(pointer, _PATTERNS_TOO_LARGE)
                return MAX_PATTERNS_KIB + 1
            self._patterns_kib += pattern_kib(pattern)
        return self._patterns_kib - before_kib

    def _target(self, reference: str, pointer: Pointer, depth: int) -> Expanded:
        name = reference.removeprefix(_DEFS_PREFIX).replace("~1", "/").replace("~0", "~")
        if not reference.startswith(_DEFS_PREFIX) or "%" in reference:
            raise SchemaRefused(pointer, "only #/$defs/<name> is read; nothing is fetched from elsewhere")
        if name not in self._definitions:
            raise SchemaRefused(pointer, f"there is no {reference}")
        return self.definition(name, pointer, depth)


def _put_together(
    schema: Mapping[str, Any],
    found: Mapping[str, Mapping[Pointer, Expanded]],
    target: Expanded | None,
    patterns_kib: int,
) -> Expanded:
    node = with_parts(
        schema, {word: {key: part.schema for key, part in parts.items()} for word, parts in found.items()}
    )
    members = [part for parts in found.values() for part in parts.values()]
    applied = [*members] if target is None else [*members, target]
    if target is not None:
        node["allOf"] = [target.schema, *node.get("allOf", ())]
    node = {word: value for word, value in node.items() if word not in ("$ref", "$defs")}
    marks = _marks(schema, found, target)
    load = weight_of(schema)
    for word, parts in found.items():
        loads = [part.load for part in parts.values()]
        load += highest(loads) if word in _ALTERNATIVES else sum(loads, NONE)
    if target is not None:
        load += target.load
    if any(word in schema for word in _UNEVALUATED):
        load += marks
    return Expanded(
        node,
        size=1 + sum(part.size for part in applied),
        load=load,
        height=1 + max((part.height for part in applied), default=0),
        marks=marks,
        patterns_kib=patterns_kib + sum(part.patterns_kib for part in applied),
        repeated_chars=repeated_chars(schema) + max((part.repeated_chars for part in applied), default=0),
    )


def _marks(
    schema: Mapping[str, Any], found: Mapping[str, Mapping[Pointer, Expanded]], target: Expanded | None
) -> Looks:
    """Return what it takes to learn what a schema evaluated: each schema in place is applied, and asked the same."""
    marks = weight_of(schema)
    in_place = [part for word in _IN_PLACE for part in found.get(word, {}).values()]
    for part in in_place if target is None else [*in_place, target]:
        marks += part.load + part.marks
    for word in _MARKING:
        for part in found.get(word, {}).values():
            marks += part.load
    return marks


def parts_of(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[Pointer, Schema]]]:
    """Yield the keywords that hold schemas, each with the schemas by their place under the keyword."""
    for word in _ONE:
        if word in schema:
            yield word, {(): schema[word]}
    for word in _LISTS:
        if word in schema:
            yield word, {(index,): member for index, member in enumerate(schema[word])}
    for word in _MAPS:
        if word in schema:
            yield word, {(key,): member for key, member in schema[word].items()}


def with_parts(schema: Mapping[str, Any], parts: Mapping[str, Mapping[Pointer, Schema]]) -> dict[str, Any]:
    """Return the schema with other schemas in the places that `parts_of` names."""
    node = dict(schema)
    for word, found in parts.items():
        if word in _ONE:
            node[word] = found[()]
        else:
            node[word] = list(found.values()) if word in _LISTS else {key[0]: part for key, part in found.items()}
    return node


def _check_words(schema: Mapping[str, Any], pointer: Pointer) -> None:
    for word, instead in REFUSED.items():
        if word in schema:
            raise SchemaRefused((*pointer, word), f"{word} is not taken: {instead}")
    if pointer and "$defs" in schema:
        raise SchemaRefused((*pointer, "$defs"), "$defs are read at the top alone")
    for pattern in (schema.get("pattern", ""), *schema.get("patternProperties", ())):
        if len(pattern) > MAX_PATTERN_CHARS:
            raise SchemaRefused(pointer, f"a pattern is longer than {MAX_PATTERN_CHARS} characters")


def _check_nesting(levels: int, pointer: Pointer) -> None:
    if levels > MAX_NESTING:
        raise SchemaRefused(pointer, f"with its references in place it is nested deeper than {MAX_NESTING}")


def _check_size(expanded: Expanded, pointer: Pointer) -> None:
    if expanded.size > MAX_EXPANDED:
        raise SchemaRefused(pointer, f"with its references in place it has more than {MAX_EXPANDED} parts")


def _check_costs(expanded: Expanded, pointer: Pointer) -> None:
    if expanded.load.usual > MAX_LOAD:
        reason = f"those of its parts that may apply to one place of a payload cost {expanded.load.usual} looks"
        raise SchemaRefused(pointer, f"{reason}, more than {MAX_LOAD}")
    if expanded.patterns_kib > MAX_PATTERNS_KIB:
        raise SchemaRefused(pointer, _PATTERNS_TOO_LARGE)
