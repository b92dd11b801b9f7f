"""Settings that will not do are told by name, as one sentence, and never with a value that may be a secret."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from libs.service.private_files import SECRET_KEY_FILE
from libs.service.settings import SettingsInvalid
from waymark import services
from waymark.commands.machine import up
from waymark.errors import CommandFailed
from waymark.settings import keep_secret_key, load_secret_key, read_settings


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """Take back what `up` puts into the environment of its process."""
    with patch.dict("os.environ"):
        yield


@pytest.mark.parametrize("value", ["abc", "70000", "-1"])
def test_a_setting_that_will_not_do_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WAYMARK_PORT", value)
    with pytest.raises(CommandFailed, match=r"^--port \(WAYMARK_PORT\): ") as failed:
        read_settings()
    assert value not in str(failed.value)


def test_networks_that_are_none_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_OUTBOUND_ALLOW", "10.0.0.0/8,inside")
    with pytest.raises(CommandFailed, match=r"^WAYMARK_OUTBOUND_ALLOW: networks such as 10\.1\.0\.0/16"):
        read_settings()


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(CommandFailed, match="cannot be made: File exists"):
        up(data_dir=file, port=0)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{bad", "JSON is expected"),
        ("[]", "an object is expected"),
        ('{"waymark.events.v1": "soon"}', "an integer is expected"),
        ('{"waymark.events.v1": -1}', "a number from 1 on is expected"),
        ('{"waymark.evnets.v1": 5}', "retention is set for unknown topics: waymark.evnets.v1"),
        ('{"waymark.reference.v1": 5}', "waymark.reference.v1 is compacted"),
    ],
)
def test_a_retention_that_will_not_do_is_named(monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    monkeypatch.setenv("WAYMARK_RETENTION_MS", value)
    with pytest.raises(CommandFailed) as failed:
        read_settings()
    assert str(failed.value).startswith(f"WAYMARK_RETENTION_MS: {words}")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("WAYMARK_ALLOWED_ORIGINS", "https://x"), ("WAYMARK_RETENTION_MS", "{"), ("WAYMARK_GATEWAY_GROUP_RECORDS", "0")],
)
def test_a_setting_of_any_service_is_told_before_the_first_process_starts(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsInvalid, match=f"^{variable}: "):
        services.settings()


@pytest.mark.parametrize("module", ["services.queries", "services.gateway", "waymark.front_process"])
def test_a_service_on_its_own_tells_it_in_one_line(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setenv("WAYMARK_RETENTION_MS", "{")
    done = subprocess.run([sys.executable, "-m", module], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    name = module.partition(".")[2].removesuffix("_process")
    assert done.stderr == f"{name}: WAYMARK_RETENTION_MS: JSON is expected\n"


def test_a_data_directory_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere
    with pytest.raises(CommandFailed, match="cannot be written"):
        up(data_dir=tmp_path, port=0)


@pytest.mark.parametrize("url", ["mysql://somebody@127.0.0.1/db", "postgresql://127.0.0.1:1/db"])
def test_a_database_url_that_leads_nowhere_is_told(tmp_path: Path, url: str) -> None:
    with pytest.raises(CommandFailed):
        up(data_dir=tmp_path / "data", port=0, database_url=url)


@pytest.mark.parametrize("changed", ["a-newer-key-than-that,the-key-of-the-file", "a-newer-key-than-that"])
def test_the_data_directorys_secret_key_follows_the_setting(tmp_path: Path, changed: str) -> None:
    made = load_secret_key(read_settings(data_dir=tmp_path))
    assert load_secret_key(read_settings(data_dir=tmp_path)) == made
    told = read_settings(data_dir=tmp_path, secret_key=changed)
    assert load_secret_key(told) == changed
    assert load_secret_key(read_settings(data_dir=tmp_path)) == made, "not before everything has started under it"
    keep_secret_key(told)
    assert load_secret_key(read_settings(data_dir=tmp_path)) == changed
    assert stat.S_IMODE((tmp_path / SECRET_KEY_FILE).stat().st_mode) == 0o600


def test_a_secret_key_that_was_never_on_disk_stays_off_it(tmp_path: Path) -> None:
    keep_secret_key(read_settings(data_dir=tmp_path, secret_key="a-key-of-the-environment"))
    assert list(tmp_path.iterdir()) == []
