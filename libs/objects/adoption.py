"""Objects that the log has in a newer version than the database: after one was lost, or restored from an older backup.

The topics hold the latest record of every object, so what they say more is taken up from them. Nothing of an older
database is published meanwhile: a late copy of an older record would outlive the newer one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from libs.eventlog.port import EventLog
from libs.objects import outbox
from libs.objects.kinds import Latest, LatestTopic, ObjectKind, OnLog
from libs.objects.newest import Known, kinds_on, known_objects, newest_records, topics_of
from libs.objects.outbox import NothingToCarry
from libs.pg.database import Connection, Database

Newest = Mapping[str, OnLog[Any]]
"""The newest records of a topic, by their keys."""


class OutdatedDatabase(NothingToCarry):
    """The log has newer objects than the database; the message counts them and names the way out."""

    def __init__(self, service: str, counts: Mapping[str, int]) -> None:
        found = ", ".join(f"{count} of {name}" for name, count in sorted(counts.items()))
        super().__init__(
            f"the log has newer objects of {service} than this database ({found}), as after a loss of the database or"
            " a restore of an older backup: take them up with `waymark log adopt`"
        )


class AdoptionRefused(Exception):
    """An object that only the database has conflicts with one that the log has; the message names the kind."""


async def refuse_outdated(log: EventLog, db: Database, kinds: Sequence[ObjectKind[Any]]) -> None:
    """Raise OutdatedDatabase when the log has newer objects of the kinds, which are one service's.

    `db` connects as the service's projector role. Raises LogUnavailable.
    """
    for topic in topics_of(kinds):
        known = await _known(db, topic, kinds)
        await refuse_newer(db, topic, kinds, known, await newest_records(log, topic))


async def refuse_newer(
    db: Database,
    topic: LatestTopic[Any],
    kinds: Sequence[ObjectKind[Any]],
    known: Mapping[str, Known],
    newest: Newest,
) -> None:
    """Raise OutdatedDatabase when `newest` is newer than what was `known` by record key, and than the database now."""
    newer = _newer(topic, kinds, known, newest)
    if not newer:
        return
    try:
        counts = await _counts(db, newer)
    except AdoptionRefused:
        counts = {name: len(records) for _, name, records in newer}
    if counts:
        raise OutdatedDatabase(kinds[0].service, counts)


async def adopt(log: EventLog, db: Database, kinds: Sequence[ObjectKind[Any]]) -> Mapping[str, int]:
    """Take up what the log has newer of the kinds, which are one service's; return how many, by the kind's name.

    What waits in the outbox of an object that was taken up is forgotten: it is older. `db` as in `refuse_outdated`.
    Raises AdoptionRefused, LogUnavailable.
    """
    counts: dict[str, int] = {}
    for topic in topics_of(kinds):
        known = await _known(db, topic, kinds)
        newer = _newer(topic, kinds, known, await newest_records(log, topic))
        async with db.transaction() as conn:
            counts |= await _take_up(conn, newer)
            keys = [topic.key(one.record) for _, _, records in newer for one in records]
            await outbox.forget_pending(conn, kinds[0].service, topic.topic.name, keys)
    return counts


async def _known(db: Database, topic: LatestTopic[Any], kinds: Sequence[ObjectKind[Any]]) -> Mapping[str, Known]:
    async with db.transaction(isolation="repeatable_read", readonly=True) as conn:
        return await known_objects(conn, topic, kinds)


_Newer = list[tuple[Latest[Any, Any], str, list[OnLog[Any]]]]


def _newer(
    topic: LatestTopic[Any], kinds: Sequence[ObjectKind[Any]], known: Mapping[str, Known], newest: Newest
) -> _Newer:
    """Return the records that are newer than what is known, with the kind that holds them, in the kinds' order."""
    newer = [one for key, one in newest.items() if key not in known or known[key].version < one.record.version]
    by_kind = [
        (latest, kind.name, [one for one in newer if latest.holds(one.record)])
        for kind, latest in kinds_on(topic, kinds).items()
    ]
    return [found for found in by_kind if found[2]]


async def _counts(db: Database, newer: _Newer) -> dict[str, int]:
    """Return what taking up would change, and change nothing."""
    async with db.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        try:
            return await _take_up(conn, newer)
        finally:
            await transaction.rollback()


async def _take_up(conn: Connection, newer: _Newer) -> dict[str, int]:
    counts: dict[str, int] = {}
    for latest, name, records in newer:
        try:
            count = await latest.take_up(conn, records)
        except asyncpg.UniqueViolationError as error:
            raise AdoptionRefused(
                f"a {name} that only this database has is in the way of one that the log has"
                f" ({error.constraint_name}): rename it"
            ) from error
        if count:
            counts[name] = count
    return counts
