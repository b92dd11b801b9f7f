"""No keyword costs more than its weight says; what it costs is measured beside the simplest check in the same run."""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest

from libs.event_schemas import expansion
from libs.event_schemas.costs import WEIGHTS, Looks, weight_of
from libs.event_schemas.expansion import DIALECT, REFUSED, SchemaRefused, expand
from libs.event_schemas.patterns import pattern_kib, pattern_looks
from tests.support.schema_costs import CASES, Case, cost_of

_READ_ELSEWHERE = {"$schema", "$ref", "$defs"}
_SAY_ONLY = {
    *("$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"),
    *("$recursiveRef", "$recursiveAnchor"),  # of an older dialect
    *("format", "contentEncoding", "contentMediaType", "contentSchema"),
}


def _keywords() -> set[str]:
    """The keywords of all vocabularies of the dialect."""
    registry: Any = import_module("jsonschema_specifications").REGISTRY
    found = registry.contents(DIALECT)
    vocabularies = [registry.contents(f"https://json-schema.org/draft/2020-12/{one['$ref']}") for one in found["allOf"]]
    return {word for vocabulary in (found, *vocabularies) for word in vocabulary["properties"]}


def test_every_keyword_of_the_dialect_has_a_weight_and_a_worst_case() -> None:
    cases = {case.keyword for case in CASES}

    assert _keywords() - REFUSED.keys() - _READ_ELSEWHERE == WEIGHTS.keys() | _SAY_ONLY
    assert cases == WEIGHTS.keys() | _SAY_ONLY


@pytest.mark.parametrize("case", CASES, ids=[f"{case.keyword}-{number}" for number, case in enumerate(CASES)])
def test_no_keyword_costs_more_than_its_weight(case: Case) -> None:
    # A busy machine may disturb one measurement, not each of three.
    costs = (cost_of(case) for _ in range(3))
    assert any(cost.looks <= cost.bound for cost in costs)


def test_what_only_says_something_costs_nothing() -> None:
    assert weight_of(dict.fromkeys(_SAY_ONLY, "x")) == Looks(1, 1)


@pytest.mark.parametrize(
    "payload", [b'{"n":1e-300}', b"[-5E-324]", b"[1,\n2.5e7]", b'{"n": 0.' + b"0" * 40 + b"1}", b"[" + b"9" * 25 + b"]"]
)
def test_odd_numbers_are_noticed(payload: bytes) -> None:
    assert Looks(1, 2).of(payload) == 2


@pytest.mark.parametrize("payload", [b'{"id":"550e8400-e29b-41d4-a716-446655440000"}', b'{"a":[1.25,-7,12345678901]}'])
def test_usual_numbers_and_texts_are_no_odd_ones(payload: bytes) -> None:
    assert Looks(1, 2).of(payload) == 1


def test_what_is_asked_again_for_unevaluated_members_is_counted() -> None:
    def nested(levels: int) -> dict[str, object]:
        return {"unevaluatedItems": False, "allOf": [nested(levels - 1)]} if levels else {"items": {}}

    loads = [expand(nested(levels), bounded=False).load.usual for levels in range(1, 8)]
    assert all(after > 2 * before for before, after in pairwise(loads))


@pytest.mark.parametrize(
    ("pattern", "at_least"),
    [
        ("a{1000}", 1000),
        ("(a{10}b){20}", 220),
        ("[^]]{30}", 30),
        ("(?:x|y){2}{3}", 12),
        ("a{3,}", 3),
        ("[a{9}", 1),
        ("(?x)a # [\n b{50}]", 50),
    ],
)
def test_a_pattern_is_as_large_as_its_repetitions_written_out(pattern: str, at_least: int) -> None:
    assert pattern_looks(pattern) >= at_least


def test_a_pattern_may_be_small_although_its_classes_are_large() -> None:
    assert pattern_kib(r"^[^\s@]{1,64}@\w+$") >= 64
    assert pattern_looks(r"^[^\s@]{1,64}@\w+$") < 300


@pytest.mark.parametrize("bounded", [True, False])
def test_patterns_are_compiled_only_until_they_are_too_large(bounded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def large(pattern: str) -> int:
        asked.append(pattern)
        return 1024

    monkeypatch.setattr(expansion, "pattern_kib", large)
    schema = {"properties": {f"p{number}": {"pattern": f"a{number}"} for number in range(100)}}
    if bounded:
        with pytest.raises(SchemaRefused, match="patterns are larger"):
            expand(schema)
    else:
        assert not expand(schema, bounded=False).is_within_bounds
    assert len(asked) == 5
