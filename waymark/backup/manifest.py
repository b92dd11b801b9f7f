"""What a backup says of itself, and why one cannot be restored by this version of Waymark."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from libs.eventlog.postgres.schema import LAYOUT
from libs.pg.upgrade import versions_of
from waymark.errors import CommandFailed
from waymark.services import SERVICES

FORMAT = 1


class Unrestorable(CommandFailed):
    """The backup is damaged, of a newer version, or of something else; the message says what to do."""


class TableFile(msgspec.Struct, frozen=True, rename="camel"):
    """The rows of a table, in PostgreSQL's binary COPY format; only a service's own where it sees no others."""

    schema: str
    name: str
    columns: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str
    of_service: str | None = None

    @property
    def table(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def file(self) -> str:
        """The name of its file within the backup."""
        return f"tables/{self.table}" + (f".{self.of_service}" if self.of_service else "")


class ServingModel(msgspec.Struct, frozen=True, rename="camel"):
    """A read model as it served."""

    service: str
    name: str
    generation: int
    version: int

    @property
    def schema(self) -> str:
        return f"{self.service}_{self.name}_g{self.generation}"


class StartedReactor(msgspec.Struct, frozen=True, rename="camel"):
    """A reactor, whose positions lie in its service's schema."""

    service: str
    name: str


class LogOfBackup(msgspec.Struct, frozen=True, rename="camel"):
    """The log that the database belongs to; the backup holds it where it lies in the database."""

    id: str
    in_database: bool
    layout: int | None = None


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """A backup's manifest: `revisions` are of the services' schemas, `key_names` name the key without telling it."""

    format: int
    waymark: str
    taken_at: str
    postgresql: str
    log: LogOfBackup
    revisions: Mapping[str, str]
    models: tuple[ServingModel, ...]
    reactors: tuple[StartedReactor, ...]
    sequences: Mapping[str, int]
    tables: tuple[TableFile, ...]
    key_names: tuple[str, ...]
    has_secret_key: bool
    left_out: tuple[str, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def bytes(self) -> int:
        """The bytes of all tables, before they are compressed."""
        return sum(table.bytes for table in self.tables)


class _AnyManifest(msgspec.Struct, rename="camel"):
    format: int
    waymark: str = "a newer version"


def read_manifest(text: bytes) -> Manifest:
    """Return the manifest. Raises Unrestorable for one of a newer format, or that is none."""
    try:
        found = msgspec.json.decode(text, type=_AnyManifest)
        if found.format > FORMAT:
            raise Unrestorable(
                f"the backup is of format {found.format}, made by Waymark {found.waymark}; this version reads up to"
                f" {FORMAT}: restore it with that version"
            )
        return msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise Unrestorable(f"the backup's manifest cannot be read: {error}") from None


def refuse_newer(manifest: Manifest) -> None:
    """Raise Unrestorable when a schema of the backup is newer than this version's, or unknown to it."""
    known = {one.name: versions_of([one.migrations]) for one in SERVICES if one.migrations is not None}
    for service, revision in sorted(manifest.revisions.items()):
        if revision not in known.get(service, ()):
            newest = known[service][-1] if service in known else "no schema"
            raise Unrestorable(
                f"the backup has schema {service} at {revision}, this version of Waymark knows {newest}:"
                f" restore it with Waymark {manifest.waymark} or newer"
            )
    if (manifest.log.layout or 0) > LAYOUT:
        raise Unrestorable(
            f"the backup's log has layout {manifest.log.layout}, this version of Waymark knows {LAYOUT}:"
            f" restore it with Waymark {manifest.waymark} or newer"
        )
