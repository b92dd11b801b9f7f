"""Folds a batch of records: each session is loaded once, folded in memory, and written once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from libs.contracts.workflow_sessions import SessionStatus
from libs.objects.names import fold_name
from libs.pg.columns import as_columns, keyed_columns
from libs.pg.database import Connection, Row
from libs.pg.sql_files import SqlFile
from libs.records.index_key import index_key
from services.workflows.engine.session import SessionState, TaskKey, TaskState, fold
from services.workflows.sessions.model import SessionEntry, SessionKey, minute_of
from services.workflows.sessions.render import summary_json
from services.workflows.sessions.state import (
    changed_tasks,
    item_of,
    pack_head,
    pack_started,
    pack_task,
    task_key_of,
    unpack,
    unpack_task,
)

SQL = SqlFile.load(Path(__file__).with_name("fold.sql"))
COUNT_ALL = SQL.count_all
"""Counts everything that was folded without being counted."""
Tasks = Mapping[SessionKey, Mapping[TaskKey, TaskState]]


class Change(NamedTuple):
    """A session that a batch changed; `before` is None for one that began in it.

    `next_offset` is the one after the last record that counted.
    """

    partition: int
    next_offset: int
    before: SessionState | None
    after: SessionState


async def change(conn: Connection, entries: Sequence[SessionEntry]) -> list[Change]:
    """Fold `entries` into the rows, and return the sessions that changed, sorted."""
    parts: dict[SessionKey, list[SessionEntry]] = defaultdict(list)
    for entry in entries:
        parts[entry.session].append(entry)
    known = await load(conn, sorted(parts))
    changes = [made for key in sorted(parts) if (made := _folded(known.get(key), parts[key])) is not None]
    await _write(conn, changes)
    return changes


async def count(conn: Connection, changes: Iterable[Change]) -> None:
    """Count the sessions that began, and those whose status is another one."""
    counts: Counter[tuple[str, str, SessionStatus, int]] = Counter()
    for _, _, before, after in changes:
        if before is None or before.status != after.status:
            counts[_counted(after)] += 1
            if before is not None:
                counts[_counted(before)] -= 1
    moved = [(key, n) for key, n in counts.items() if n]
    if moved:
        await conn.execute(SQL.count, *keyed_columns(moved))


async def load(conn: Connection, keys: Sequence[SessionKey]) -> dict[SessionKey, SessionState]:
    """Return the sessions that are known, as they stand."""
    rows = await conn.fetch(SQL.known, *as_columns(keys)) if keys else ()
    tasks = await tasks_of(conn, [_key(row) for row in rows])
    return {(key := _key(row)): state_of(row, tasks.get(key, {})) for row in rows}


async def tasks_of(conn: Connection, keys: Sequence[SessionKey]) -> Tasks:
    """Return the tasks of sessions."""
    tasks: dict[SessionKey, dict[TaskKey, TaskState]] = defaultdict(dict)
    for row in await conn.fetch(SQL.tasks, *as_columns(keys)) if keys else ():
        tasks[_key(row)][task_key_of(row["task"], row["item"])] = unpack_task(row["state"])
    return tasks


def state_of(row: Row, tasks: Mapping[TaskKey, TaskState]) -> SessionState:
    """Return the session of a row."""
    return unpack(row["tenant_id"], row["record_key"], row["started"], row["head"], tasks)


def _folded(before: SessionState | None, entries: Sequence[SessionEntry]) -> Change | None:
    state, next_offset = before, 0
    for entry in entries:
        after = fold(state, entry.record, tenant_id=entry.tenant_id, key=entry.key)
        if after is not state:
            state, next_offset = after, entry.offset + 1
    return None if state is None or state is before else Change(entries[0].partition, next_offset, before, state)


async def _write(conn: Connection, changes: Sequence[Change]) -> None:
    new = [_row(one) for one in changes if one.before is None]
    changed = [
        (
            state.tenant_id,
            state.session_id,
            next_offset,
            state.status,
            state.is_open,
            pack_head(state),
            summary_json(state),
        )
        for _, next_offset, before, state in changes
        if before is not None
    ]
    tasks = [
        (one.after.tenant_id, one.after.session_id, key.task, item_of(key), pack_task(task))
        for one in changes
        for key, task in changed_tasks(one.before, one.after)
    ]
    for statement, rows in ((SQL.add, new), (SQL.change, changed), (SQL.keep_tasks, tasks)):
        if rows:
            await conn.execute(statement, *as_columns(rows))


def _row(one: Change) -> tuple[object, ...]:
    state, started = one.after, one.after.started
    return (
        state.tenant_id,
        state.session_id,
        one.partition,
        state.key,
        one.next_offset,
        fold_name(started.workflow),
        started.workflow_id,
        state.status,
        state.is_open,
        index_key(started.uow_id),
        None if started.parent is None else started.parent.session_id,
        started.at,
        pack_started(state),
        pack_head(state),
        summary_json(state),
    )


def _counted(state: SessionState) -> tuple[str, str, SessionStatus, int]:
    return state.tenant_id, fold_name(state.started.workflow), state.status, minute_of(state.started.at)


def _key(row: Row) -> SessionKey:
    return SessionKey(row["tenant_id"], row["session_id"])
