"""What each keyword of a schema costs at worst, beside the bound: `python -m tests.support.schema_costs` prints it.

A cost is given in looks, the cost of the simplest check in the same run, so that it says the same on any machine.
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import dataclass
from typing import Any

import orjson

from libs.event_schemas.expansion import Schema
from libs.event_schemas.validator import compile_schema

_RUNS = 5
_COUNT = 400
_MANY = 80


@dataclass(frozen=True, slots=True)
class Case:
    """A schema that uses a keyword in the costliest way that is known, and the payload that makes it so."""

    keyword: str
    schema: Schema
    payload: bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """A case, the looks a byte that it took, and those that it may take."""

    case: Case
    looks: float
    bound: int


def _array(item: bytes, count: int = _COUNT) -> bytes:
    return b"[" + b",".join([item] * count) + b"]"


def _each(schema: Schema) -> Schema:
    return {"items": schema}


def _odd(count: int) -> bytes:
    return b"[" + b",".join(b"%de-323" % number for number in range(1, count + 1)) + b"]"


def _names(count: int) -> list[str]:
    return [f"p{number}" for number in range(count)]


def _in_one_another(keyword: str, levels: int, innermost: Schema) -> Schema:
    schema = innermost
    for _ in range(levels):
        schema = {keyword: {"type": "string"}, "allOf": [schema]}
    return schema


_OBJECT = orjson.dumps(dict.fromkeys(_names(_MANY), 1))
_TEXT = "".join(random.Random(1).choices("ab", k=2_000)) + "x"
_DOUBLING = "^[ab]*a[ab]{400}$"
_FLOOR = Case("(floor)", _each({"type": "integer"}), _array(b"1"))

CASES: tuple[Case, ...] = (
    Case("type", _each({"type": ["null", "string", "object", "integer"]}), _array(b"1")),
    Case("const", _each({"const": {"a": [7]}}), _array(b'{"a":[7]}')),
    Case("const", _each({"not": {"const": 7}}), _array(b"5e-324", 60)),
    Case("const", _each({"not": {"const": 0.5}}), _array(b"5e-324", 60)),
    Case("const", _each({"not": {"const": 1e-300}}), _array(b"1", 60)),
    Case("enum", _each({"enum": [{"a": number} for number in range(60)]}), _array(b'{"a":59}', 60)),
    Case(
        "enum",
        _each({"enum": [[*range(40), number] for number in range(60)]}),
        _array(orjson.dumps([*range(40), 59]), 6),
    ),
    Case("enum", _each({"enum": [number + 0.5 for number in range(60)]}), _array(b"59.5", 30)),
    Case("enum", _each({"enum": [*range(60), "x"]}), _array(b"59", 60)),
    Case("enum", _each({"not": {"enum": [*range(20), "x"]}}), _array(b"5e-324", 12)),
    Case(
        "enum",
        _each({"enum": [f"aaaaaaaaaaaaaaaa{number}" for number in range(60)]}),
        _array(b'"aaaaaaaaaaaaaaaa59"', 60),
    ),
    Case("multipleOf", _each({"multipleOf": 7}), _array(b"7")),
    Case("multipleOf", _each({"multipleOf": 3}), _array(b"3e300", 60)),
    Case("multipleOf", _each({"multipleOf": 0.01}), _array(b"1", 60)),
    Case("multipleOf", _each({"multipleOf": 0.01}), _array(b"1e308", 60)),
    Case("multipleOf", _each({"multipleOf": 1e-300}), _array(b"1", 60)),
    Case("multipleOf", _each({"multipleOf": 5e-324}), _array(b"1e308", 60)),
    *(
        case
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        for case in (
            Case(keyword, _each({keyword: 0 if keyword.endswith("inimum") else 9}), _array(b"1")),
            Case(keyword, _each({keyword: 0.1 if keyword.endswith("inimum") else 9.5}), _array(b"0.5")),
            Case(keyword, _each({"anyOf": [{keyword: 0.1}, {}]}), _array(b"5e-324", 60)),
            Case(keyword, _each({"anyOf": [{keyword: 1e-300}, {}]}), _array(b"1", 60)),
        )
    ),
    Case("minLength", _each({"minLength": 3}), _array('"é😀x"'.encode())),
    Case("maxLength", {"maxLength": 10**6}, orjson.dumps("é" * 5_000)),
    Case("pattern", {"anyOf": [{"pattern": _DOUBLING}, {}]}, orjson.dumps(_TEXT)),
    Case("pattern", {"pattern": r"^[^\s@]{1,64}@\w+$"}, orjson.dumps("日" * 60 + "@" + "本" * 2_000)),
    Case("pattern", _each({"pattern": "^a"}), _array(b'"a"')),
    Case("minItems", _each({"minItems": 0}), _array(b"[]")),
    Case("maxItems", _each({"maxItems": 0}), _array(b"[]")),
    Case("uniqueItems", {"uniqueItems": True}, orjson.dumps([number + 0.5 for number in range(15)])),
    Case("uniqueItems", {"uniqueItems": True}, _odd(15)),
    Case("uniqueItems", {"uniqueItems": True}, orjson.dumps([{"a": [{"b": number}]} for number in range(300)])),
    Case("minContains", _each({"contains": {}, "minContains": 1}), _array(b"[1,1]")),
    Case("maxContains", _each({"contains": {}, "maxContains": 9}), _array(b"[1,1]")),
    Case("contains", _each({"contains": {"type": "integer"}}), _array(b'["","",1]')),
    Case("minProperties", _each({"minProperties": 0}), _array(b"{}")),
    Case("maxProperties", _each({"maxProperties": 0}), _array(b"{}")),
    Case("required", _each({"required": _names(_MANY)}), _array(_OBJECT, 10)),
    Case("dependentRequired", _each({"dependentRequired": {name: ["a"] for name in _names(500)}}), _array(b"{}")),
    Case("dependentRequired", {"dependentRequired": {name: _names(_MANY) for name in _names(_MANY)}}, _OBJECT),
    Case(
        "properties", _each({"properties": {name: {"type": "integer"} for name in _names(_MANY)}}), _array(_OBJECT, 10)
    ),
    Case("properties", _each({"properties": {name: {"type": "integer"} for name in _names(500)}}), _array(b"{}")),
    Case("patternProperties", {"patternProperties": {f"^p{number}$": True for number in range(50)}}, _OBJECT),
    Case(
        "additionalProperties",
        {
            "patternProperties": {f"^q{number}$": True for number in range(50)},
            "additionalProperties": {"type": "integer"},
        },
        _OBJECT,
    ),
    Case("propertyNames", {"propertyNames": {"maxLength": 9}}, _OBJECT),
    Case("dependentSchemas", _each({"dependentSchemas": {name: {} for name in _names(500)}}), _array(b"{}")),
    Case("dependentSchemas", {"dependentSchemas": {name: {"maxProperties": 99} for name in _names(_MANY)}}, _OBJECT),
    Case("items", {"items": {"items": {"items": {"type": "integer"}}}}, _array(b"[[1]]")),
    Case("prefixItems", _each({"prefixItems": [{"type": "integer"}] * 9}), _array(b"[1,1,1]")),
    Case("unevaluatedItems", _in_one_another("unevaluatedItems", 6, {"prefixItems": [{}]}), _array(b'""')),
    Case(
        "unevaluatedItems", {"anyOf": [{"contains": {"type": "integer"}}] * 20, "unevaluatedItems": {}}, _array(b'"",1')
    ),
    Case(
        "unevaluatedProperties",
        _in_one_another("unevaluatedProperties", 6, {"properties": {"x": {}}}),
        orjson.dumps(dict.fromkeys(_names(_MANY), "")),
    ),
    Case("allOf", _each({"allOf": [{"type": "integer"}] * 40}), _array(b"1")),
    Case("anyOf", _each({"anyOf": [*[{"type": "string"}] * 40, {"type": "integer"}]}), _array(b"1")),
    Case("oneOf", _each({"oneOf": [*[{"type": "string"}] * 40, {"type": "integer"}]}), _array(b"1")),
    Case("not", _each({"not": {"not": {"not": {"type": "string"}}}}), _array(b"1")),
    Case("if", _each({"if": {"type": "integer"}, "then": {"maximum": 9}, "else": {"minimum": 9}}), _array(b"1")),
    Case("then", _each({"if": {}, "then": {"allOf": [{"type": "integer"}] * 40}}), _array(b"1")),
    Case("else", _each({"if": False, "else": {"allOf": [{"type": "integer"}] * 40}}), _array(b"1")),
    *(
        Case(keyword, _each({keyword: value}), _array(b'"ann@example.com"'))
        for keyword, value in {
            "format": "email",
            "contentEncoding": "base64",
            "contentMediaType": "application/json",
            "contentSchema": {"multipleOf": 1e-300},
            "title": "a",
            "description": "a",
            "default": [1e-300],
            "examples": [1e-300],
            "deprecated": True,
            "readOnly": True,
            "writeOnly": True,
            "$comment": "a",
            "$recursiveRef": "#",
            "$recursiveAnchor": "a",
        }.items()
    ),
)


def cost_of(case: Case) -> Cost:
    """Measure a case, and the simplest check beside it."""
    look_s, _ = _seconds_a_byte(_FLOOR)
    seconds, bound = _seconds_a_byte(case)
    return Cost(case, seconds / look_s, bound)


def _seconds_a_byte(case: Case) -> tuple[float, int]:
    """Return the shortest of some runs, in seconds of computing a byte, and the bound in looks a byte."""
    validator, _ = compile_schema(case.schema, bounded=False)
    value = orjson.loads(case.payload)
    validator.is_valid(value)
    return min(_timed(validator.is_valid, value) for _ in range(_RUNS)) / len(case.payload), (
        validator.looks(case.payload) // len(case.payload)
    )


def _timed(function: Any, value: Any) -> float:
    began_s = time.thread_time()
    function(value)
    return time.thread_time() - began_s


def main() -> None:
    """Print the table."""
    look_ns = _seconds_a_byte(_FLOOR)[0] * 1e9
    sys.stdout.write(
        f"a look: {look_ns:.1f} ns\n| keyword | schema | looks a byte | bound | of it |\n|---|---|---|---|---|\n"
    )
    for cost in map(cost_of, CASES):
        schema = orjson.dumps(cost.case.schema).decode()
        shown = schema if len(schema) <= 60 else schema[:57] + "…"
        share = cost.looks / cost.bound
        sys.stdout.write(f"| {cost.case.keyword} | `{shown}` | {cost.looks:.1f} | {cost.bound} | {share:.0%} |\n")


if __name__ == "__main__":
    main()
