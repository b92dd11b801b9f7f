"""Looks at whether records flow: consumers, parked records, outboxes, streams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx

from libs.eventlog.open import opened_log
from libs.eventlog.port import Positions
from libs.objects.outbox import outbox_figures
from libs.pg.database import Connection, Database
from libs.projections.operators.dead_letters import list_dead_letters
from libs.projections.operators.overview import ConsumerOverview, overview
from waymark.operator import connected, projectors
from waymark.services import SERVICES
from waymark.settings import MachineSettings

Verdict = tuple[bool, str]
"""Whether all is well, and what was seen."""
_LATE_S = 60.0
_STREAM_TIMEOUT_S = 6.0


async def consumers(settings: MachineSettings, *, running: bool) -> Verdict:
    """Judge every consumer: none may have stopped and, while the server runs, none may be a minute behind."""
    async with connected(settings) as db, projectors(settings) as projector_of:
        found = await overview(db, projector_of)
        ends = await _ends(settings, {place.topic for one in found for place in one.positions})
    judged = [judge_consumer(one, ends, running=running) for one in found]
    return all(good for good, _ in judged), "; ".join(words for _, words in judged) or "none yet"


async def parked(settings: MachineSettings) -> Verdict:
    """Judge the parked records: there should be none."""
    async with connected(settings) as db, projectors(settings) as projector_of:
        letters = await list_dead_letters(db, projector_of)
    if not letters:
        return True, "no record is parked"
    last = letters[-1]
    return False, f"{len(letters)} records, the last for {last.projection}: {last.reason}; `waymark dead-letters list`"


async def outboxes(settings: MachineSettings, *, running: bool) -> Verdict:
    """Judge the outboxes: while the server runs, no record may wait for a minute."""
    async with connected(settings) as db:
        waiting = [(name, *await _outbox(db, name)) for name in await _with_outbox(db)]
    late = [name for name, _, oldest_s in waiting if oldest_s > _LATE_S]
    words = "; ".join(f"{name}: {count} wait, the oldest {oldest_s:.0f} s" for name, count, oldest_s in waiting)
    return not (running and late), words or "none yet"


async def streams(url: str, api_key: str) -> Verdict:
    """Judge whether a stream of events begins."""
    timeout = httpx.Timeout(_STREAM_TIMEOUT_S)
    async with (
        httpx.AsyncClient(base_url=url, headers={"x-api-key": api_key}, timeout=timeout) as client,
        client.stream("GET", "/api/v1/events/stream") as answer,
    ):
        if answer.status_code in (401, 403):
            return True, f"not tried: the first start's key is refused ({answer.status_code})"
        if not answer.is_success:
            return False, f"{answer.status_code}: {(await answer.aread()).decode(errors='replace').strip()}"
        async for _ in answer.aiter_bytes():
            return True, "one began"
    return False, "one ended before it began"


def judge_consumer(one: ConsumerOverview, ends: Positions, *, running: bool) -> Verdict:
    """Judge one consumer by the ends of its topics."""
    name = f"{one.consumer.service}.{one.consumer.name}"
    if one.consumer.stopped_reason is not None:
        return False, f"{name} stopped: {one.consumer.stopped_reason}"
    behind = sum(max(0, ends.get(place, offset) - offset) for place, offset in one.positions.items())
    if not behind:
        return True, f"{name} level"
    age_s = (datetime.now(UTC) - one.as_of).total_seconds()
    return not (running and age_s > _LATE_S), f"{name} {behind} records behind"


async def _ends(settings: MachineSettings, topics: set[str]) -> Positions:
    async with opened_log(settings) as log:
        return await log.end_offsets([topic for topic in settings.manifest if topic.name in topics])


async def _with_outbox(db: Database) -> Sequence[str]:
    async with db.transaction(readonly=True) as conn:
        return [service.name for service in SERVICES if await _has_outbox(conn, service.name)]


async def _has_outbox(conn: Connection, service: str) -> bool:
    return await conn.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{service}.outbox") is True


async def _outbox(db: Database, service: str) -> tuple[int, float]:
    async with db.transaction(readonly=True) as conn:
        return await outbox_figures(conn, service)
