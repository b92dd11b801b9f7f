"""The file of a backup: whole under its name or not there, and nothing is taken from a file that is not as written."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tests.support.backups import MANIFEST
from waymark.backup.archive import Sink, opened_archive, written_archive
from waymark.backup.manifest import Manifest, TableFile, Unrestorable
from waymark.errors import CommandFailed
from waymark.progress import progress_bar

ROWS = os.urandom(3_000_000)


@dataclass
class Interrupted(Exception):
    """What ends a backup before its end."""


async def write(path: Path, *, rows: bytes = ROWS, secret_key: str | None = None) -> Manifest:
    """Write a backup of one table."""
    with written_archive(path) as archive:

        async def fill(sink: Sink) -> None:
            for at in range(0, len(rows), 1_000_000):
                await sink(rows[at : at + 1_000_000])

        draft = TableFile("catalog", "items", ("item_id",), 1, 0, "")
        written = await archive.add(draft.file, fill)
        table = msgspec.structs.replace(draft, bytes=written.bytes, sha256=written.sha256)
        manifest = msgspec.structs.replace(MANIFEST, tables=(table,), has_secret_key=secret_key is not None)
        if secret_key is not None:
            archive.add_secret_key(secret_key)
        archive.close(manifest)
    return manifest


def check(path: Path) -> None:
    with progress_bar("checking", hidden=True) as bar, opened_archive(path) as archive:
        archive.verify(bar)


async def test_what_was_written_is_read_again_and_by_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    manifest = await write(path, secret_key="the secret key")
    check(path)
    with opened_archive(path) as archive:
        assert b"".join(archive.chunks(manifest.tables[0])) == ROWS
        assert (archive.manifest, archive.secret_key) == (manifest, "the secret key")
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_backup_that_ended_early_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Interrupted), written_archive(tmp_path / "one.backup"):
        raise Interrupted
    assert list(tmp_path.iterdir()) == []


async def test_no_backup_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    await write(path)
    before = path.read_bytes()
    with pytest.raises(CommandFailed, match="exists"):
        await write(path, rows=b"other rows")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


async def test_a_file_that_came_meanwhile_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "one.backup"
    with pytest.raises(CommandFailed, match="exists"), written_archive(path):
        path.write_bytes(b"another")
    assert path.read_bytes() == b"another"


async def test_a_backup_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.backup"
    synced: list[tuple[Path, bool]] = []

    def fsync(fd: int) -> None:
        synced.append((Path(f"/proc/self/fd/{fd}").readlink(), path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    await write(path)
    (draft, had_name), (folder, has_name) = synced
    assert (draft.suffix, had_name) == (".partial", False)
    assert (folder, has_name) == (tmp_path, True)


async def test_every_cut_and_a_bit_that_turned_are_seen(tmp_path: Path) -> None:
    path, other = tmp_path / "one.backup", tmp_path / "other.backup"
    await write(path)
    whole = path.read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        other.write_bytes(whole[:length])
        with pytest.raises(Unrestorable, match="is no backup, or its end is missing"):
            check(other)
    for at in (len(whole) // 3, len(whole) // 2):
        other.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(Unrestorable, match="is damaged"):
            check(other)


async def test_rows_that_were_exchanged_in_a_whole_file_are_seen(tmp_path: Path) -> None:
    path, other = tmp_path / "one.backup", tmp_path / "other.backup"
    await write(path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            target.writestr(name, bytes(len(ROWS)) if name.startswith("tables/") else source.read(name))
    with pytest.raises(Unrestorable, match=r"the checksum of tables/catalog\.items is another"):
        check(other)


@pytest.mark.parametrize(
    ("offset", "value"), [pytest.param(8, 1, id="encrypted"), pytest.param(10, 99, id="packed another way")]
)
async def test_a_zip_that_cannot_be_unpacked_here_is_refused(tmp_path: Path, offset: int, value: int) -> None:
    path = tmp_path / "one.backup"
    await write(path)
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + offset] = value  # of the manifest, whose entry is the last
    path.write_bytes(data)
    with pytest.raises(Unrestorable, match="is damaged"):
        check(path)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param({"manifest.json": b" " * (1 << 24) + b"{}"}, "larger than any", id="manifest"),
        pytest.param({"tables/catalog.items": b"0" * (1 << 24)}, "16777216 bytes, not 3000000", id="table"),
    ],
)
async def test_what_unpacks_to_more_than_it_says_is_not_unpacked(
    tmp_path: Path, other: dict[str, bytes], said: str
) -> None:
    path, bomb = tmp_path / "one.backup", tmp_path / "bomb.backup"
    await write(path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, other.get(name) or source.read(name))
    with pytest.raises(Unrestorable, match=said):
        check(bomb)


def test_where_no_file_can_be_the_backup_is_said_to_be_unwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in (tmp_path / "none" / "one", tmp_path / "file" / "one", tmp_path / ("x" * 300)):
        with pytest.raises(CommandFailed, match="cannot be written to"), written_archive(place):
            pass


def test_a_file_that_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(Unrestorable, match="cannot be read: No such file"), opened_archive(tmp_path / "none"):
        pass
