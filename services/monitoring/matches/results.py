"""The result of a match: what its definition says of how it ended."""

from __future__ import annotations

from libs.contracts.critical_interactions import COMPLETED, Expected, Received, Result, encode_result, result_id
from libs.contracts.topics import CRITICAL_INTERACTIONS
from libs.eventlog.port import Record
from services.monitoring.definitions.model import Definition
from services.monitoring.health.scores import category, score_millionths
from services.monitoring.matches.matcher import Ended, Held
from services.monitoring.matches.walk import MatchKey

_MILLION = 1_000_000


def result_of(key: MatchKey, end: Ended, definition: Definition) -> Result:
    """Return the result of a match, by the version of its definition that it was opened with."""
    first, last = end.match.steps[0], end.match.steps[-1]
    duration_ms = last.time - first.time if end.outcome == COMPLETED else None
    limits = (
        definition.uptime_lower_limit_in_ms,
        definition.uptime_mid_limit_in_ms,
        definition.uptime_upper_limit_in_ms,
    )
    return Result(
        id=result_id(key.tenant_id, key.definition_id, end.match.version, key.match_key, first.record_id),
        interaction_id=key.definition_id,
        name=definition.name,
        version=end.match.version,
        key=key.match_key,
        outcome=end.outcome,
        cause=end.cause,
        expected=None
        if end.expected is None
        else Expected(step=end.expected, name=definition.events[end.expected].name),
        received=None if end.received is None else _received(end.received),
        step_reached=len(end.match.steps),
        steps=tuple(end.match.steps),
        started_at=first.time,
        ended_at=end.ended_at,
        duration_ms=duration_ms,
        score=None if duration_ms is None else score_millionths(duration_ms, *limits) / _MILLION,
        category=None if duration_ms is None else category(duration_ms, *limits),
        dimensions=dict(zip(definition.dimensions, end.match.dimensions, strict=False)),
        uow_ids=tuple(dict.fromkeys(step.uow_id for step in end.match.steps if step.uow_id is not None)),
    )


def result_record(key: MatchKey, result: Result, *, timestamp_ms: int) -> Record:
    """Return the result as a record of its topic."""
    record_key, value, headers = encode_result(key.tenant_id, result)
    return Record(CRITICAL_INTERACTIONS.name, record_key, value, headers, timestamp_ms)


def _received(record: Held) -> Received:
    return Received(record_id=record.id, name=record.name, time=record.event_at)
