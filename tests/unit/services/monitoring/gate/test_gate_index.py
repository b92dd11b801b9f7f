"""Which definitions a record concerns, and what it is to each: beside the plain way of finding out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.monitoring_steps import Hit
from services.monitoring.definitions.model import Operator, VersionInForce
from services.monitoring.gate.gate_index import GateIndex, Hits, hits
from services.monitoring.gate.properties import Properties
from tests.support.monitoring.definitions import definition, having, in_force, pattern, succession
from tests.support.monitoring.judging import Found, Judged, judge

OPERATORS: tuple[Operator, ...] = get_args(Operator)
WATERMARK_MS = 5_000
ATTRIBUTES: dict[str, str | None] = {
    "resourceType": "ORDER",
    "resourceId": "o-1",
    "action": "CREATE",
    "origin": "WEBAPP",
    "userId": "ann",
    "uowId": "u",
}


def found(versions: list[VersionInForce], record: Judged) -> Hits:
    index = GateIndex(versions, watermark_ms=WATERMARK_MS)
    properties = Properties(orjson.dumps(record.data), record.attributes)
    name, _, action = record.names[0].partition(".")
    tests = index.find(record.tenant_id, name, action or None)
    return hits(tests, properties, record.accepted_ms)


def created(data: Any = None, **changes: Any) -> Judged:
    record = Judged(
        tenant_id="default",
        names=("ORDER.CREATE", "CREATE"),
        data=data or {},
        attributes=ATTRIBUTES,
        accepted_ms=1_000_000,
    )
    return replace(record, **changes)


def numbers(versions: list[VersionInForce], accepted_ms: int) -> list[tuple[int, bool]]:
    """Return the versions that judge what was accepted then, and whether each is current."""
    its = found(versions, created(accepted_ms=accepted_ms)).get("user:ann", ())
    return [(hit.version, hit.current) for hit in its]


def test_a_hit_says_which_entries_a_record_matches() -> None:
    what = definition(
        "ORDER.CREATE",
        "PAYMENT.CREATE",
        "CREATE",
        global_blacklisted_events=(pattern("ORDER.DELETE"), pattern("CREATE", having("total", "0"))),
        dimensions=("origin", "region", "total"),
    )

    assert found([in_force(what)], created({"total": 0})) == {
        "user:ann": (
            Hit(
                definition_id=1,
                version=1,
                current=True,
                steps=0b101,
                globals=0b10,
                dimensions=("WEBAPP", None, "0"),
            ),
        )
    }


@pytest.mark.parametrize(
    ("operator", "value", "fits"),
    [
        ("EQUALS", "Paris", True),
        ("EQUALS", "paris", False),
        ("NOTEQUALS", "Paris", False),
        ("NOTEQUALS", "paris", True),
        ("CONTAINS", "ARI", True),
        ("CONTAINS", "x", False),
        ("NOTCONTAINS", "ARI", False),
        ("NOTCONTAINS", "x", True),
        ("STARTSWITH", "pAR", True),
        ("STARTSWITH", "aris", False),
        ("ENDSWITH", "IS", True),
        ("ENDSWITH", "i", False),
    ],
)
def test_only_equality_regards_case(operator: Operator, value: str, fits: bool) -> None:
    what = in_force(definition(pattern("CREATE", having("city", value, operator))))

    assert bool(found([what], created({"city": "Paris"}))) == fits


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("value", ["", "x"])
def test_a_missing_property_fits_no_operator(operator: Operator, value: str) -> None:
    what = in_force(definition(pattern("CREATE", having("city", value, operator))))

    assert found([what], created({"city": {}})) == {}


def test_a_name_is_exact_and_of_its_tenant() -> None:
    what = [in_force(definition("ORDER.CREATE"))]

    assert found(what, created())
    assert not found(what, created(names=("order.create", "create")))
    assert not found(what, created(tenant_id="acme"))
    assert found(what, created(names=("ORDER.CREATE",)))


def test_a_version_judges_what_was_accepted_while_it_was_in_force() -> None:
    one = definition("CREATE")
    versions = succession(one, one, starts_ms=(1_000, 2_000))

    assert [numbers(versions, at) for at in (999, 1_000, 1_999, 2_000)] == [
        [],
        [(1, True)],
        [(1, True)],
        [(2, True)],
    ]


def test_a_superseded_version_goes_on_as_long_as_a_match_opened_by_it_can() -> None:
    three = definition("CREATE", "PAY", "SHIP", threshold_in_ms=1_000)
    versions = succession(three, three, starts_ms=(0, 10_000))
    until_ms = 10_000 + 2 * (1_000 + WATERMARK_MS)

    assert numbers(versions, until_ms - 1) == [(1, False), (2, True)]
    assert numbers(versions, until_ms) == [(2, True)]


def test_nothing_is_judged_after_a_stop() -> None:
    ended = in_force(definition("CREATE", "PAY"), to_ms=2_000, ended_ms=2_000)

    assert numbers([ended], 1_999) == [(1, True)]
    assert numbers([ended], 2_000) == []


def test_versions_with_the_same_events_are_tested_once() -> None:
    events = (pattern("CREATE", having("total", "0")), "PAY", "CREATE")
    same = [
        definition(*events, uptime_upper_limit_in_ms=limit, dimensions=(path,))
        for limit, path in ((300, "a"), (301, "b"))
    ]
    other = definition("CREATE", "PAY")
    versions = succession(same[0], other, same[1], starts_ms=(0, 1, 2))
    (tests,) = GateIndex(versions, watermark_ms=WATERMARK_MS).find("default", "CREATE")

    assert [len(by_value["0"]) for _, by_value in tests.equal] == [1]
    assert len(tests.others) == 2
    (its,) = found(versions, created({"total": 0, "a": "A", "b": "B"}, accepted_ms=2)).values()
    assert [(hit.version, hit.current, hit.steps, hit.dimensions) for hit in its] == [
        (1, False, 0b101, ("A",)),
        (2, False, 0b1, ("WEBAPP",)),
        (3, True, 0b101, ("B",)),
    ]


def test_a_stop_ends_the_versions_before_the_last_one_too() -> None:
    one = definition("CREATE", "PAY")
    first, second = succession(one, one, starts_ms=(0, 1_000))
    versions = [replace(first, ended_ms=2_000), replace(second, to_ms=2_000, ended_ms=2_000)]

    assert numbers(versions, 1_999) == [(1, False), (2, True)]
    assert numbers(versions, 2_000) == []


def test_versions_are_replaced_for_one_definition_alone() -> None:
    others = [in_force(definition("A"), tenant_id="acme"), in_force(definition("A", "B", "C"), definition_id=2)]
    index = GateIndex([in_force(definition("A")), *others], watermark_ms=0)
    (untouched,) = index.find("default", "C")

    index.replace([in_force(definition("B"))])
    assert index.find("default", "C")[0] is untouched

    assert [[len(tests.others) for tests in index.find("default", name)] for name in ("A", "B")] == [[1], [2]]

    index.replace((), also=[("default", 2)])

    assert [bool(index.find(*place)) for place in (("default", "A"), ("default", "B"), ("acme", "A"))] == [
        False,
        True,
        True,
    ]


def test_a_definition_with_a_key_of_its_own_gets_a_step_of_its_own() -> None:
    by_cart = in_force(definition("CREATE", correlation_property="cart"), definition_id=2)
    versions = [in_force(definition("CREATE")), by_cart, in_force(definition("CREATE"), definition_id=3)]

    keys = {key: [hit.definition_id for hit in its] for key, its in found(versions, created({"cart": 7})).items()}

    assert keys == {"user:ann": [1, 3], "cart:7": [2]}
    assert found([by_cart], created()) == {}


_names = st.sampled_from(("ORDER.CREATE", "CREATE", "ORDER.PAY", "PAY", "order.paid"))
_words = st.sampled_from(("", "a", "A", "ab", "aß", "SS", "1.5", "true", "7", "b.a"))
_paths = st.sampled_from(("a", "a.b", "a.b.a", "a.0.b", "b.a", "0", "origin", "action", "userId", "missing", "a.1"))
_keys = st.sampled_from(("a", "b", "a.b", "b.a", "0", "origin", "sessionId", "action"))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.sampled_from((1.5, -0.25, 10.0)) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)
_filters = st.builds(having, _paths, _words, st.sampled_from(OPERATORS))
_patterns = st.builds(lambda name, props: pattern(name, *props), _names, st.lists(_filters, max_size=2))
_definitions = st.builds(
    lambda events, globals_, key, dimensions, threshold: definition(
        *events,
        global_blacklisted_events=tuple(globals_),
        correlation_property=key,
        dimensions=tuple(dimensions),
        threshold_in_ms=threshold,
    ),
    st.lists(_patterns, min_size=1, max_size=4),
    st.lists(_patterns, max_size=2),
    st.none() | _paths,
    st.lists(_paths, max_size=3),
    st.integers(1, 10),
)


@st.composite
def _histories(draw: st.DrawFn) -> list[VersionInForce]:
    versions: list[VersionInForce] = []
    for definition_id in range(1, draw(st.integers(1, 4)) + 1):
        pool = draw(st.lists(_definitions, min_size=1, max_size=2))
        whats = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4))
        starts = sorted(draw(st.lists(st.integers(0, 40), min_size=len(whats), max_size=len(whats))))
        tenant_id = draw(st.sampled_from(("default", "acme")))
        its = succession(*whats, starts_ms=starts, tenant_id=tenant_id, definition_id=definition_id)
        if draw(st.booleans()):
            ended_ms = its[-1].from_ms + draw(st.integers(0, 20))
            its = [replace(one, to_ms=ended_ms if one.to_ms is None else one.to_ms, ended_ms=ended_ms) for one in its]
        versions += its
    return versions


_records = st.builds(
    lambda names, data, user, uow, at: Judged(
        tenant_id="default",
        names=names,
        data=data,
        attributes={**ATTRIBUTES, "userId": user, "uowId": uow},
        accepted_ms=at,
    ),
    st.sampled_from((("ORDER.CREATE", "CREATE"), ("ORDER.PAY", "PAY"), ("PAY",))),
    st.dictionaries(_keys, _values, max_size=4) | _values,
    st.none() | _words,
    st.none() | _words,
    st.integers(0, 80),
)


@given(_histories(), st.lists(_records, min_size=1, max_size=6))
def test_records_are_to_definitions_what_the_plain_way_finds(
    versions: list[VersionInForce], records: list[Judged]
) -> None:
    index = GateIndex(versions, watermark_ms=3)
    for record in records:
        name, _, action = record.names[0].partition(".")
        tests = index.find(record.tenant_id, name, action or None)
        its = hits(tests, Properties(orjson.dumps(record.data), record.attributes), record.accepted_ms)

        assert {key: [_as_found(hit) for hit in of] for key, of in its.items()} == judge(
            versions, record, watermark_ms=3
        )


def _as_found(hit: Hit) -> Found:
    return hit.definition_id, hit.version, hit.current, _bits(hit.steps), _bits(hit.globals), hit.dimensions


def _bits(number: int) -> set[int]:
    return {at for at in range(number.bit_length()) if number >> at & 1}
