"""The law of the judge: what it calls compatible never refuses an instance that the old schema accepts."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from libs.event_schemas.validator import compile_schema
from services.catalog.event_types.compatibility import narrowings

NAMES = st.sampled_from(["a", "b", "ab"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 4)
    | st.sampled_from([0.5, 1.0, 2.5])
    | st.sampled_from(["", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
SCALARS: list[Any] = [None, False, True, -1, 0, 1, 1.0, 2, 3, 4, 0.5, 2.5, "", "a", "b", "ab", "bab"]
FEW: list[Any] = [None, True, 1, 2.5, "a", "ab", [1], {"a": 1}]
ARRAYS: list[Any] = [[], *([one] for one in SCALARS), *([one, two] for one in FEW for two in FEW), [1, "a", 1]]
OBJECTS: list[Any] = [{}, *({name: one} for name in ("a", "b", "ab", "c") for one in [*SCALARS, [1], {"b": 1}])]
PAIRS: list[Any] = [{"a": one, other: two} for other in ("b", "ab") for one in FEW for two in FEW]
INSTANCES = [*SCALARS, *ARRAYS, *OBJECTS, *PAIRS, {"a": 1, "b": 1, "ab": "b"}]
TYPES = st.sampled_from(["null", "boolean", "object", "array", "number", "string", "integer"])
SMALL = st.integers(0, 3)
BOUNDS = st.integers(-2, 3) | st.just(0.5)


def keywords(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    branches = st.lists(inner, min_size=1, max_size=2)
    words: dict[str, st.SearchStrategy[Any]] = {
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), BOUNDS),
        "multipleOf": st.sampled_from([1, 2, 4, 0.5]),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), SMALL),
        "pattern": st.sampled_from(["a", "^b"]),
        "uniqueItems": st.booleans(),
        "required": st.lists(NAMES, max_size=2, unique=True),
        "properties": st.dictionaries(NAMES, inner, max_size=2),
        "patternProperties": st.dictionaries(st.sampled_from(["a", "^b"]), inner, max_size=1),
        **dict.fromkeys(("additionalProperties", "propertyNames", "items", "contains", "not"), inner),
        **dict.fromkeys(("if", "then", "else"), inner),
        **dict.fromkeys(("unevaluatedProperties", "unevaluatedItems"), inner),
        **dict.fromkeys(("minContains", "maxContains"), SMALL),
        "prefixItems": branches,
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), branches),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=1),
        "dependentSchemas": st.dictionaries(NAMES, inner, max_size=1),
        "title": st.just("words"),
    }  # fmt: skip
    one = st.sampled_from(sorted(words)).flatmap(lambda word: st.tuples(st.just(word), words[word]))
    return st.lists(one, max_size=3).map(dict)


_OF_NAMES = {"properties", "patternProperties", "dependentSchemas", "dependentRequired"}
SCHEMAS = st.recursive(st.booleans() | keywords(st.booleans()), keywords, max_leaves=4)


@st.composite
def changed(draw: st.DrawFn, schema: Any) -> Any:
    """A schema near another: with a keyword less, or one replaced, somewhere in it."""
    if isinstance(schema, bool) or not schema or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from([True, {}]) | SCHEMAS | st.builds(lambda one: {"anyOf": [schema, one]}, SCHEMAS))
    word = draw(st.sampled_from(sorted(schema)))
    value = schema[word]
    rest = {key: part for key, part in schema.items() if key != word}
    if draw(st.booleans()):
        return {**draw(st.sampled_from([rest, schema])), **draw(keywords(st.booleans()))}
    if draw(st.booleans()):
        return rest
    if word in {"allOf", "anyOf", "oneOf", "prefixItems"}:
        index = draw(st.integers(0, len(value) - 1))
        return {**rest, word: [*value[:index], draw(changed(value[index])), *value[index + 1 :]]}
    if word in _OF_NAMES and word != "dependentRequired" and value:
        name = draw(st.sampled_from(sorted(value)))
        return {**rest, word: {**value, name: draw(changed(value[name]))}}
    if isinstance(value, int) and not isinstance(value, bool) and word != "const":
        rest[word] = max(value + draw(st.integers(-1, 1)), 1 if word == "multipleOf" else 0)
    elif isinstance(value, dict) and word not in {"const", *_OF_NAMES}:
        rest[word] = draw(changed(value))
    else:
        rest |= draw(keywords(st.booleans()))
    return rest


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_was_valid_stays_valid(data: st.DataObject) -> None:
    old = data.draw(SCHEMAS, "old")
    new = data.draw(changed(old), "new")
    before, old_expanded = compile_schema(old)
    after, new_expanded = compile_schema(new)
    assume(old != new and not narrowings(old_expanded.schema, new_expanded.schema))
    refused = [value for value in INSTANCES if after.problems(value) and not before.problems(value)]
    assert not refused


A_INTEGER, CLOSED = {"properties": {"a": {"type": "integer"}}}, {"additionalProperties": False}
MERGED: list[dict[str, Any]] = [
    *({"type": "object"}, {"type": ["object", "array"]}, {"required": ["a"]}, {"required": ["a", "b"]}, A_INTEGER),
    *({"properties": {"a": {"type": "number"}}}, CLOSED, {"additionalProperties": {"type": "integer"}}),
    *({"patternProperties": {"b": {"type": "string"}}}, {"minProperties": 1}, {"maxProperties": 1}),
    *({"not": {"required": ["b"]}}, {"anyOf": [{"required": ["b"]}, {"type": "null"}]}, {"allOf": [A_INTEGER, CLOSED]}),
]
ALONE: list[Any] = [
    *(True, False, {"type": "integer"}, {"type": "number"}, {"type": "string"}, {"enum": [1, "a"]}, {"const": 1}),
    *({"const": True}, {"minimum": 1}, {"exclusiveMinimum": 1}, {"maximum": 2}, {"exclusiveMaximum": 2}),
    *({"multipleOf": 1}, {"multipleOf": 2}, {"minLength": 1}, {"maxLength": 1}, {"pattern": "a"}, {"pattern": "^b"}),
    *({"items": {"type": "integer"}}, {"prefixItems": [{"const": 1}]}, {"minItems": 1}, {"maxItems": 1}),
    *({"uniqueItems": True}, {"contains": {"const": "a"}}, {"contains": {"const": "a"}, "minContains": 0}),
    *({"propertyNames": {"maxLength": 1}}, {"dependentRequired": {"a": ["b"]}}, {"if": {"const": 1}, "else": False}),
    *({"oneOf": [{"type": "integer"}, {"minimum": 1}]}, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
    *({"not": {"type": "integer"}}, {"not": {"const": 1}}, {"dependentSchemas": {"a": {"required": ["ab"]}}}),
    *({"unevaluatedProperties": False}, {"unevaluatedItems": False, "prefixItems": [True]}),
]


def test_what_was_valid_stays_valid_for_every_pair_of_a_set() -> None:
    schemas = [*ALONE, *MERGED, *({**one, **two} for one, two in itertools.combinations(MERGED[2:9], 2))]
    compiled = [compile_schema(schema) for schema in schemas]
    accepted = [
        {index for index, value in enumerate(INSTANCES) if not validator.problems(value)} for validator, _ in compiled
    ]
    broken = [
        (schemas[old], schemas[new])
        for old, (_, before) in enumerate(compiled)
        for new, (_, after) in enumerate(compiled)
        if not accepted[old] <= accepted[new] and not narrowings(before.schema, after.schema)
    ]
    assert not broken
