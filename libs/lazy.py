"""Imports that happen later or not at all, so that a process loads what it runs.

Type checker, import contracts and editors read them as ordinary imports.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any

_OURS = ("libs.", "services.", "waymark.")


class _LazyPackage(ModuleType):
    """A package that is executed when a name of it is used, and not when a module in it is imported.

    Executed by such an import it may import that module itself, which importlib would then execute a second time.
    """

    def __getattribute__(self, name: str) -> Any:
        get = super().__getattribute__
        spec = get("__spec__")
        if name not in {"__path__", "__spec__"}:
            super().__setattr__("__class__", ModuleType)
            spec.loader.exec_module(self)
        return get(name)


class _LazyPackageLoader(LazyLoader):
    """Makes a package lazy."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.__class__ = _LazyPackage


class _LazyFinder(MetaPathFinder):
    """Finds modules of ours, to be executed when an attribute of theirs is asked for."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(_OURS):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            make_lazy = LazyLoader if spec.submodule_search_locations is None else _LazyPackageLoader
            spec.loader = make_lazy(spec.loader)
        return spec


class lazy_imports:  # noqa: N801  # used as a statement, like `suppress`
    """`with lazy_imports(): from services.traces import api` leaves `api` to be loaded when a name of it is used.

    Import modules in the block: a name imported from a module loads it at once, as everywhere. The first use belongs to
    the thread that starts the process: a lazy module is not safe to load from two threads at a time.
    """

    def __init__(self) -> None:
        self._finder = _LazyFinder()

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self._finder)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self._finder)


@contextmanager
def without(name: str) -> Iterator[None]:
    """Hide a package, unless it is loaded already, from modules that use it only where it is installed."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails
    try:
        yield
    finally:
        del sys.modules[name]
