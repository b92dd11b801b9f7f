"""What a body of a definition is refused for: everything at once, each thing at its place."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from libs.httpkit.errors import loc_text
from libs.httpkit.validation import words_of
from services.monitoring.definitions.bodies import InteractionIn, InteractionPatchIn
from services.monitoring.definitions.model import (
    MAX_DEFINITION_BYTES,
    MAX_LIMIT_MS,
    EventPattern,
    PropertyFilter,
)
from tests.support.monitoring.defining import body


def refusals(sent: dict[str, Any], model: type[InteractionIn | InteractionPatchIn] = InteractionIn) -> dict[str, str]:
    """The words that a body is refused with, by their places."""
    try:
        model.model_validate(sent)
    except ValidationError as error:
        return {loc_text(one["loc"]): words_of(one) for one in error.errors()}
    return {}


def events(*, first: Any = None, **changes: Any) -> list[Any]:
    return [first or {"name": "A"}, {"name": "B", **changes}, {"name": "C"}]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"name": ""}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": "x" * 201}, ["name"]),
        ({"name": "a\nb"}, ["name"]),
        ({"name": "  "}, ["name"]),
        ({"name": "preview"}, ["name"]),
        ({"name": "filter-options"}, ["name"]),
        ({"name": 7}, ["name"]),
        ({"description": 7}, ["description"]),
        ({"description": "x" * 2_001}, ["description"]),
        ({"thresholdInMs": 0}, ["thresholdInMs"]),
        ({"thresholdInMs": None}, ["thresholdInMs"]),
        ({"thresholdInMs": "100"}, ["thresholdInMs"]),
        ({"thresholdInMs": True}, ["thresholdInMs"]),
        ({"thresholdInMs": 1.5}, ["thresholdInMs"]),
        ({"thresholdInMs": MAX_LIMIT_MS + 1}, ["thresholdInMs"]),
        ({"thresholdInMS": 1}, ["thresholdInMs"]),
        ({"uptimeLowerLimitInMs": -1}, ["uptimeLowerLimitInMs"]),
        ({"uptimeLowerLimitInMs": 201}, ["uptimeMidLimitInMs"]),
        ({"uptimeMidLimitInMs": 301}, ["uptimeUpperLimitInMs"]),
        ({"uptimeMidLimitInMs": None, "uptimeLowerLimitInMs": 301}, ["uptimeMidLimitInMs", "uptimeUpperLimitInMs"]),
        ({"events": []}, ["events"]),
        ({"events": None}, ["events"]),
        ({"events": events() * 17}, ["events"]),
        ({"events": [{"name": "A", "isBlacklisted": True}]}, ["events[0].isBlacklisted"]),
        ({"events": events(first={"name": "A", "isBlacklisted": True})}, ["events[0].isBlacklisted"]),
        ({"events": [{"name": "A"}, {"name": "B", "isBlacklisted": True}]}, ["events[1].isBlacklisted"]),
        ({"events": events(name="")}, ["events[1].name"]),
        ({"events": events(name="x" * 201)}, ["events[1].name"]),
        ({"events": events(props=[{"name": "x" * 201, "value": "v"}])}, ["events[1].props[0].name"]),
        ({"events": events(props=[{"name": "p", "value": "x" * 1_001}])}, ["events[1].props[0].value"]),
        ({"events": events(isBlacklisted="true")}, ["events[1].isBlacklisted"]),
        ({"events": events(props=[{"name": "p", "value": "v"}] * 21)}, ["events[1].props"]),
        ({"events": events(props=[{"name": "p", "value": 7}])}, ["events[1].props[0].value"]),
        ({"events": events(props=[{"name": "p"}])}, ["events[1].props[0].value"]),
        ({"events": events(props=[{"name": "p", "value": "v", "operator": "LIKE"}])}, ["events[1].props[0].operator"]),
        (
            {"events": events(props=[{"vame": "p", "value": "v"}])},
            ["events[1].props[0].vame", "events[1].props[0].name"],
        ),
        ({"globalBlacklistedEvents": [{"name": "X"}, {"name": "ORDER.CREATE"}]}, ["globalBlacklistedEvents[1]"]),
        ({"dimensions": ["a", "b", "c", "d"]}, ["dimensions"]),
        ({"dimensions": ["a", "a"]}, ["dimensions"]),
        ({"dimensions": ["origin", "version"]}, ["dimensions"]),
        ({"dimensions": [""]}, ["dimensions[0]"]),
        ({"dimensions": ["a", "x" * 201]}, ["dimensions[1]"]),
        ({"correlationProperty": ""}, ["correlationProperty"]),
        ({"correlationProperty": "x" * 201}, ["correlationProperty"]),
        ({"dimension": []}, ["dimension"]),
    ],
)
def test_a_definition_is_refused_at_the_place_at_fault(changes: dict[str, Any], places: list[str]) -> None:
    assert sorted(refusals(body(**changes))) == sorted(places)


def test_a_definition_is_refused_as_a_whole_by_its_longest_list() -> None:
    entries = [{"name": f"A{number}", "props": [{"name": "p", "value": "ö" * 1_000}]} for number in range(33)]
    words = f"a definition takes at most {MAX_DEFINITION_BYTES} bytes as JSON"
    assert refusals(body(events=entries[:31])) == {}
    for name in ("events", "globalBlacklistedEvents"):
        ((place, said),) = refusals({**body(), name: entries}).items()
        assert place == name
        assert said.startswith(words)


def test_everything_at_fault_is_named_at_once() -> None:
    sent = {
        "descripton": "x",
        "uptimeLowerLimitInMs": 5,
        "uptimeMidLimitInMs": 4,
        "uptimeUpperLimitInMs": 6,
        "thresholdInMs": "soon",
        "events": [{"name": "A"}, {"name": "A", "isBlacklisted": True}],
        "globalBlacklistedEvents": [{"name": "A"}],
        "status": "EXPLODED",
    }
    assert refusals(sent) == {
        "uptimeMidLimitInMs": "at least uptimeLowerLimitInMs (5) is expected",
        "events[1].isBlacklisted": "the first and the last event begin and complete a match: "
        "they cannot be blacklisted",
        "globalBlacklistedEvents[0]": "every record that fits events[0] would end the match",
        "descripton": "there is no 'descripton'; did you mean 'description'?",
        "name": "is required",
        "thresholdInMs": "an integer is expected",
    }


def test_a_misspelt_property_is_named_with_the_one_that_is_missing() -> None:
    found = refusals(body(events=events(props=[{"vame": "property3", "value": "value3"}])))
    assert found == {
        "events[1].props[0].vame": "there is no 'vame'; did you mean 'name'?",
        "events[1].props[0].name": "is required",
    }


@pytest.mark.parametrize(
    "name", ["uptimeLowerLimitInMs", "uptimeMidLimitInMs", "uptimeUpperLimitInMs", "thresholdInMs"]
)
def test_a_limit_has_two_spellings(name: str) -> None:
    sent = body()
    value = sent.pop(name)
    other = f"{name[:-1]}S"
    whole = InteractionIn.model_validate(body()).definition()
    assert InteractionIn.model_validate({**sent, other: value}).definition() == whole
    assert InteractionIn.model_validate({**sent, other: float(value), name: value}).definition() == whole
    assert (
        InteractionPatchIn.model_validate({other: value}).changes()
        == InteractionPatchIn.model_validate({name: value}).changes()
    )
    assert list(refusals({**sent, other: value, name: value + 1})) == [name]
    assert list(refusals({other: value, name: value + 1}, InteractionPatchIn)) == [name]
    assert list(refusals({**sent, f"{name[:-2]}MILLIS": value})) != []


def test_bounds_belong_to_what_is_taken() -> None:
    assert refusals(body(name="x" * 200, uptimeLowerLimitInMs=0, thresholdInMs=1)) == {}
    assert refusals(body(uptimeLowerLimitInMs=5, uptimeMidLimitInMs=5, uptimeUpperLimitInMs=5)) == {}
    assert refusals(body(thresholdInMs=MAX_LIMIT_MS, events=(events() * 17)[:50])) == {}
    assert refusals(body(events=events(props=[{"name": "p", "value": ""}] * 20))) == {}
    assert refusals(body(events=events(name="x" * 200, props=[{"name": "x" * 200, "value": "x" * 1_000}]))) == {}
    assert refusals(body(description="x" * 2_000, correlationProperty="x" * 200, dimensions=["x" * 200])) == {}
    assert refusals(body(uptimeUpperLimitInMs=300.0)) == {}


def test_a_global_event_that_some_required_record_escapes_is_taken() -> None:
    paid = {"name": "A", "props": [{"name": "state", "value": "paid"}]}
    test = {"name": "A", "props": [{"name": "test", "value": "1"}]}
    both = {"name": "A", "props": [*paid["props"], *test["props"]]}
    for step, forbidden, is_refused in (
        (paid, test, False),
        (both, test, True),
        (test, both, False),
        (paid, paid, True),
    ):
        found = refusals(body(events=[step], globalBlacklistedEvents=[forbidden]))
        assert bool(found) is is_refused, (step, forbidden)
    blacklisted = [{"name": "B"}, {**paid, "isBlacklisted": True}, {"name": "C"}]
    assert refusals(body(events=blacklisted, globalBlacklistedEvents=[{"name": "A"}])) == {}


def test_nulls_and_absent_members_have_their_defaults() -> None:
    sent = body(
        events=[
            {"name": "A", "props": None, "isBlacklisted": None},
            {"name": "B", "props": [{"name": "p", "value": "v", "operator": None}]},
        ],
        globalBlacklistedEvents=None,
        dimensions=None,
        correlationProperty=None,
        description=None,
    )
    definition = InteractionIn.model_validate(sent).definition()
    assert definition.events == (
        EventPattern(name="A"),
        EventPattern(name="B", props=(PropertyFilter(name="p", value="v", operator="EQUALS"),)),
    )
    assert (definition.global_blacklisted_events, definition.dimensions) == ((), ("origin",))


def test_a_patch_names_the_fields_that_change() -> None:
    nothing = dict.fromkeys(("name", "status", "events", "globalBlacklistedEvents", "thresholdInMs", "dimensions"))
    assert InteractionPatchIn.model_validate(nothing).changes() == {}
    assert InteractionPatchIn.model_validate({"description": None, "correlationProperty": None}).changes() == {
        "description": None,
        "correlation_property": None,
    }
    assert refusals({"status": "PAUSED"}, InteractionPatchIn).keys() == {"status"}
    assert refusals({"events": []}, InteractionPatchIn).keys() == {"events"}
