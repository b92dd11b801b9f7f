"""Versions of objects: each change leaves the object as it was from then on, and nothing changes a version.

A version is in force from a moment of the database's clock, taken in the transaction of the change while the object is
held, until the next one is; so versions follow each other without a gap. The last one of an object that ended says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

from libs.objects.kinds import ObjectId, ObjectKind
from libs.pg.database import Connection
from libs.pg.sql_files import SqlFile, interpolate

T = TypeVar("T")
State = Mapping[str, Any]
_sql = SqlFile.load(Path(__file__).with_name("versions.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectVersion:
    """An object as it was from `in_force_from` until `in_force_to`, None for the version that is in force.

    `changed` names the fields of `state` that differ from the version before.
    """

    version: int
    state: dict[str, Any]
    changed: tuple[str, ...]
    in_force_from: datetime
    in_force_to: datetime | None


def is_same_json(one: object, other: object) -> bool:
    """Return whether two values are the same JSON: the order of members does not count, `1` and `true` differ."""
    return orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)


def changed_fields(before: State, after: State) -> tuple[str, ...]:
    """Return the names of the fields that one of the states lacks or has otherwise, sorted."""
    missing = object()
    return tuple(
        sorted(
            name
            for name in before.keys() | after.keys()
            if (one := before.get(name, missing)) is missing
            or (other := after.get(name, missing)) is missing
            or not is_same_json(one, other)
        )
    )


async def add_version(conn: Connection, kind: ObjectKind[T], obj: T, version: int, state: State) -> datetime:
    """Keep the object, held by the caller's transaction, as its new version; return from when on it is in force.

    The object has to be at a version before; a change that changes no field makes none (`changed_fields`).
    """
    statement = interpolate(_sql.latest_state, schema=kind.service)
    before = await conn.fetchval(statement, *_key(kind, kind.identify(obj)))
    return await _add(conn, kind, obj, version, state, () if before is None else changed_fields(before, state))


async def end_versions(conn: Connection, kind: ObjectKind[T], obj: T, version: int) -> datetime:
    """Let no version of the object, held by the caller's transaction, be in force; return from when on that is so."""
    return await _add(conn, kind, obj, version, None, ())


async def get_version(conn: Connection, kind: ObjectKind[Any], at: ObjectId, version: int) -> ObjectVersion | None:
    """Return one version of an object."""
    return next(iter(await _list(conn, kind, at, version=version)), None)


async def version_in_force(
    conn: Connection, kind: ObjectKind[Any], at: ObjectId, moment: datetime
) -> ObjectVersion | None:
    """Return the version in force at `moment`; None before the first and after the end."""
    return next(iter(await _list(conn, kind, at, moment=moment)), None)


async def list_versions(
    conn: Connection, kind: ObjectKind[Any], at: ObjectId, *, limit: int | None = None, offset: int = 0
) -> tuple[Sequence[ObjectVersion], int]:
    """Return a part of an object's versions, newest first, and how many it has."""
    total: int = await conn.fetchval(interpolate(_sql.count, schema=kind.service), *_key(kind, at))
    return await _list(conn, kind, at, limit=limit, offset=offset), total


async def _list(
    conn: Connection,
    kind: ObjectKind[Any],
    at: ObjectId,
    *,
    version: int | None = None,
    moment: datetime | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[ObjectVersion]:
    statement = interpolate(_sql.list, schema=kind.service)
    rows = await conn.fetch(statement, *_key(kind, at), version, moment, limit, offset)
    return [ObjectVersion(**{**row, "changed": tuple(row["changed"])}) for row in rows]


async def _add(
    conn: Connection, kind: ObjectKind[T], obj: T, version: int, state: State | None, changed: Sequence[str]
) -> datetime:
    values = (version, state, list(changed))
    statement = interpolate(_sql.add, schema=kind.service)
    in_force_from: datetime = await conn.fetchval(statement, *_key(kind, kind.identify(obj)), *values)
    return in_force_from


def _key(kind: ObjectKind[Any], at: ObjectId) -> tuple[str, str, str]:
    return at.tenant_id, kind.name, at.id
