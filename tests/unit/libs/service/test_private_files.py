"""A private file is there whole, for its owner alone, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.service.private_files import write_private


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_private(path, "one")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    assert path.read_text() == "one"
