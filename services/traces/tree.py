"""The tree of a trace: who led to whom, what each record took by itself, and which of them the trace waited for.

Every record is in the tree exactly once and no node is its own ancestor, whatever the records say of each other: a
parent that is not there makes a root, and of a cycle the earliest record becomes one. Nothing here recurses, so depth
is no limit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.traces.model import EVENT


class Entry(NamedTuple):
    """A record as the tree sees it. Times are its own interval, in milliseconds since the epoch."""

    kind: str
    id: str
    started_ms: int
    ended_ms: int
    span_id: str | None = None
    parent_span_id: str | None = None
    causation_id: str | None = None


@dataclass(slots=True)
class Node:
    """A record's place in the tree; records are named by their index in the trace's order.

    `own_started_ms` to `own_ended_ms` is the record's own interval, `started_ms` to `ended_ms` reaches over its
    descendants'. `missing_parent` is the id that the record names and the trace lacks.
    """

    own_started_ms: int
    own_ended_ms: int
    started_ms: int
    ended_ms: int
    parent: int | None = None
    children: Sequence[int] = ()
    depth: int = 0
    self_ms: int = 0
    on_critical_path: bool = False
    missing_parent: str | None = None
    cycle: bool = False

    @property
    def duration_ms(self) -> int:
        """The duration of the record and its descendants together."""
        return self.ended_ms - self.started_ms

    @property
    def own_duration_ms(self) -> int:
        """The record's own duration."""
        return self.own_ended_ms - self.own_started_ms


@dataclass(frozen=True, slots=True)
class Tree:
    """Nodes by index; `order` has each node before its children, and siblings in the trace's order."""

    nodes: list[Node]
    roots: list[int]
    order: list[int]


def build_tree(entries: Sequence[Entry]) -> Tree:
    """Return the tree of a trace's records, given in their chronological order."""
    nodes = [_node(entry) for entry in entries]
    _link(entries, nodes)
    _open_cycles(nodes)
    roots: list[int] = []
    children: dict[int, list[int]] = defaultdict(list)
    for index, node in enumerate(nodes):
        (roots if node.parent is None else children[node.parent]).append(index)
    for parent, found in children.items():
        nodes[parent].children = found
    order = _in_depth(nodes, roots)
    _reach_over_children(nodes, order)
    for node in nodes:
        node.self_ms = node.own_duration_ms - (_covered_ms(nodes, node) if node.children else 0)
    _mark_critical_path(nodes, roots)
    return Tree(nodes, roots, order)


def _node(entry: Entry) -> Node:
    ended_ms = max(entry.started_ms, entry.ended_ms)
    return Node(entry.started_ms, ended_ms, entry.started_ms, ended_ms)


def _link(entries: Sequence[Entry], nodes: Sequence[Node]) -> None:
    """Give each node the parent its record names: an event its cause, an interaction its span or its parent's span."""
    spans: dict[str, int] = {}
    ids: dict[str, int] = {}
    for index, entry in enumerate(entries):
        if entry.span_id is not None:
            spans.setdefault(entry.span_id, index)
        if entry.kind == EVENT or entry.id not in ids:
            ids[entry.id] = index
    for index, (entry, node) in enumerate(zip(entries, nodes, strict=True)):
        wanted = entry.causation_id if entry.kind == EVENT else entry.parent_span_id
        if entry.kind != EVENT and entry.span_id is not None and spans[entry.span_id] != index:
            node.parent = spans[entry.span_id]
        elif wanted is not None:
            node.parent = ids.get(wanted.lower()) if entry.kind == EVENT else spans.get(wanted)
            node.missing_parent = wanted if node.parent is None else None


def _open_cycles(nodes: Sequence[Node]) -> None:
    """Make the earliest node of every cycle a root."""
    settled = [False] * len(nodes)
    for start in range(len(nodes)):
        path: dict[int, None] = {}
        at: int | None = start
        while at is not None and not settled[at] and at not in path:
            path[at] = None
            at = nodes[at].parent
        if at is not None and at in path:
            walked = list(path)
            earliest = nodes[min(walked[walked.index(at) :])]
            earliest.parent, earliest.cycle = None, True
        for index in path:
            settled[index] = True


def _in_depth(nodes: Sequence[Node], roots: Sequence[int]) -> list[int]:
    order: list[int] = []
    waiting = list(reversed(roots))
    while waiting:
        index = waiting.pop()
        order.append(index)
        node = nodes[index]
        if node.children:
            for child in node.children:
                nodes[child].depth = node.depth + 1
            waiting.extend(reversed(node.children))
    return order


def _reach_over_children(nodes: Sequence[Node], order: Sequence[int]) -> None:
    for index in reversed(order):
        node = nodes[index]
        if node.parent is not None:
            parent = nodes[node.parent]
            parent.started_ms = min(parent.started_ms, node.started_ms)
            parent.ended_ms = max(parent.ended_ms, node.ended_ms)


def _covered_ms(nodes: Sequence[Node], parent: Node) -> int:
    """Return how much of the parent's own interval its children's own intervals cover together."""
    covered, reached = 0, parent.own_started_ms
    for started, ended in sorted((nodes[child].own_started_ms, nodes[child].own_ended_ms) for child in parent.children):
        until = min(ended, parent.own_ended_ms)
        covered += max(0, until - max(started, reached))
        reached = max(reached, until)
    return covered


def _mark_critical_path(nodes: Sequence[Node], roots: Sequence[int]) -> None:
    """Walk back from the end: the sibling that ended last, then the one that ended last before it began, and so on.

    The roots are walked like the children of one node.
    """
    waiting: list[Sequence[int]] = [roots]
    while waiting:
        reached: int | None = None
        siblings = waiting.pop()
        for index in sorted(siblings, key=lambda at: (nodes[at].ended_ms, nodes[at].started_ms, at), reverse=True):
            node = nodes[index]
            if reached is None or node.ended_ms <= reached:
                node.on_critical_path = True
                reached = node.started_ms
                if node.children:
                    waiting.append(node.children)
