"""Whatever runs in the background is a loop that is killed once in `tests.support.loops`, or is listed here."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from libs.background.loops import Loop
from tests.support.loops.every import LOOPS

ROOT = Path(__file__).parents[4]
ALONE = ROOT / "waymark" / "client"
"""The client runs in other people's programs, which have no `/readyz`; its queue tells its caller."""
OTHER_TASKS = {
    "libs/background/loops.py Loop.start": "the loops themselves",
    "libs/eventlog/kafka/consumer.py KafkaConsumer.take": "whoever takes awaits it",
    "libs/eventlog/kafka/session.py ProducerSession._flush": "a round that fails ends its session and is logged",
    "libs/eventlog/kafka/teardown.py bounded": "awaited, within a bound",
    "libs/eventlog/replica.py Replica._fresh_ends": "a question, awaited by all who ask it",
    "libs/eventlog/shared_reading.py _Look.__init__": "a fetch, awaited by all who read",
    "libs/projections/generations.py ReadModel._positions": "a look, awaited by all who look",
    "libs/projections/rebuild/fill.py Filling.fill": "parts of a rebuild, awaited by it",
    "libs/projections/rebuild/rebuilder.py Rebuilder._rebuild_under_claim": "part of a rebuild, awaited by it",
    "libs/projections/serving.py _beside": "one poll, awaited after the batch beside it",
    "libs/background/tasks.py ended": "work, awaited by its caller, who looks at its outcome",
    "libs/schedule/lease_loop.py LeaseLoop.begin": "what is leased, awaited by the loop",
    "libs/service/process.py _run": "waits for the end of the parent process; however it ends, this one ends",
    "libs/service/worker.py ending_with": "ends the process when it ends",
    "services/gateway/numbering/group_commit.py GroupCommit._beside": "answers its group whatever goes wrong",
    "services/metrics/backfill/filling.py SeriesFilling.step": "one read ahead, awaited by the next step",
    "services/workflows/definitions/heads.py Heads.find": "a look, awaited by all who look",
    "services/workflows/definitions/versions.py Versions.compiled": "a version compiled, awaited by all who run it",
    "services/workflows/engine/execution.py Execution.rules_of": "in the executor's group, which ends when one fails",
    "services/workflows/engine/execution.py Execution.run": "awaited; the first that fails ends the others",
    "services/workflows/engine/executor.py Executor.run": "awaited; the first that fails ends the others",
    "services/workflows/engine/works.py Works.begin.go": "a run, whatever becomes of it is told its session",
    "services/workflows/matching/lanes.py Lanes.put": "awaited; the first that fails ends the matcher",
    "services/workflows/running/admission.py _Kept._begin": "a look, awaited by all who look",
    "services/workflows/matching/matcher.py Watch.run": "awaited; the first that fails ends the others",
    "waymark/machine.py _supervise": "prints one line, once",
    "waymark/composition.py Mounted._turn": "awaited",
    "waymark/composition.py Mounted.start": "a service's lifespan, awaited at each of its turns",
    "waymark/imports/batches.py send_all": "batches under way, awaited in order",
    "waymark/imports/git_history.py read_commits": "what git prints as errors, awaited when it ends",
    "waymark/supervisor.py _ended_by_itself": "awaited",
}
PASS_ON_A_NAME = {"Periodic", "Rounds", "Purge", "TablePurge", "Kept", "Hints", "DueLoop", "LeaseLoop"}
_MAKES_TASKS = {"create_task", "ensure_future", "run_coroutine_threadsafe"}


@cache
def sources() -> Mapping[str, ast.Module]:
    files = (path for package in ("libs", "services", "waymark") for path in (ROOT / package).rglob("*.py"))
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in files
        if not path.is_relative_to(ALONE)
    }


def calls(tree: ast.AST, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], ast.Call]]:
    """Every call of a module, with the classes and functions around it."""
    for node in ast.iter_child_nodes(tree):
        inside = (
            (*place, node.name) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else place
        )
        if isinstance(node, ast.Call):
            yield place, node
        yield from calls(node, inside)


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def loop_classes() -> set[str]:
    """`Loop` and whatever inherits from it."""
    classes = {"Loop"}
    bases = [
        (node.name, {ast.unparse(base) for base in node.bases})
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    while more := {name for name, its_bases in bases if its_bases & classes} - classes:
        classes |= more
    return classes


def literal(call: ast.Call) -> str | None:
    """The call's first argument, when that is a text; what is filled in stands in braces."""
    match call.args[:1]:
        case [ast.Constant(value=str(text))]:
            return text
        case [ast.JoinedStr() as text]:
            return ast.unparse(text)[2:-1]
    return None


def loops() -> set[str]:
    """The names that loops are made with; the class of those whose name is not written where they are made."""
    classes = loop_classes()
    found: set[str | None] = set()
    for tree in sources().values():
        for place, call in calls(tree):
            if ast.unparse(call.func) == "super().__init__" and place[0] in classes:
                found.add(literal(call) or place[0])
            elif called(call) in classes:
                found.add(literal(call))
    return {name for name in found if name is not None} - PASS_ON_A_NAME


def test_every_loop_is_killed_once() -> None:
    assert loops() == set(LOOPS)


def test_no_loop_replaces_a_private_method_of_its_base() -> None:
    replaced = {
        f"{one.__name__}.{name}"
        for one in descendants(Loop)
        for base in one.__mro__[1:]
        if base.__module__ == Loop.__module__
        for name, value in vars(one).items()
        if name.startswith("_") and not name.startswith("__") and callable(value) and name in vars(base)
    }
    assert replaced == set()


def descendants(base: type[Loop]) -> Iterator[type[Loop]]:
    for one in base.__subclasses__():
        yield one
        yield from descendants(one)


def test_no_task_runs_unwatched() -> None:
    found = {
        f"{path} {'.'.join(place)}"
        for path, tree in sources().items()
        for place, call in calls(tree)
        if called(call) in _MAKES_TASKS
    }
    assert found == set(OTHER_TASKS)
