"""Records of results as rows of the read model; one that could not have come of a match is refused."""

from __future__ import annotations

from typing import Final, NamedTuple

from libs.contracts.critical_interactions import ABORTED, COMPLETED, Result, decode_result, result_key
from libs.contracts.envelope import decode_headers
from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import StoredRecord
from libs.records.checks import check_integer, check_value, uuid_of
from libs.records.index_key import MARK, index_key
from services.monitoring.definitions.model import VERSION
from services.monitoring.health.model import clamped
from services.monitoring.health.scores import ABORTS, ERRORS, MILLIONTHS

_NULL_KEY: Final = f"{MARK}null"


class SeriesKey(NamedTuple):
    """A value of a dimension of a definition; both texts as keys that an index holds."""

    tenant_id: str
    definition_id: int
    dimension: str
    value: str


class ResultEntry(NamedTuple):
    """A result: its columns, and the values of its dimensions by their keys. `result` is its JSON text."""

    tenant_id: str
    id: str
    definition_id: int
    version: int
    match_key: str
    kind: str
    ended_at: int
    duration_ms: int | None
    score_millionths: int | None
    result: str
    values: dict[SeriesKey, str | None]


def decode_entry(record: StoredRecord) -> ResultEntry:
    """Return the row of a result; InvalidRecord names what is wrong with it."""
    check_value(record.value or b"")
    result = decode_result(record.value)
    tenant_id = decode_headers(record.headers).tenant_id
    if record.key != result_key(tenant_id, result.interaction_id):
        raise InvalidRecord(f"the key is not {result_key(tenant_id, result.interaction_id)}")
    for name, number in (("interactionId", result.interaction_id), ("version", result.version)):
        check_integer(name, number)
        if number < 1:
            raise InvalidRecord(f"{name} is {number}, expected a positive number")
    values = {**result.dimensions, VERSION: str(result.version)}
    return ResultEntry(
        tenant_id,
        uuid_of("id", result.id),
        result.interaction_id,
        result.version,
        index_key(result.key),
        kind_of(result),
        clamped(result.ended_at),
        result.duration_ms,
        None if result.score is None else round(result.score * MILLIONTHS),
        (record.value or b"").decode(),
        {
            SeriesKey(tenant_id, result.interaction_id, index_key(path), value_key(value)): value
            for path, value in sorted(values.items())
        },
    )


def value_key(value: str | None) -> str:
    """Return the key of a dimension's value; null has one of its own."""
    return _NULL_KEY if value is None else index_key(value)


def kind_of(result: Result) -> str:
    """Return the category of a result that completed, else the cause; InvalidRecord when there is none."""
    if result.outcome == COMPLETED:
        return _category_of(result)
    if result.cause not in (ABORTS if result.outcome == ABORTED else ERRORS):
        raise InvalidRecord(f"cause is {result.cause!r} of a result that {result.outcome}")
    if (result.duration_ms, result.score, result.category) != (None, None, None):
        raise InvalidRecord("a result that did not complete has a duration, score or category")
    return str(result.cause)


def _category_of(result: Result) -> str:
    if result.cause is not None or result.category is None:
        raise InvalidRecord("a result that completed has a cause, or no category")
    if result.duration_ms is None or result.score is None:
        raise InvalidRecord("a result that completed has no duration or score")
    check_integer("durationMs", result.duration_ms)
    if result.duration_ms < 0 or not 0 <= result.score <= 1:
        raise InvalidRecord("a duration or score is out of range")
    return result.category.lower()
