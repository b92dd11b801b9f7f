"""All that an installation answers over HTTP: every list to its end, and what is told of single things in them, so that
two installations, or one before and after, can be compared.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support.logging_in import login_headers

Answers = Mapping[str, Any]
"""By path: a list's rows, or the answer as it is."""
_KEY_LISTS: Mapping[str, Mapping[str, str | int]] = {
    "/api/keys": {"limit": 100},
    "/api/v1/auth/users": {"limit": 100},
    "/api/resource-types": {"limit": 100},
    "/api/actions": {"limit": 100},
    "/api/origins": {"limit": 100},
    "/api/v1/event-types": {"limit": 100},
    "/api/interactions": {"limit": 100},
    "/api/interactions/gaps": {"limit": 100},
    "/api/v1/events": {"limit": 100},
    "/api/traces": {"limit": 100, "startDate": "2020-01-01", "endDate": "2099-01-01"},
    "/api/v1/behavioral-metrics": {"limit": 100},
    "/api/v1/contact-policies": {"limit": 100},
    "/api/v1/qualification-rules": {"limit": 100},
    "/api/v1/workflows": {"limit": 100},
    "/api/v1/workflow-sessions": {"limit": 100},
    "/api/v1/providers": {"limit": 100},
    "/api/v1/integrations": {"limit": 100},
    "/api/v1/task-types": {},
}
_USER_LISTS = ("/v1/interactions", "/v1/slos", "/v1/alert-rules", "/v1/webhooks")
_FIRST_SIZE = {"page": 0, "size": 100}
_SINGLE: tuple[str, ...] = (
    "/api/interactions/timeline?startDate={first}&endDate={last}&granularity=day",
    "/api/v1/events/aggregate",
    "/api/v1/events/stats/by-actor",
)
_DETAILS: Mapping[str, tuple[str, ...]] = {
    "/api/v1/auth/users": ("/api/v1/auth/users/{userId}",),
    "/api/v1/event-types": ("/api/v1/event-types/{eventType}/schema/versions",),
    "/api/interactions": ("/api/interactions/{interactionId}",),
    "/api/v1/events": ("/api/v1/events/{id}", "/api/v1/events/{id}/causes"),
    "/api/traces": ("/api/traces/{uowId}", "/api/traces/{uowId}/tree", "/api/traces/{uowId}/summary"),
    "/api/v1/behavioral-metrics": (
        "/api/v1/behavioral-metrics/{id}",
        "/api/v1/behavioral-metrics/{id}/values",
        "/api/v1/behavioral-metrics/{id}/runs",
    ),
    "/api/v1/contact-policies": ("/api/v1/contact-policies/{id}",),
    "/api/v1/qualification-rules": ("/api/v1/qualification-rules/{id}",),
    "/api/v1/workflows": (
        "/api/v1/workflows/{name}",
        "/api/v1/workflows/{name}/versions",
        "/api/v1/workflows/{name}/export",
    ),
    "/api/v1/workflow-sessions": ("/api/v1/workflow-sessions/{sessionId}",),
    "/api/v1/integrations": ("/api/v1/integrations/{name}",),
    "/v1/interactions": (
        "/v1/interactions/{name}",
        "/v1/interactions/{name}/versions",
        "/v1/interactions/{name}/results?from={from}&to={to}",
        "/v1/interactions/{name}/health?from={from}&to={to}",
    ),
    "/v1/slos": ("/v1/slos/{id}",),
    "/v1/alert-rules": ("/v1/alert-rules/{id}", "/v1/alert-rules/{id}/history"),
    "/v1/webhooks": ("/v1/webhooks/{id}", "/v1/webhooks/{id}/deliveries"),
}
_COUNTS_OF_EVENTS = frozenset({"/api/v1/events/aggregate", "/api/v1/events/stats/by-actor"})
_NAMES = (
    *("interactionId", "sessionId", "id", "userId", "resourceTypeId", "actionId", "originId", "uowId"),
    *("eventType", "type", "name"),
)
_DETAILED = 1
# What time alone changes, or the comparison itself: its reads use a key.
_PASSING = frozenset(
    {
        *("asOf", "evaluatedAt", "lastEvaluatedAt", "lastUsedAt", "lastLoginAt", "nextCursor", "nextRunAt", "at"),
        *("lastComputedAt", "nextComputeAt", "from", "to"),
        *("nextEvaluationAt", "currentValue", "computedAt", "pagination", "errorBudget"),
    }
)
_TIMES = {"first": "2026-01-01", "last": "2027-12-31", "from": "2026-01-01T00:00:00Z", "to": "2027-12-31T00:00:00Z"}


@dataclass(frozen=True, slots=True)
class Access:
    """The headers of a key and of a login, made once: a login is an event, and would be a difference."""

    by_key: Mapping[str, str]
    by_token: Mapping[str, str]


