"""What a request that runs a workflow has to know of it, by its name: one look at a time answers all who ask.

Whoever asks while a look is under way waits for the next, so that nobody is answered by a look that began before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from libs.objects.names import fold_name
from libs.pg.database import Database
from services.workflows.definitions.model import Access
from services.workflows.definitions.store import QUERIES

_Wanted: TypeAlias = tuple[str, str, int | None]
"""Tenant, folded name, and a version or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A workflow that is not archived, and one version of it: `run_version` with what follows it.

    That is the version asked for, else the active one, else the newest. `version` is the newest, `active` says whether
    `/run` answers. `task_types` are the own types that the version uses, each in its newest version.
    """

    tenant_id: str
    id: str
    name: str
    active: bool
    active_version: int | None
    version: int
    run_version: int
    access: Access
    timeout_ms: int
    max_sessions: int | None
    task_types: Mapping[str, int]


@dataclass(eq=False)
class _Look:
    """A look that gathers names until it begins."""

    wanted: set[_Wanted] = field(default_factory=set)
    task: asyncio.Task[dict[_Wanted, Head]] | None = None


class Heads:
    """Finds workflows for those who run them; `db` has the projector role, for one look serves several tenants."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._turn = asyncio.Lock()
        self._gathering: _Look | None = None

    async def find(self, tenant_id: str, name: str, version: int | None = None) -> Head | None:
        """Return the tenant's workflow of a name, in any case; None when there is none, or no such version of it."""
        look = self._gathering
        if look is None:
            look = self._gathering = _Look()
        wanted = tenant_id, fold_name(name), version
        look.wanted.add(wanted)
        if look.task is None:
            look.task = asyncio.create_task(self._look(look))
        return (await asyncio.shield(look.task)).get(wanted)

    async def _look(self, look: _Look) -> dict[_Wanted, Head]:
        async with self._turn:
            self._gathering = None
            return await self._fetch(look.wanted)

    async def _fetch(self, wanted: Iterable[_Wanted]) -> dict[_Wanted, Head]:
        tenants, names, versions = zip(*wanted, strict=True)
        rows = await self._db.fetch(QUERIES.find_heads, list(tenants), list(names), list(versions))
        return {
            (row["tenant_id"], row["name_folded"], row["wanted"]): Head(
                tenant_id=row["tenant_id"],
                id=str(row["id"]),
                name=row["name"],
                active=row["active"],
                active_version=row["active_version"],
                version=row["version"],
                run_version=row["run_version"],
                access=row["access"],
                timeout_ms=row["timeout_ms"],
                max_sessions=row["max_sessions"],
                task_types=row["task_types"],
            )
            for row in rows
        }
