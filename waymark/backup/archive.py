"""The file of a backup: a ZIP of tables that ends with its manifest, readable by its owner alone.

It has its name only once it is whole and on the disk, and a reader takes nothing from it whose checksum is another.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import secrets
import struct
import zipfile
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from waymark.backup.manifest import Manifest, TableFile, Unrestorable, read_manifest
from waymark.errors import CommandFailed
from waymark.progress import Bar

_MANIFEST = "manifest.json"
_SECRET_KEY = "secret.key"  # noqa: S105  # a file name
_PARTIAL = ".partial"
# The log's values are JSON: the quickest level makes them a fifth, the next ones little less at twice the time.
_LEVEL = 1
_CHUNK_BYTES = 1 << 20
_MOST_MANIFEST_BYTES = 1 << 24
# All that the standard library raises for a ZIP that is damaged, encrypted or packed in another way.
_NOT_AS_WRITTEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, KeyError, NotImplementedError, OSError, OverflowError, RuntimeError, ValueError),
)

Sink = Callable[[bytes], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """The size and the checksum of a file that was written into the backup."""

    bytes: int
    sha256: str


class ArchiveWriter:
    """Writes files into a backup, one after the other."""

    def __init__(self, zipped: zipfile.ZipFile) -> None:
        self._zip = zipped

    async def add(self, name: str, fill: Callable[[Sink], Awaitable[None]]) -> WrittenFile:
        """Add a file with what `fill` gives to the sink."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as file:

            async def sink(chunk: bytes) -> None:
                nonlocal size
                size += len(chunk)
                digest.update(chunk)
                file.write(chunk)

            await fill(sink)
        return WrittenFile(size, digest.hexdigest())

    def add_secret_key(self, secret_key: str) -> None:
        """Add the key that encrypts what the tables have of secrets."""
        self._zip.writestr(_SECRET_KEY, secret_key)

    def close(self, manifest: Manifest) -> None:
        """Add the manifest, which is the last."""
        self._zip.writestr(_MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


@contextmanager
def written_archive(path: Path) -> Iterator[ArchiveWriter]:
    """Write a backup under another name, which becomes `path` at the end of the block. Raises CommandFailed."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_PARTIAL}")
    try:
        refuse_existing(path)
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as zipped:
                yield ArchiveWriter(zipped)
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(path)
        draft.rename(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise CommandFailed(f"the backup cannot be written to {path}: {error.strerror or error}") from error
    finally:
        with suppress(OSError):  # there is none, nor a folder for it
            draft.unlink()


def refuse_existing(path: Path) -> None:
    """Raise CommandFailed when there is something under that name: no backup takes the place of another."""
    if path.exists():
        raise CommandFailed(f"{path} exists: name a file that does not, or a folder")


class Archive:
    """A backup that is whole, as far as its manifest tells."""

    def __init__(self, zipped: zipfile.ZipFile, path: Path) -> None:
        self._zip = zipped
        self._path = path
        with self._reading():
            if zipped.getinfo(_MANIFEST).file_size > _MOST_MANIFEST_BYTES:
                raise _damaged(path, f"{_MANIFEST} is larger than any")
            self.manifest = read_manifest(zipped.read(_MANIFEST))

    @property
    def secret_key(self) -> str | None:
        """The secret key in the backup, None without one."""
        with self._reading():
            return self._zip.read(_SECRET_KEY).decode() if self.manifest.has_secret_key else None

    def verify(self, bar: Bar) -> None:
        """Read every file to its end. Raises Unrestorable for the first that is not as it was written."""
        done = rows = 0
        bar.total(self.manifest.bytes)
        for table in self.manifest.tables:
            for chunk in self.chunks(table):
                done += len(chunk)
                bar.at(done, rows)
            rows += table.rows
        bar.at(done, rows)
        _ = self.secret_key

    def chunks(self, table: TableFile) -> Iterator[bytes]:
        """Yield a table's rows. Raises Unrestorable at the end of those that are not as they were written."""
        digest = hashlib.sha256()
        with self._reading():
            size = self._zip.getinfo(table.file).file_size
        if size != table.bytes:
            raise _damaged(self._path, f"{table.file} has {size} bytes, not {table.bytes}")
        with self._reading(), self._zip.open(table.file) as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != table.sha256:
            raise _damaged(self._path, f"the checksum of {table.file} is another")

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except _NOT_AS_WRITTEN as error:
            raise _damaged(self._path, str(error)) from None


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """Open a backup. Raises Unrestorable for a file that is none, or not a whole one."""
    with _opened(path) as file, _zip_of(file, path) as zipped:
        yield Archive(zipped, path)


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise Unrestorable(f"the backup {path} cannot be read: {error.strerror or error}") from None


def _zip_of(file: IO[bytes], path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except _NOT_AS_WRITTEN:
        raise Unrestorable(f"{path} is no backup, or its end is missing: take another one") from None


def _damaged(path: Path, why: str) -> Unrestorable:
    return Unrestorable(f"the backup {path} is damaged ({why}): nothing of it was restored, take another one")


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
