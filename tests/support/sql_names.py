"""Named statements and the code that runs them, compared without running either.

A `SqlFile` is bound to a module's name and its statements are attributes of that name, in the module itself or in one
that imports the name. A statement that code names must exist, and one that exists must be named.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from libs.pg.sql_files import SqlFile

FOLDERS = ("libs", "services", "waymark")
"""Where named statements lie, and the code that runs them."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A `SqlFile` bound to a name of a module, given by its dotted path."""

    module: str
    name: str
    path: Path


def disagreements(root: Path, folders: Iterable[str] = FOLDERS) -> list[str]:
    """Return a sentence for each statement that is named but missing, or there but never named."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _modules(root, folders)}
    bindings = [binding for path, tree in trees.items() for binding in _bindings(root, path, tree)]
    named: dict[Path, dict[str, str]] = defaultdict(dict)
    for path, tree in trees.items():
        local = _local_names(_dotted(root, path), tree, bindings)
        for name, attribute in _attributes(tree):
            if name in local:
                named[local[name]].setdefault(attribute, str(path.relative_to(root)))
    return sorted(sentence for path in {one.path for one in bindings} for sentence in _compared(path, named[path]))


def _compared(path: Path, named: dict[str, str]) -> Iterator[str]:
    there = {statement.name for statement in SqlFile.load(path)}
    for name in named.keys() - there:
        yield f"{named[name]} names {name!r}, which {path.name} lacks"
    for name in there - named.keys():
        yield f"{path.parent.name}/{path.name} holds {name!r}, which no code names"


def _modules(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def _dotted(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts)


def _bindings(root: Path, path: Path, tree: ast.Module) -> Iterator[Binding]:
    """Yield the module's `NAME = SqlFile.load(<path ending in "file.sql">)`."""
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(attr="load") as load) as call)
                | ast.AnnAssign(
                    target=ast.Name(id=name), value=ast.Call(func=ast.Attribute(attr="load") as load) as call
                )
            ):
                if isinstance(load.value, ast.Name) and load.value.id == "SqlFile":
                    yield Binding(_dotted(root, path), name, _sql_path(path, call.args[0]))


def _sql_path(module: Path, argument: ast.expr) -> Path:
    """Return the file that the argument's text constants lead to from the module's folder."""
    parts = [
        node.value for node in ast.walk(argument) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    name = next(part for part in parts if part.endswith(".sql"))
    return min(module.parent.rglob(name), key=lambda path: len(path.parts))


def _local_names(module: str, tree: ast.Module, bindings: Iterable[Binding]) -> dict[str, Path]:
    """Return what a module calls the files that are bound in it or imported into it."""
    bound = {(one.module, one.name): one.path for one in bindings}
    local = {name: path for (owner, name), path in bound.items() if owner == module}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if path := bound.get((node.module or "", alias.name)):
                    local[alias.asname or alias.name] = path
    return local


def _attributes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr != "load":
            yield node.value.id, node.attr