async def log_in(url: str, credentials: Mapping[str, str]) -> Access:
    """Return the access that a file of credentials gives."""
    async with httpx.AsyncClient(base_url=url, timeout=30.0) as client:
        by_token = await login_headers(client, credentials)
    assert by_token is not None
    return Access({"x-api-key": credentials["apiKey"]}, by_token)


async def read_everything(url: str, access: Access, *, again: Answers | None = None) -> Answers:
    """Return every list to its end, and single things of each: the first and the last, else those of `again`.

    What an older version has no path for is left out.
    """
    async with (
        httpx.AsyncClient(base_url=url, headers=access.by_key, timeout=30.0) as with_key,
        httpx.AsyncClient(base_url=url, headers=access.by_token, timeout=30.0) as with_token,
    ):
        known = (await with_key.get("/openapi.json")).json()["paths"]
        reading = _Reading({}, picks=again is None)
        for path, query in _KEY_LISTS.items():
            if path in known:
                await reading.list(with_key, path, query)
        for path in _USER_LISTS:
            if path in known:
                await reading.list(with_token, path, _FIRST_SIZE)
        singles = [path.format(**_TIMES) for path in _SINGLE]
        for path in again or singles:
            await reading.one(with_token if path.startswith("/v1/") else with_key, path)
        return reading.answers


@dataclass
class _Reading:
    answers: dict[str, Any]
    picks: bool

    async def list(self, client: httpx.AsyncClient, path: str, query: Mapping[str, str | int]) -> None:
        rows = [row async for row in _rows(client, path, query)]
        self.answers[path] = [without_passing(row) for row in rows]
        for template in _DETAILS.get(path, ()) if self.picks else ():
            for row in rows[:_DETAILED] + rows[-_DETAILED:]:
                await self.one(client, template.format(**{**_TIMES, **row}))

    async def one(self, client: httpx.AsyncClient, path: str) -> None:
        if path not in self.answers:
            answer = await client.get(path)
            assert answer.is_success, f"{path}: {answer.text}"
            self.answers[path] = without_passing(answer.json())


async def _rows(client: httpx.AsyncClient, path: str, query: Mapping[str, str | int]) -> AsyncIterator[dict[str, Any]]:
    """Yield a list's rows, whatever way its pages are turned."""
    asked, seen = dict(query), 0
    while True:
        answer = await client.get(path, params=asked)
        assert answer.is_success, f"{path}: {answer.text}"
        body = answer.json()
        rows = _rows_of(body)
        for row in rows:
            yield row
        seen += len(rows)
        pages = {} if isinstance(body, list) else {**body, **(body.get("pagination") or {})}
        if cursor := pages.get("nextCursor"):
            asked = {**query, "cursor": cursor}
        elif "size" in query and len(rows) == query["size"]:
            asked = {**asked, "page": int(asked["page"]) + 1}
        elif pages.get("hasNext"):
            asked = {**query, "page": pages["page"] + 1}
        elif "offset" in pages and seen < pages["total"]:
            asked = {**query, "offset": seen}
        else:
            return


def _rows_of(body: Any) -> list[dict[str, Any]]:
    """Return the one list of an answer."""
    if isinstance(body, list):
        return body
    inner = body["data"] if isinstance(body.get("data"), dict | list) else body
    if isinstance(inner, list):
        return inner
    (rows,) = (value for value in inner.values() if isinstance(value, list))
    return rows


def without_passing(value: Any) -> Any:
    """Return the value without what time changes by itself."""
    if isinstance(value, dict):
        return {name: without_passing(one) for name, one in value.items() if name not in _PASSING}
    if isinstance(value, list):
        return [without_passing(one) for one in value]
    return value


def differences(before: Answers, after: Answers) -> list[str]:
    """Return where the second lacks what the first has, or has something else; further members do not count."""
    return list(_differences("", before, after))


def _differences(place: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name in after:
                yield from _differences(f"{place} {name}", value, after[name])
            else:
                yield f"{place} {name}: is gone"
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for at, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{place} [{at}]", one, other)
    elif isinstance(before, list) and isinstance(after, list):
        yield f"{place}: {len(before)} rows before, {len(after)} after"
    elif before != after:
        yield f"{place}: {before!r} before, {after!r} after"


def losses(before: Answers, after: Answers) -> list[str]:
    """Return where the second lacks what the first has: lists may have got longer, as by a new starter set."""
    found: list[str] = []
    for path, value in before.items():
        if path in _KEY_LISTS or path in _USER_LISTS:
            rows = {_name_of(row): row for row in after[path]}
            for row in value:
                found += _differences(f"{path} {_name_of(row)}", row, rows.get(_name_of(row)))
        elif path not in _COUNTS_OF_EVENTS:
            found += _differences(path, value, after.get(path))
    return found


def _name_of(row: Mapping[str, Any]) -> str:
    return next(str(row[name]) for name in _NAMES if name in row)


def totals(answers: Answers) -> dict[str, int]:
    """Return the number of rows of each list."""
    return {path: len(rows) for path, rows in answers.items() if isinstance(rows, list)}
