"""The tree holds every record once and no cycle, whatever the records say; times and critical path are as drawn."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.traces.model import EVENT, INTERACTION
from services.traces.tree import Entry, Tree, build_tree


def span(name: str, started_ms: int, ended_ms: int, cause: str | None = None) -> Entry:
    return Entry(kind=EVENT, id=name, started_ms=started_ms, ended_ms=ended_ms, causation_id=cause)


def step(name: str, at_ms: int, span_id: str | None = None, parent: str | None = None) -> Entry:
    return Entry(kind=INTERACTION, id=name, started_ms=at_ms, ended_ms=at_ms, span_id=span_id, parent_span_id=parent)


def parents(entries: list[Entry]) -> dict[str, str | None]:
    nodes = build_tree(entries).nodes
    return {
        entry.id: None if node.parent is None else entries[node.parent].id
        for entry, node in zip(entries, nodes, strict=True)
    }


def test_an_event_hangs_under_its_cause_and_an_interaction_under_its_parents_span() -> None:
    entries = [
        step("open", 0, span_id="s1"),
        step("pay", 5, span_id="s2", parent="s1"),
        span("paid", 6, 6, cause="pay"),
        span("shipped", 9, 9, cause="paid"),
    ]
    assert parents(entries) == {"open": None, "pay": "open", "paid": "pay", "shipped": "paid"}


def test_further_records_of_a_span_hang_under_its_first() -> None:
    entries = [step("first", 0, "s"), step("second", 1, "s", parent="elsewhere"), step("third", 2, "s")]
    assert parents(entries) == {"first": None, "second": "first", "third": "first"}


def test_an_interaction_hangs_under_an_event_that_is_a_span() -> None:
    request = Entry(kind=EVENT, id="request", started_ms=0, ended_ms=9, span_id="s1")
    assert parents([request, step("pay", 5, parent="s1")])["pay"] == "request"


def test_a_missing_parent_makes_a_root_that_says_so() -> None:
    tree = build_tree([step("pay", 0, parent="gone"), span("paid", 1, 1, cause="lost")])
    assert [node.missing_parent for node in tree.nodes] == ["gone", "lost"]
    assert tree.roots == [0, 1]


def test_a_late_record_takes_its_place_as_a_parent() -> None:
    child = step("pay", 5, "s2", parent="s1")
    assert parents([child])["pay"] is None
    assert parents([step("open", 0, "s1"), child])["pay"] == "open"


def test_of_a_cycle_the_earliest_becomes_the_root() -> None:
    entries = [span("a", 0, 0, "c"), span("b", 1, 1, "a"), span("c", 2, 2, "b"), span("d", 3, 3, "c")]
    assert parents(entries) == {"a": None, "b": "a", "c": "b", "d": "c"}
    assert [node.cycle for node in build_tree(entries).nodes] == [True, False, False, False]


def test_a_record_that_names_itself_is_a_root() -> None:
    [cause] = build_tree([span("a", 0, 0, "a")]).nodes
    [parent] = build_tree([step("b", 0, "s", parent="s")]).nodes
    assert cause.cycle
    assert parent.cycle
    assert cause.parent is parent.parent is None


def test_self_time_is_what_no_child_covers() -> None:
    tree = build_tree(
        [span("root", 0, 100), span("a", 10, 40, "root"), span("b", 30, 60, "root"), span("c", 70, 80, "root")]
    )
    assert [node.self_ms for node in tree.nodes] == [40, 30, 30, 10]


@pytest.mark.parametrize(
    ("child", "self_ms"),
    [((50, 60), 10), ((-20, -10), 10), ((5, 60), 5), ((-5, 4), 6), ((-5, 60), 0), ((10, 20), 10), ((3, 3), 10)],
)
def test_a_child_covers_no_more_than_its_parent_took(child: tuple[int, int], self_ms: int) -> None:
    tree = build_tree([span("parent", 0, 10), span("child", *child, "parent")])
    assert tree.nodes[0].self_ms == self_ms
    assert tree.nodes[0].own_duration_ms == 10


def test_a_parent_reaches_over_what_it_led_to() -> None:
    tree = build_tree([step("open", 0, "s1"), step("pay", 50, "s2", "s1"), span("paid", 60, 90, "pay")])
    assert [(node.started_ms, node.ended_ms, node.own_duration_ms, node.self_ms) for node in tree.nodes] == [
        (0, 90, 0, 0),
        (50, 90, 0, 0),
        (60, 90, 30, 30),
    ]


def test_the_critical_path_is_what_the_end_waited_for() -> None:
    tree = build_tree(
        [
            span("root", 0, 100),
            span("a", 0, 30, "root"),
            span("b", 10, 45, "root"),
            span("c", 50, 100, "root"),
            span("c1", 55, 90, "c"),
            span("c2", 55, 95, "c"),
        ]
    )
    marked = [node.on_critical_path for node in tree.nodes]
    assert marked == [True, False, True, True, False, True]


def test_roots_are_walked_like_children() -> None:
    tree = build_tree([span("a", 0, 10), span("b", 5, 20), span("c", 20, 30)])
    assert [node.on_critical_path for node in tree.nodes] == [False, True, True]


NAMES = st.sampled_from([f"n{at}" for at in range(12)] + ["gone"])


@st.composite
def traces(draw: st.DrawFn) -> list[Entry]:
    """Records that name each other, themselves and what is not there, as they please."""
    entries = []
    for at in range(draw(st.integers(1, 12))):
        started = draw(st.integers(0, 20))
        fields: dict[str, Any] = {
            "kind": draw(st.sampled_from([EVENT, INTERACTION])),
            "id": f"n{at}",
            "started_ms": started,
            "ended_ms": started + draw(st.integers(0, 10)),
            "span_id": draw(st.none() | NAMES),
            "parent_span_id": draw(st.none() | NAMES),
            "causation_id": draw(st.none() | NAMES),
        }
        entries.append(Entry(**fields))
    return sorted(entries, key=lambda entry: entry.started_ms)


def subtree(tree: Tree, root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(tree.nodes[found[-1]].children)
    return found


@settings(max_examples=400)
@given(traces())
def test_every_record_is_in_the_tree_once_and_nothing_is_its_own_ancestor(entries: list[Entry]) -> None:
    tree = build_tree(entries)
    assert sorted(tree.order) == list(range(len(entries)))
    place = {index: at for at, index in enumerate(tree.order)}
    for index, node in enumerate(tree.nodes):
        assert (node.parent is None) == (index in tree.roots)
        assert all(tree.nodes[child].parent == index for child in node.children)
        if node.parent is not None:
            assert place[node.parent] < place[index]
            assert node.depth == tree.nodes[node.parent].depth + 1


@settings(max_examples=400)
@given(traces())
def test_times_add_up(entries: list[Entry]) -> None:
    tree = build_tree(entries)
    for index, node in enumerate(tree.nodes):
        below = subtree(tree, index)
        assert node.started_ms == min(entries[at].started_ms for at in below)
        assert node.ended_ms == max(entries[at].ended_ms for at in below)
        assert (node.own_started_ms, node.own_ended_ms) == entries[index][2:4]
        covered = {moment for child in node.children for moment in range(*entries[child][2:4])}
        assert node.self_ms == len(set(range(*entries[index][2:4])) - covered)
        assert 0 <= node.self_ms <= node.own_duration_ms <= node.duration_ms


@settings(max_examples=400)
@given(traces())
def test_the_critical_path_goes_from_the_last_end_back_without_two_at_a_time(entries: list[Entry]) -> None:
    tree = build_tree(entries)
    end = max(tree.nodes[root].ended_ms for root in tree.roots)
    assert any(tree.nodes[root].on_critical_path and tree.nodes[root].ended_ms == end for root in tree.roots)
    groups = [tree.roots, *(node.children for node in tree.nodes if node.on_critical_path)]
    for group in groups:
        marked = sorted(
            (tree.nodes[at].started_ms, tree.nodes[at].ended_ms) for at in group if tree.nodes[at].on_critical_path
        )
        assert all(before[1] <= after[0] for before, after in pairwise(marked))
        assert bool(marked) == bool(group)
    for node in tree.nodes:
        if node.parent is not None and node.on_critical_path:
            assert tree.nodes[node.parent].on_critical_path


def test_a_chain_of_ten_thousand_is_no_deeper_than_memory() -> None:
    entries = [span(str(at), at, at + 1, None if at == 0 else str(at - 1)) for at in range(10_000)]
    tree = build_tree(entries)
    assert tree.nodes[-1].depth == 9_999
    assert tree.nodes[0].duration_ms == 10_000
