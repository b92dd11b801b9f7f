"""What comes from outside is shown as the text it is, whole, and moves nothing on the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from waymark import console
from waymark.progress import progress_bar

HOSTILE = "[/nope] [red]x[/red] :a: :b: \x1b[2J\x07\r\n\u202e evil"
SHOWN = r"[/nope] [red]x[/red] :a: :b: \x1b[2J\x07\r\n\u202e evil"
ID = "0199c9d2-6f0e-7c3b-9f3e-1d2c3b4a5f60"


def show(monkeypatch: pytest.MonkeyPatch, width: int | None, columns: Sequence[str], *rows: Sequence[object]) -> None:
    """Print a table on a terminal of that width; None: on none."""
    monkeypatch.setattr(console, "_terminal_width", lambda: width)
    console.print_table(columns, rows)


def test_markup_and_emoji_codes_stay_and_controls_are_written_out() -> None:
    assert console.visible(HOSTILE) == SHOWN


@given(st.text())
def test_a_shown_text_is_one_line_that_a_terminal_only_prints(text: str) -> None:
    shown = console.visible(text)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    assert console.visible(shown) == shown
    shown.encode()


@pytest.mark.parametrize("text", ["Zoë :a: [x]", "日本語", "👩\u200d💻", "nb\u00a0sp", "zw\u200cnj"])
def test_letters_of_any_script_stay(text: str) -> None:
    assert console.visible(text) == text


@pytest.mark.parametrize(("printing", "stream"), [(console.print_plain, "out"), (console.warn, "err")])
def test_lines_are_printed_as_shown(capsys: pytest.CaptureFixture[str], printing: object, stream: str) -> None:
    printing(HOSTILE)  # type: ignore[operator]
    assert getattr(capsys.readouterr(), stream) == SHOWN + "\n"


def test_json_keeps_its_value_and_moves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_json({"label": HOSTILE + "\x9b31m"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"label": HOSTILE + "\x9b31m"}
    assert out.rstrip("\n").isprintable()


@pytest.mark.parametrize("width", [40, 80, 200, None])
def test_no_value_of_a_table_is_cut_or_folded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int | None
) -> None:
    rows = ((ID, HOSTILE, "admin, editor", None), (ID, "日本", "", None))
    show(monkeypatch, width, ("id", "label", "roles", "revokedAt"), *rows)
    lines = capsys.readouterr().out.splitlines()
    assert sum(ID in line for line in lines) == 2
    assert sum(SHOWN in line for line in lines) == 1
    assert sum("admin, editor" in line for line in lines) == 1


def test_a_table_that_fits_stands_in_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show(monkeypatch, 9, ("id", "label"), ("1", "日本"), ("22", "x"))
    assert capsys.readouterr().out == "id  label\n1   日本\n22  x\n"


def test_a_table_that_does_not_fit_is_a_block_for_each_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show(monkeypatch, 40, ("id", "label", "until"), (ID, "one", None), (ID, "two", "later"))
    assert capsys.readouterr().out == f"id     {ID}\nlabel  one\n\nid     {ID}\nlabel  two\nuntil  later\n"


def test_a_program_reads_columns_however_wide(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show(monkeypatch, None, ("id", "reason"), (ID, "x" * 500))
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.index("reason") == cell_len(ID) + 2
    assert row.split() == [ID, "x" * 500]


def test_a_table_without_rows_has_its_heading(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show(monkeypatch, 40, ("id", "label"))
    assert capsys.readouterr().out == "id  label\n"


def test_the_label_of_a_progress_bar_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(f"git {HOSTILE}"):
        pass
    assert f"git {SHOWN}" in " ".join(capsys.readouterr().err.split())
