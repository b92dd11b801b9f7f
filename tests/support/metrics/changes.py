"""The topic of values as a subscriber reads it: each value's changes in a row, up to what it is at last."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import httpx

from libs.contracts.topics import METRIC_VALUES
from libs.eventlog.port import EventLog, StoredRecord
from tests.support.eventlog import read_topic
from tests.support.metrics.over_http import Spelt, get
from tests.support.metrics.posted import ms_of
from tests.support.waiting import eventually

CHANGED = "waymark.metric_value.changed.v1"
REMOVED = "waymark.metric_value.removed.v1"


class Change(NamedTuple):
    """A record of the topic; `body` is None where the value is gone. Numbers are as they are spelt."""

    id: str
    type: str
    subject: str
    at_ms: int
    body: Mapping[str, Any] | None


async def changes(log: EventLog, metric_id: str) -> dict[str, list[Change]]:
    """Return the changes of a metric's values by key, each change once."""
    found: defaultdict[str, list[Change]] = defaultdict(list)
    for record in await read_topic(log, METRIC_VALUES):
        key = record.key or ""
        change = _change(record)
        if key.split(":")[1] == metric_id and change not in found[key]:
            found[key].append(change)
    return dict(found)


def check_chain(several: Sequence[Change], *, killed: bool = False) -> None:
    """Hold the changes of one key to each other: each begins where the one before ended, and none is earlier.

    A publisher that was `killed` may have appended one that its successor knows nothing of.
    """
    before: str | None = None
    at_ms = -(2**63)
    for change in several:
        assert change.at_ms >= at_ms, several
        assert change.id.endswith(f":{change.at_ms}")
        assert change.type == (REMOVED if change.body is None else CHANGED)
        if change.body is not None:
            assert killed or change.body["previousValue"] == before, several
            assert change.id.startswith(f"{change.body['id']}:")
            assert change.subject == change.body["customerId"]
        before, at_ms = None if change.body is None else change.body["value"], change.at_ms


def standing(by_key: Mapping[str, Sequence[Change]]) -> dict[str, str]:
    """Return the values that subscribers have by now, by the ids of the values."""
    lasts = [several[-1].body for several in by_key.values()]
    return {one["id"]: str(one["value"]) for one in lasts if one is not None}


async def check_published(
    client: httpx.AsyncClient, log: EventLog, metric_id: str, *, killed: bool = False
) -> dict[str, list[Change]]:
    """Wait until subscribers have what is stored of a metric; return how they came to have it."""

    async def are_level() -> bool:
        stored = await get(client, f"/{metric_id}/values", limit=1_000)
        return standing(await changes(log, metric_id)) == {one["id"]: str(one["value"]) for one in stored}

    await eventually(are_level, timeout_s=30.0, interval_s=0.2)
    by_key = await changes(log, metric_id)
    for several in by_key.values():
        check_chain(several, killed=killed)
    return by_key


def _change(record: StoredRecord) -> Change:
    headers = {name: value.decode() for name, value in record.headers}
    body = None if record.value is None else json.loads(record.value, parse_float=Spelt, parse_int=Spelt)
    at_ms = ms_of(headers["ce_time"])
    return Change(headers["ce_id"], headers["ce_type"], headers["ce_subject"], at_ms, body)
