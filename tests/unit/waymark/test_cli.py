"""The command line as a whole: its help, its version, and errors that are a line and no traceback."""

from __future__ import annotations

import re
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

from waymark import cli
from waymark.client import WaymarkError
from waymark.errors import CommandFailed


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "80", "NO_COLOR": "1", **environment})
    return result.exit_code, result.stdout


def test_the_version_is_the_package_s() -> None:
    assert run("--version") == (0, f"waymark {version('waymark')}\n")


@pytest.mark.parametrize("group", [[], ["projections"], ["monitoring"], ["import"], ["events"], ["keys"]])
def test_summaries_of_commands_are_whole(group: list[str]) -> None:
    code, text = run(*group, "--help")
    assert code == 0
    summaries = text.split("Commands:")[1]
    assert "..." not in summaries
    assert len(re.findall(r"^  [a-z]", summaries, re.MULTILINE)) == summaries.count(".\n")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (CommandFailed("it is so\nand [red]so"), "waymark: it is so\nand [red]so"),
        (CommandFailed("a label \x1b[2J"), r"waymark: a label \x1b[2J"),
        (WaymarkError("422 label: :a: [/x]\r"), r"waymark: 422 label: :a: [/x]\r"),
        (
            OSError(30, "Read-only file system", "/data/imports"),
            "waymark: [Errno 30] Read-only file system: '/data/imports'",
        ),
    ],
)
def test_an_error_is_a_line_of_plain_text(monkeypatch: pytest.MonkeyPatch, error: Exception, line: str) -> None:
    def failing() -> NoReturn:
        raise error

    monkeypatch.setattr(cli, "app", failing)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == line


@pytest.mark.parametrize("interrupts", [signal.default_int_handler, signal.SIG_IGN])
def test_sigterm_ends_a_command_as_ctrl_c_does(monkeypatch: pytest.MonkeyPatch, interrupts: Any) -> None:
    before = {number: signal.signal(number, interrupts) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(cli, "app", lambda: signal.raise_signal(signal.SIGTERM))
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert ended.value.code == 130


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "localhost:8080", "server", "ftp://server", "http://", "http://x:port", "http://:8080"]
)
def test_a_url_that_is_none_is_told(url: str) -> None:
    result = CliRunner().invoke(cli.app, ["emit", "ORDER:1", "CREATE", "--url", url, "--api-key", "k"])
    assert isinstance(result.exception, WaymarkError)
    assert str(result.exception).startswith(repr(url))
    assert "http://" in str(result.exception)


def test_a_key_that_no_header_carries_is_told() -> None:
    result = CliRunner().invoke(cli.app, ["keys", "list", "--url", "http://127.0.0.1:1", "--api-key", "clé\n"])
    assert isinstance(result.exception, WaymarkError)
    assert "clé" not in str(result.exception)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 1, "apiKey": "k"}', '{"url": "http://x"}'])
def test_credentials_that_cannot_be_read_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "credentials.json").write_text(text)
    result = CliRunner().invoke(cli.app, ["keys", "list", "--data-dir", str(tmp_path)])
    assert isinstance(result.exception, WaymarkError)
    assert "credentials.json" in str(result.exception)
