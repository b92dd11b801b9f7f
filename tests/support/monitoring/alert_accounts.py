"""The account after a storm over alerts: what every rule came to, and what the log and the receivers were told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import orjson

from libs.contracts.envelope import decode_headers
from libs.contracts.times import to_ms
from libs.contracts.topics import CRITICAL_INTERACTIONS, EVENTS
from libs.eventlog.port import EventLog
from tests.support.eventlog import read_topic
from tests.support.monitoring.alert_recount import Change, Course, Look
from tests.support.monitoring.rules import RULES_URL
from tests.support.monitoring.webhooks import list_deliveries
from tests.support.webhooks import Receiver


async def results_in_order(log: EventLog) -> list[dict[str, Any]]:
    """Return all results in the log, repeated ones too; those of a critical interaction in their order."""
    return [orjson.loads(record.value or b"") for record in await read_topic(log, CRITICAL_INTERACTIONS)]


async def check_events(log: EventLog, courses: Sequence[Course]) -> None:
    """Check that each incident has one platform event of its opening, and one of its end if it ended."""
    rule_ids = {course.rule["id"] for course in courses}
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for record in await read_topic(log, EVENTS):
        envelope = decode_headers(record.headers)
        if envelope.subject in rule_ids:
            found[envelope.type].add((envelope.id, orjson.loads(record.value or b"")["incidentId"] or ""))
    for kind, incidents in (
        ("alert_rule.firing", [one for course in courses for one in course.opened]),
        ("alert_rule.resolved", [one for course in courses for one in course.closed]),
    ):
        assert Counter(incident for _, incident in found[kind]) == Counter(incidents)


async def history(client: httpx.AsyncClient, rule_id: str) -> list[Change]:
    """Return a rule's history, oldest first."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        answer = await client.get(f"{RULES_URL}/{rule_id}/history", params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        found += page["history"]
        cursor = page["nextCursor"]
    return [_change(entry) for entry in reversed(found)]


def _change(entry: Mapping[str, Any]) -> Change:
    figure = (None, None, None) if entry["reason"] == "disabled" else (entry["at"], entry["value"], entry["asOf"])
    return Change(entry["from"], entry["to"], entry["incidentId"], *figure)


async def deliveries(client: httpx.AsyncClient, webhook_id: str) -> list[dict[str, Any]]:
    """Return every delivery of a webhook."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await list_deliveries(client, webhook_id, limit=100, **({"cursor": cursor} if cursor else {}))
        found += page["deliveries"]
        cursor = page["nextCursor"]
    return found


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as a receiver has it, but for its id."""

    type: str
    rule: str
    incident_id: str | None
    at_ms: int | None = None


def expected_notices(courses: Iterable[Course], webhook_id: str) -> Counter[Notice]:
    """Return what a webhook is to be told, each once."""
    return Counter(
        notice
        for course in courses
        if webhook_id in course.rule["webhookIds"]
        for notice in (
            *(Notice("alert.firing", course.rule["id"], incident) for incident in course.told),
            *(Notice("alert.resolved", course.rule["id"], incident) for incident in course.told_resolved),
            *(Notice("alert.no_data", course.rule["id"], None, at_ms) for at_ms in course.told_no_data_ms),
        )
    )


def received_notices(receiver: Receiver, secret: str) -> dict[str, Notice]:
    """Return what a receiver was told by the messages' ids: signed, and in the same words at every attempt."""
    bodies: defaultdict[str, set[bytes]] = defaultdict(set)
    for message in receiver.received:
        message.verify(secret)
        bodies[message.id].add(message.body)
    assert [(one, words) for one, words in bodies.items() if len(words) > 1] == []
    return {one: _notice(orjson.loads(body)) for one, (body,) in bodies.items()}


def _notice(body: Mapping[str, Any]) -> Notice:
    data = body["data"]
    if body["type"] == "alert.no_data":
        return Notice(body["type"], data["rule"]["id"], None, to_ms(datetime.fromisoformat(body["timestamp"])))
    return Notice(body["type"], data["rule"]["id"], data["incidentId"])


def check_deliveries(found: Sequence[Mapping[str, Any]], received: Mapping[str, Notice]) -> None:
    """Check that all that was sent was delivered, each by the last of its attempts and no other."""
    assert {one["id"] for one in found} == set(received)
    for one in found:
        assert one["state"] == "DELIVERED", one
        assert [attempt["error"] is None for attempt in one["attempts"]][:-1].count(True) == 0, one
        assert one["attempts"][-1]["error"] is None, one
        assert len(one["attempts"]) <= 9, one


def check_due_once(looks: Sequence[Look]) -> None:
    """Check that every evaluation was due, and that no due time led to two."""
    evaluations = [look for look in looks if look.is_evaluation]
    assert [look for look in evaluations if look.due_at is None or look.due_at > look.at] == []
    repeated = [key for key, times in Counter((look.rule_id, look.due_at) for look in evaluations).items() if times > 1]
    assert repeated == []


def longest_gap(looks: Sequence[Look]) -> timedelta:
    """Return the longest time that an enabled rule was not evaluated."""
    by_rule: defaultdict[str, list[Look]] = defaultdict(list)
    for look in looks:
        by_rule[look.rule_id].append(look)
    return max(
        after.at - before.at for some in by_rule.values() for before, after in pairwise(some) if before.is_enabled
    )
