"""A process keeps its own log small while it runs, and its last error can be read from it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from libs.telemetry.log_files import last_error, older, set_aside

LOGGING = """
import logging, sys
from pathlib import Path
from libs.telemetry.log_files import OwnLogFile
log = logging.getLogger()
log.addHandler(OwnLogFile(sys.stderr, Path(sys.argv[1]), large_bytes=2_000))
for number in range(100):
    log.warning("line %d of a hundred", number)
    print(f"printed {number}", flush=True)
raise ValueError("the last word")
"""


def test_a_log_begins_a_new_file_while_it_is_written_and_loses_no_line(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("ab") as output:
        subprocess.run([sys.executable, "-c", LOGGING, str(log)], stdout=output, stderr=output, check=False)
    now, before = log.read_text(), older(log).read_text()
    assert 0 < len(before) < 2_200
    assert len(now) < 2_200 + 500
    both = (before + now).splitlines()
    at = next(number for number in range(100) if f"line {number} of a hundred" in both)
    assert [line for line in both if line.startswith(("line", "printed"))][-2 * (100 - at) :] == [
        words for number in range(at, 100) for words in (f"line {number} of a hundred", f"printed {number}")
    ]
    assert last_error(log) == "ValueError: the last word"


def test_a_large_file_is_set_aside_before_a_start(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    set_aside(log, large_bytes=3)
    log.write_text("abc")
    set_aside(log, large_bytes=3)
    assert log.exists()
    log.write_text("abcd")
    set_aside(log, large_bytes=3)
    assert (log.exists(), older(log).read_text()) == (False, "abcd")


def record(level: str, event: str, **more: str) -> str:
    return json.dumps({"level": level, "event": event, **more})


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([], None),
        ([record("info", "started"), record("warning", "slow")], None),
        ([record("error", "first"), record("error", "second"), record("info", "stopping")], "second"),
        (
            [record("error", "failed", exception="Traceback …\n  File x\nOSError: no space"), record("info", "x")],
            "failed: OSError: no space",
        ),
        (
            [record("error", "accounts: no key"), record("error", "Application startup failed. Exiting.")],
            "accounts: no key",
        ),
        (
            ["Traceback (most recent call last):", "  File x", "    y()", "ModuleNotFoundError: no z", ""],
            "ModuleNotFoundError: no z",
        ),
    ],
)
def test_the_last_error_is_found(tmp_path: Path, lines: list[str], error: str | None) -> None:
    log = tmp_path / "api.log"
    log.write_text("\n".join(["an earlier run's error", *lines, ""]))
    assert last_error(log, since=len("an earlier run's error\n")) == error


def test_a_file_that_was_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text(record("error", "new") + "\n")
    assert last_error(log, since=1_000_000) == "new"
    assert last_error(tmp_path / "none.log") is None


def test_an_error_is_found_behind_much_else_but_not_in_half_a_line(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text(f"{record('error', 'long ago')}\n{record('info', 'x' * 100_000)}\n")
    assert last_error(log) is None
