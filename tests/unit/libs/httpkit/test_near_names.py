"""Which names are nearly a known one: case and underscores aside, or within two edits and a third of the letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.httpkit.near_names import MISSPELT, KnownNames, is_near

KNOWN = KnownNames(("resourceId", "resourceType", "actorId", "interaction", "page", "id", "from", "event_type"))
TEXTS = st.text("abcd", max_size=8)


def near(*sent: str) -> dict[object, str]:
    return {violation.loc[-1]: violation.msg for violation in KNOWN.violations(sent, ("query",))}


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("resourceid", "resourceId"),
        ("RESOURCE_ID", "resourceId"),
        ("resource_id", "resourceId"),
        ("eventType", "event_type"),
        ("intercation", "interaction"),
        ("interactio", "interaction"),
        ("interactionss", "interaction"),
        ("resourcType", "resourceType"),
        ("pge", "page"),
        ("Id", "id"),
        ("I_D", "id"),
    ],
)
def test_a_slip_is_named_with_what_was_meant(sent: str, known: str) -> None:
    assert near(sent) == {sent: f"there is no {sent!r}; did you mean {known!r}?"}
    assert KNOWN.violations([sent], ("query",))[0].type == MISSPELT


@pytest.mark.parametrize(
    "sent", ["resourceId", "event_type", "", "_", "foo", "ids", "uid", "form", "pag", "interact", "size"]
)
def test_known_names_and_others_pass(sent: str) -> None:
    assert near(sent) == ({} if sent != "pag" else {"pag": "there is no 'pag'; did you mean 'page'?"})


def test_the_nearest_is_proposed() -> None:
    known = KnownNames(("startDates", "startDate"))
    assert "'startDate'" in known.violations(["startDat"], ())[0].msg


@given(TEXTS, TEXTS)
def test_edits_are_counted_as_the_textbook_does(one: str, other: str) -> None:
    assert is_near(one, other) == (_distance(one, other) <= min(2, len(one) // 3, len(other) // 3) > 0)


@given(st.text("abcdefgh", min_size=6, max_size=12), st.data())
def test_no_near_name_is_overlooked(name: str, data: st.DataObject) -> None:
    letters = list(name)
    for _ in range(2):
        letters[data.draw(st.integers(0, len(letters) - 1))] = data.draw(st.sampled_from("xyz"))
    assert KnownNames([name]).violations(["".join(letters)], ())


def test_of_very_many_unknown_names_the_first_are_looked_at() -> None:
    assert near(*(f"own{number}" for number in range(100)), "resourceid") == {}


def _distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def test_names_much_longer_than_known_ones_are_not_remembered() -> None:
    known = KnownNames(["payload"])
    assert known.violations(["x" * 10_000, "\N{GRINNING FACE}" * 10_000], ("body",)) == []
    assert known._find.cache_info().currsize == 0
