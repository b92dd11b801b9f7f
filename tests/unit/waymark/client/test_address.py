"""The server is found by what is given, then by the environment, then by the data directory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from libs.service import private_files
from waymark.client import Client, WaymarkError
from waymark.client.address import CREDENTIALS_FILE, Address, find_address


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WAYMARK_URL", "WAYMARK_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WAYMARK_DATA_DIR", str(tmp_path))


def test_the_file_is_the_one_the_server_writes() -> None:
    assert CREDENTIALS_FILE == private_files.CREDENTIALS_FILE


def test_each_part_is_filled_in_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / CREDENTIALS_FILE).write_text(json.dumps({"url": "http://file/", "apiKey": "file"}))
    assert find_address() == Address("http://file", "file")
    monkeypatch.setenv("WAYMARK_API_KEY", "environment")
    assert find_address() == Address("http://file", "environment")
    assert find_address("http://given/", "given") == Address("http://given", "given")


def test_an_empty_setting_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / CREDENTIALS_FILE).write_text(json.dumps({"url": "http://file", "apiKey": "file"}))
    monkeypatch.setenv("WAYMARK_URL", "")
    assert find_address() == Address("http://file", "file")


def test_without_any_it_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(WaymarkError, match=CREDENTIALS_FILE):
        Client()


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(Address("http://x", "secret"))
