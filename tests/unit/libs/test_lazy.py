"""Lazy imports: a module is executed when a name of it is used, then as by an ordinary import; other people's modules
are never deferred.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import libs
from libs.lazy import lazy_imports

COLOURS = """
from record_of_test_lazy import executed
executed.append(__name__)
RED = "red"
"""
FIRST, SECOND, PACKAGE = "libs.first_colours", "libs.second_colours", "libs.colours"


@pytest.fixture
def executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Two more modules of `libs`, of which the second imports the first; the names of those that were executed."""
    (tmp_path / "first_colours.py").write_text(COLOURS)
    (tmp_path / "second_colours.py").write_text("from libs import first_colours\n" + COLOURS)
    names: list[str] = []
    record = ModuleType("record_of_test_lazy")
    record.executed = names  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, record.__name__, record)
    monkeypatch.setattr(libs, "__path__", [*libs.__path__, str(tmp_path)])
    yield names
    for name in (FIRST, SECOND, PACKAGE, f"{PACKAGE}.warm"):
        sys.modules.pop(name, None)
        vars(libs).pop(name.removeprefix("libs."), None)


def test_a_module_is_executed_when_a_name_of_it_is_used(executed: list[str]) -> None:
    with lazy_imports():
        first = import_module(FIRST)
    assert executed == []
    assert (first.RED, first.RED) == ("red", "red")
    assert executed == [FIRST]


def test_a_lazy_module_stays_lazy_when_it_is_named_lazily_again(executed: list[str]) -> None:
    for _ in range(2):
        with lazy_imports():
            exec("from libs import first_colours")
    assert executed == []


def test_an_ordinary_import_of_a_lazy_module_executes_it(executed: list[str]) -> None:
    with lazy_imports():
        first = import_module(FIRST)
    assert import_module(FIRST) is first
    assert executed == [FIRST]


def test_what_a_lazy_module_imports_is_imported_as_usual(executed: list[str]) -> None:
    with lazy_imports():
        second = import_module(SECOND)
    assert second.RED == "red"
    assert executed == [FIRST, SECOND]


def test_a_module_in_a_lazy_package_is_executed_once_and_the_package_by_a_name_of_it(
    executed: list[str], tmp_path: Path
) -> None:
    package = tmp_path / "colours"
    package.mkdir()
    (package / "__init__.py").write_text("from libs.colours.warm import RED\n" + COLOURS)
    (package / "warm.py").write_text(COLOURS)
    with lazy_imports():
        colours = import_module(PACKAGE)
    warm = import_module(f"{PACKAGE}.warm")
    assert executed == [f"{PACKAGE}.warm"]
    assert (colours.RED, colours.warm) == ("red", warm)
    assert executed == [f"{PACKAGE}.warm", PACKAGE]


def test_an_import_after_the_block_is_ordinary(executed: list[str]) -> None:
    with lazy_imports():
        pass
    import_module(FIRST)
    assert executed == [FIRST]


def test_a_name_from_a_module_executes_it_at_once(executed: list[str]) -> None:
    with lazy_imports():
        exec("from libs.first_colours import RED")
    assert executed == [FIRST]


def test_a_module_that_is_not_there_is_missed_at_once() -> None:
    with pytest.raises(ImportError), lazy_imports():
        import_module("libs.no_such_module")
    assert not any(type(finder).__name__ == "_LazyFinder" for finder in sys.meta_path)


def test_other_peoples_modules_are_imported_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with lazy_imports():
        import_module("colorsys")
    assert type(sys.modules["colorsys"]) is ModuleType
