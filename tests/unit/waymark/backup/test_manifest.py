"""Which backups this version can restore, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from libs.vault.vault import names_of
from tests.support.backups import MANIFEST
from waymark.backup.manifest import FORMAT, LogOfBackup, Manifest, Unrestorable, read_manifest, refuse_newer
from waymark.backup.naming import path_of
from waymark.backup.restoring import refuse_another_key, refuse_another_log
from waymark.settings import MachineSettings

KEY, OTHER = "the secret key of the shop", "another secret key of it"


def with_changes(**changes: object) -> Manifest:
    return msgspec.structs.replace(MANIFEST, **changes)


def settings(path: Path, *, secret_key: str | None = None, kafka: str | None = None) -> MachineSettings:
    return MachineSettings(data_dir=path, secret_key=secret_key, kafka_bootstrap_servers=kafka)


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert read_manifest(msgspec.json.encode(MANIFEST)) == MANIFEST


def test_members_that_a_later_version_adds_are_passed_over() -> None:
    text = msgspec.json.decode(msgspec.json.encode(MANIFEST)) | {"more": 1}
    assert read_manifest(msgspec.json.encode(text)) == MANIFEST


def test_a_newer_format_is_refused_whatever_it_looks_like() -> None:
    text = msgspec.json.encode({"format": FORMAT + 1, "waymark": "9.0", "tables": "elsewhere"})
    with pytest.raises(Unrestorable, match=r"made by Waymark 9\.0.*restore it with that version"):
        read_manifest(text)


def test_a_manifest_that_is_none_is_refused() -> None:
    with pytest.raises(Unrestorable, match="manifest cannot be read"):
        read_manifest(b'{"format": 1}')


@pytest.mark.parametrize(
    ("newer", "said"),
    [
        ({"revisions": {"catalog": "9999"}}, "schema catalog at 9999"),
        ({"revisions": {"moods": "0001"}}, "schema moods at 0001, this version of Waymark knows no schema"),
        ({"log": LogOfBackup("a-log", in_database=True, layout=99)}, "layout 99"),
    ],
)
def test_what_a_newer_version_brought_forward_is_refused(newer: dict[str, object], said: str) -> None:
    refuse_newer(MANIFEST)
    with pytest.raises(Unrestorable, match=said) as refused:
        refuse_newer(with_changes(**newer))
    assert "Waymark 1.2.3 or newer" in str(refused.value)


def test_the_secret_key_has_to_be_that_of_the_backup(tmp_path: Path) -> None:
    made = with_changes(key_names=names_of(KEY))
    for given in (KEY, f"{OTHER},{KEY}"):
        refuse_another_key(settings(tmp_path, secret_key=given), made)
    with pytest.raises(Unrestorable, match="not that of the backup"):
        refuse_another_key(settings(tmp_path, secret_key=OTHER), made)
    with pytest.raises(Unrestorable, match="put the installation's into"):
        refuse_another_key(settings(tmp_path), made)
    refuse_another_key(settings(tmp_path), msgspec.structs.replace(made, has_secret_key=True))


def test_names_of_secrets_tell_them_apart_and_do_not_tell_them() -> None:
    assert names_of(None) == ()
    assert names_of(f"{OTHER}, {KEY}") == (*names_of(OTHER), *names_of(KEY))
    assert names_of(KEY) != names_of(OTHER)
    assert not any(word in name for name in names_of(KEY) for word in KEY.split())


async def test_the_log_has_to_lie_where_it_lay(tmp_path: Path) -> None:
    await refuse_another_log(settings(tmp_path), MANIFEST)
    with pytest.raises(Unrestorable, match="waymark log copy"):
        await refuse_another_log(settings(tmp_path, kafka="127.0.0.1:1"), MANIFEST)
    with pytest.raises(Unrestorable, match=r"lies in Kafka, its id is a-log: name that Kafka by --kafka"):
        await refuse_another_log(settings(tmp_path), with_changes(log=LogOfBackup("a-log", in_database=False)))


def test_in_a_folder_a_backup_is_called_by_its_time(tmp_path: Path) -> None:
    assert path_of(tmp_path / "one") == tmp_path / "one"
    assert path_of(tmp_path).parent == tmp_path
    assert path_of(tmp_path).name.endswith("Z.backup")
