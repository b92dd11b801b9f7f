"""Requests for rebuilds: rows that a model's runners claim, one a model."""

from __future__ import annotations

from pathlib import Path

from libs.pg.database import Database
from libs.pg.sql_files import SqlFile

REBUILDS = SqlFile.load(Path(__file__).with_name("rebuilds.sql"))


class RebuildRefused(Exception):
    """The rebuild would lose what the serving generation still has, or cannot be asked for now."""


class RebuildUnderWay(RebuildRefused):
    """The requested rebuild was requested before, and is not over."""


async def request_rebuild(db: Database, service: str, name: str, *, reason: str, from_retained: bool = False) -> None:
    """Ask the model's runners for a rebuild; `db` has the projector role or is the owner's.

    Raises RebuildRefused when there is no such model, RebuildUnderWay when a rebuild of it is under way.
    """
    async with db.transaction() as conn:
        if await conn.fetchval(REBUILDS.is_reactor, service, name):
            raise RebuildRefused(
                f"{service}.{name} is a reactor: it keeps no read model, so there is nothing to rebuild"
            )
        if not await conn.fetchval(REBUILDS.is_known, service, name):
            raise RebuildRefused(f"there is no read model {service}.{name}")
        if not await conn.fetchval(REBUILDS.request, service, name, reason, from_retained):
            raise RebuildUnderWay(f"a rebuild of {service}.{name} is under way already")


async def request_once(db: Database, service: str, name: str, *, reason: str) -> None:
    """Ask for a rebuild that the runner itself needs; one that failed for this reason waits for an operator."""
    async with db.transaction() as conn:
        await conn.execute(REBUILDS.request_once, service, name, reason)


async def is_rebuild_wanted(db: Database, service: str, name: str) -> bool:
    """Return whether a rebuild is asked for or under way, and has not failed."""
    async with db.transaction() as conn:
        return bool(await conn.fetchval(REBUILDS.is_wanted, service, name))
