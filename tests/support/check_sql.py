"""`make check`: every named SQL statement is prepared against the schema it runs in, on a real PostgreSQL.

Where a file lies says which schemas its statements see: a service's read models and its own, with the table its folds
copy into; for the libraries those of a model, of the registry, and of a toy service that keeps objects; for the
PostgreSQL log its own. A statement that no longer fits its tables fails here, not in production.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from libs.contracts.topics import manifest
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.postgres.schema import ensure_schema
from libs.pg.database import Database, connect_once
from libs.pg.roles import projector_role
from libs.pg.sql_files import SqlFile, prepare_all
from libs.projections.reactor import Reactor
from libs.service.setup import setup_service
from services.metrics.series.model import DAYS
from tests.support import notes
from tests.support.consumers import ensure_begun
from tests.support.postgres import embedded_server
from tests.support.sql_names import FOLDERS, disagreements
from waymark.services import SERVICES, consumers

ROOT = Path(__file__).resolve().parents[2]
_NAMED = "-- name: "
NAMES = {
    "schema": notes.SERVICE,
    "positions": "positions",
    "parked": "parked",
    "model": "queries_history_g1",
    **DAYS,
}
_TEMPORARY = "services/**/arriving.sql"


def main() -> None:
    """Prepare every statement and print how many there are; exit with 1 and name what is wrong.

    Wrong is a statement that PostgreSQL refuses, one that code names and no file has, and one that no code names.
    """
    if wrong := disagreements(ROOT):
        sys.exit("\n".join(wrong))
    with embedded_server() as server:
        count = asyncio.run(_check(server.url))
    sys.stdout.write(f"{count} SQL statements prepared\n")


async def _check(url: str) -> int:
    await migrate_everything(url)
    connection = await connect_once(url, application_name="waymark-check-sql")
    count = 0
    try:
        for path in ROOT.glob(_TEMPORARY):
            await connection.execute(path.read_text(encoding="utf-8"))
        for path, file in sql_files():
            await connection.execute(f"SET search_path TO {', '.join(schemas_of(path))}")
            count += await prepare_all(connection, [file], **NAMES)
    finally:
        await connection.close()
    return count


async def migrate_everything(url: str) -> None:
    """Create the log's schema, the toy service's, every service's, and what the library keeps of each consumer."""
    connection = await connect_once(url, application_name="waymark-check-sql")
    await ensure_schema(connection)
    await connection.close()
    await notes.create_schema(url)
    for service in SERVICES:
        await setup_service(service, url)
    log = MemoryEventLog()
    await log.start()
    await log.ensure_topics(manifest())
    for consumer in consumers():
        role = projector_role(consumer.service)
        connecting = Database.connect(
            url, role=role, application_name="waymark-check-sql", search_path=(consumer.service,)
        )
        async with await connecting as db:
            await ensure_begun(db, log, consumer)
    await log.stop()


def sql_files() -> list[tuple[Path, SqlFile]]:
    """Return every file of named statements, with its path from the root."""
    found = [path for folder in FOLDERS for path in sorted(ROOT.glob(f"{folder}/**/*.sql"))]
    named = [path for path in found if _NAMED in path.read_text(encoding="utf-8")]
    return [(path.relative_to(ROOT), SqlFile.load(path)) for path in named]


def schemas_of(path: Path) -> Sequence[str]:
    """Return the schemas that the statements of a file, given from the root, see."""
    if path.is_relative_to("waymark"):
        return ("pg_catalog",)
    if path.is_relative_to("libs/eventlog/postgres"):
        return ("log",)
    if any(path.is_relative_to(f"libs/{library}") for library in ("projections", "objects", "schedule", "webhooks")):
        return (*_models("queries"), "projections")
    service = path.parts[1]
    return (*_models(service), service)


def _models(service: str) -> Sequence[str]:
    return [
        f"{service}_{consumer.name}_g1"
        for consumer in consumers()
        if not isinstance(consumer, Reactor) and consumer.service == service
    ]


if __name__ == "__main__":
    main()
