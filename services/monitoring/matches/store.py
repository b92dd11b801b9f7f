"""Loads the keys that a batch concerns, and stores those that it touched: each once, in one order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from libs.contracts.monitoring_steps import Closing, Step, Tick
from libs.pg.columns import as_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from services.monitoring.definitions.store import VersionKey
from services.monitoring.matches.matcher import DefinitionMatches, KeyState
from services.monitoring.matches.state import pack, unpack
from services.monitoring.matches.versions import KnownVersion, Versions
from services.monitoring.matches.walk import KEYS_OF_A_TICK, Arrived, DefinitionKey, Due, MatchKey, PartitionWalk

FOLD = SqlFile.load(Path(__file__).with_name("fold.sql"))
Known = Mapping[VersionKey, KnownVersion]
_ID_CHARS, _HASH_BYTES = 8, 16
_FORGOTTEN_AT_ONCE = 5_000
_KEPT_AT_ONCE = 5_000
"""A tick in each partition may touch many times as many keys."""


async def only_new(conn: Connection, events: Sequence[Arrived]) -> list[Arrived]:
    """Return the events without the steps that were taken before, and note the others as taken."""
    firsts: dict[tuple[str, bytes], Arrived] = {}
    new: list[Arrived] = []
    for arrived in events:
        if isinstance(arrived.body, Step):
            key = ledger_key(arrived, arrived.body)
            if key in firsts:
                continue
            firsts[key] = arrived
        new.append(arrived)
    known = await conn.fetch(FOLD.see, *as_columns(firsts)) if firsts else ()
    if not known:
        return new
    repeats = {id(firsts[row["tenant_id"], row["id"]]) for row in known}
    return [arrived for arrived in new if id(arrived) not in repeats]


async def load(
    conn: Connection, events: Mapping[int, Sequence[Arrived]], versions: Versions, *, room: int
) -> tuple[list[PartitionWalk], Known]:
    """Return each partition as it stands, with every key that its events can concern, and the versions of these.

    `room` is each definition's.
    """
    clocks = {row["partition"]: row["clock_ms"] for row in await conn.fetch(FOLD.clocks, list(events))}
    states: dict[int, dict[MatchKey, KeyState]] = {partition: {} for partition in events}
    due: dict[int, dict[MatchKey, Due]] = {partition: {} for partition in events}

    def take(partition: int, key: MatchKey, row: Row) -> None:
        states[partition][key] = unpack(row["state"])
        if row["waits"]:
            due[partition][key] = Due(row["due_ms"], key)

    named = list(
        {key: partition for partition, part in events.items() for one in part for key in one.concerned}.items()
    )
    for row in await conn.fetch(FOLD.named_keys, *as_columns(key for key, _ in named)) if named else ():
        key, partition = named[row["place"] - 1]
        take(partition, key, row)
    for partition, part in events.items():
        for row in await _reached_by_time(conn, partition, part, clocks.get(partition, 0), named=len(named)):
            take(partition, _key(row), row)
    needed = {partition: _versions_of(part, states[partition]) for partition, part in events.items()}
    wanted = {(*key, version) for found in needed.values() for key, own in found.items() for version in own}
    known = await versions.load(conn, wanted)
    definitions = await _definitions(conn, needed, known, room)
    walks = [
        PartitionWalk(
            partition,
            clocks.get(partition, 0),
            definitions[partition],
            states[partition],
            list(due[partition].values()),
        )
        for partition in sorted(events)
    ]
    return walks, known


async def store(conn: Connection, walks: Sequence[PartitionWalk]) -> None:
    """Store what the walks have touched."""
    kept = (
        (*key, walk.partition, state.waits, walk.due_or_forgotten_ms(key), pack(state))
        for walk in walks
        for key, state in walk.touched.items()
    )
    while some := list(islice(kept, _KEPT_AT_ONCE)):
        await conn.execute(FOLD.keep_keys, *as_columns(some))
    clocks = [(walk.partition, walk.clock_ms) for walk in walks if walk.has_ticked]
    open_counts = [
        (*key, walk.partition, found.open_count)
        for walk in walks
        for key, found in walk.definitions.items()
        if found.open_count != found.stored_open_count
    ]
    counts = [
        (*key, minute, walk.partition, tally.opened, tally.late, tally.not_opened)
        for walk in walks
        for key, found in walk.definitions.items()
        for minute, tally in found.tallies.items()
    ]
    closings = [
        (*key, walk.partition, closing.version, closing.at, closing.cause, closing.watermark_ms)
        for walk in walks
        for key, found in walk.definitions.items()
        for closing in found.new_closings
    ]
    for statement, values, width in (
        (FOLD.keep_open_counts, open_counts, 4),
        (FOLD.add_counts, counts, 7),
        (FOLD.keep_closings, closings, 7),
        (FOLD.keep_clocks, clocks, 2),
    ):
        if values:
            await conn.execute(statement, *as_columns(values, width))
    for walk in walks:
        if walk.has_ticked:
            await conn.execute(FOLD.forget_keys, walk.partition, walk.clock_ms, _FORGOTTEN_AT_ONCE)


async def _reached_by_time(
    conn: Connection, partition: int, part: Sequence[Arrived], clock_ms: int, *, named: int
) -> list[Row]:
    """Return the keys that the ticks and closings of a partition, whose clock stands at `clock_ms`, can concern.

    As many as the ticks fire, and as many more as may turn out not to be due when a tick comes. One from before the
    clock fires what the clock has passed.
    """
    ticks = [arrived.body.as_of for arrived in part if isinstance(arrived.body, Tick)]
    rows: list[Row] = []
    if ticks:
        until_ms = max(clock_ms, *ticks)
        rows += await conn.fetch(FOLD.due_keys, partition, until_ms, len(ticks) * KEYS_OF_A_TICK + named)
    ended = {(arrived.tenant_id, arrived.body.definition_id) for arrived in part if isinstance(arrived.body, Closing)}
    for tenant_id, definition_id in sorted(ended):
        rows += await conn.fetch(FOLD.open_keys, tenant_id, definition_id, partition)
    return rows


async def _definitions(
    conn: Connection, needed: Mapping[int, Mapping[DefinitionKey, set[int]]], known: Known, room: int
) -> dict[int, dict[DefinitionKey, DefinitionMatches]]:
    found = {
        partition: {
            key: DefinitionMatches({one: known[*key, one].rules for one in own if (*key, one) in known}, room)
            for key, own in definitions.items()
        }
        for partition, definitions in needed.items()
    }
    places = as_columns([(*key, partition) for partition, definitions in found.items() for key in definitions], 3)
    oldest = [min(own, default=0) for definitions in needed.values() for own in definitions.values()]
    for row in await conn.fetch(FOLD.closings, *places, oldest):
        closing = Closing(
            definition_id=row["definition_id"],
            version=row["version"],
            at=row["at_ms"],
            cause=row["cause"],
            watermark_ms=row["watermark_ms"],
        )
        found[row["partition"]][row["tenant_id"], row["definition_id"]].closings.append(closing)
    for row in await conn.fetch(FOLD.open_counts, *places):
        matches = found[row["partition"]][row["tenant_id"], row["definition_id"]]
        matches.open_count = matches.stored_open_count = row["n"]
    return found


def _versions_of(part: Iterable[Arrived], states: Mapping[MatchKey, KeyState]) -> dict[DefinitionKey, set[int]]:
    """Return the versions, by definition, that a partition's events and the keys' matches name."""
    found: dict[DefinitionKey, set[int]] = defaultdict(set)
    for arrived in part:
        body = arrived.body
        if isinstance(body, Step):
            for hit in body.hits:
                found[arrived.tenant_id, hit.definition_id].add(hit.version)
        elif isinstance(body, Closing):
            found[arrived.tenant_id, body.definition_id].update(())
    for key, state in states.items():
        known = found[key[:2]]
        if state.open is not None:
            known.add(state.open.version)
        for record in state.held:
            for hit in record.hits:
                known.add(hit.version)
    return found


def ledger_key(arrived: Arrived, step: Step) -> tuple[str, bytes]:
    """Return tenant and digest by which the ledger knows a step that comes again.

    The digest is put behind the beginning of the record's id: most ids begin with their time, so that the ledger's
    index grows at its end.
    """
    text = f"{step.source}:{step.id}:{arrived.match_key}"
    return arrived.tenant_id, step.id[:_ID_CHARS].encode() + blake2b(text.encode(), digest_size=_HASH_BYTES).digest()


def _key(row: Row) -> MatchKey:
    return MatchKey(row["tenant_id"], row["definition_id"], row["match_key"])
