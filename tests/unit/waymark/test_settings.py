"""Settings that will not do are told by name, as one sentence, and never with a value that may be a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from waymark.commands.machine import up
from waymark.errors import CommandFailed
from waymark.settings import read_settings


@pytest.mark.parametrize("value", ["abc", "70000", "-1"])
def test_a_setting_that_will_not_do_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WAYMARK_PORT", value)
    with pytest.raises(CommandFailed, match=r"^--port \(WAYMARK_PORT\): ") as failed:
        read_settings()
    assert value not in str(failed.value)


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(CommandFailed, match="cannot be made: File exists"):
        up(data_dir=file, port=0)


@pytest.mark.parametrize("url", ["mysql://somebody@127.0.0.1/db", "postgresql://127.0.0.1:1/db"])
def test_a_database_url_that_leads_nowhere_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(CommandFailed):
        up(data_dir=tmp_path / "data", port=0, database_url=url)
