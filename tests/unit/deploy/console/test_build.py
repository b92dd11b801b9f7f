"""When the console is built and checked again: where something changed that it is made of, and then as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from deploy.console import build
from deploy.console.build import RegistryAway, StepFailed, Web
from deploy.console.node import Node

NPM = """\
import pathlib, sys, time
with open("../calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:3]) + "\\n")
match sys.argv[1:3]:
    case ["ci", _]:
        if pathlib.Path("../away").exists():
            sys.exit(pathlib.Path("../away").read_text())
        pathlib.Path("node_modules").mkdir(exist_ok=True)
    case ["run", "types:check"]:
        if pathlib.Path("../outdated").exists():
            sys.exit("not up-to-date")
    case ["run", "build"]:
        if "broken" in pathlib.Path("src/main.ts").read_text():
            sys.exit("src/main.ts: unexpected token")
        time.sleep(0.05)
        out = pathlib.Path(sys.argv[sys.argv.index("--outDir") + 1])
        out.mkdir()
        (out / "index.html").write_text(pathlib.Path("src/main.ts").read_text())
"""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    """Sources, and an npm that notes what it is asked and copies `main.ts` into the build."""
    directory = tmp_path / "web"
    (directory / "src").mkdir(parents=True)
    (directory / "src" / "main.ts").write_text("one")
    (directory / "package-lock.json").write_text("{}")
    (tmp_path / "openapi.json").write_text("{}")
    (tmp_path / "npm.py").write_text(NPM)
    npm = Node((sys.executable, str(tmp_path / "npm.py")), Path("/usr/bin"))
    monkeypatch.setattr(build, "find_node", lambda: npm)
    return Web(directory, tmp_path / "openapi.json")


def calls(web: Web) -> list[str]:
    """Return what npm was asked since the last look."""
    path = web.directory.parent / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def page(web: Web) -> str:
    return (web.dist / "index.html").read_text()


def test_it_is_built_again_where_sources_changed_and_packages_only_with_their_lock_file(web: Web) -> None:
    web.build()
    assert (page(web), calls(web)) == ("one", ["ci --ignore-scripts", "run build"])
    web.build()
    assert calls(web) == []
    (web.directory / "src" / "main.ts").write_text("two")
    web.build()
    assert (page(web), calls(web)) == ("two", ["run build"])
    (web.directory / "src" / "more.ts").write_text("")
    web.build()
    assert calls(web) == ["run build"]
    (web.directory / "package-lock.json").write_text('{"a": 1}')
    web.build()
    assert calls(web) == ["ci --ignore-scripts", "run build"]


def test_a_build_that_fails_leaves_the_one_before(web: Web) -> None:
    web.build()
    (web.directory / "src" / "main.ts").write_text("broken")
    with pytest.raises(StepFailed, match=r"(?s)`npm run build` failed:.*unexpected token"):
        web.build()
    assert page(web) == "one"


@pytest.mark.parametrize("code", ["ENOTFOUND", "E403", "E503"])
def test_a_registry_that_is_away_is_told_of_in_one_line(web: Web, code: str) -> None:
    (web.directory.parent / "away").write_text(f"npm \x1b[31merror\x1b[39m code {code}\nnpm error more")
    with pytest.raises(RegistryAway, match=rf"^npm's registry gives no packages \({code}\)$"):
        web.build()
    assert not web.dist.exists()


def test_packages_that_are_not_those_of_the_lock_file_are_told_of_as_npm_says_it(web: Web) -> None:
    (web.directory.parent / "away").write_text("npm error code EUSAGE\nnpm error package.json and package-lock.json")
    with pytest.raises(
        StepFailed, match=r"(?s)`npm ci --ignore-scripts` failed:.*EUSAGE.*package-lock\.json"
    ) as caught:
        web.build()
    assert not isinstance(caught.value, RegistryAway)


def test_it_is_checked_again_where_sources_or_the_api_changed(web: Web) -> None:
    web.check()
    assert calls(web) == ["ci --ignore-scripts", "run types:check", "run check"]
    web.check()
    assert calls(web) == []
    (web.directory.parent / "openapi.json").write_text('{"paths": {}}')
    web.check()
    assert calls(web) == ["run types:check", "run check"]


def test_outdated_types_of_the_api_are_told_of_with_the_command(web: Web) -> None:
    (web.directory.parent / "outdated").touch()
    for _ in range(2):
        with pytest.raises(StepFailed, match=r"(?s)not up-to-date.*`python -m deploy\.console types`"):
            web.check()


def test_of_processes_that_build_at_once_one_does_and_the_others_wait(web: Web) -> None:
    program = dedent(f"""
        from pathlib import Path
        from deploy.console import build
        from deploy.console.node import Node
        build.find_node = lambda: Node({(sys.executable, str(web.directory.parent / "npm.py"))!r}, Path("/usr/bin"))
        web = build.Web(Path({str(web.directory)!r}), Path({str(web.directory.parent / "openapi.json")!r}))
        web.build()
        assert (web.dist / "index.html").read_text() == "one"
    """)
    running = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert calls(web) == ["ci --ignore-scripts", "run build"]
