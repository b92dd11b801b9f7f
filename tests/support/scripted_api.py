"""An API that answers as a test says, behind either client's own HTTP library: nothing between is replaced."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
import orjson

from waymark.client import AsyncClient, Client, Retries

Reply = Callable[[httpx.Request], httpx.Response]
URL = "http://waymark.test"
_NEW = {"aFieldOfTomorrow": {"any": 1}}


class ManualTime:
    """A clock that only pauses move; `pauses` are those asked for."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        """Let time pass at once."""
        self.pauses.append(seconds)
        self.now += seconds


class ScriptedApi:
    """Gives each request the next of its replies, then accepts everything; remembers what it was asked."""

    def __init__(self, *replies: Reply | int | Exception) -> None:
        self._replies = list(replies)
        self._guard = threading.Lock()
        self.requests: list[httpx.Request] = []
        self.accepted: list[dict[str, Any]] = []

    def then(self, *replies: Reply | int | Exception) -> None:
        """More replies, after those there are."""
        self._replies += replies

    def client(self, **options: Any) -> Client:
        """A blocking client of this API."""
        return Client(URL, "key", transport=httpx.MockTransport(self), **options)

    def async_client(self, **options: Any) -> AsyncClient:
        """An asynchronous client of this API."""
        return AsyncClient(URL, "key", transport=httpx.MockTransport(self), **options)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._guard:
            self.requests.append(request)
            reply = self._replies.pop(0) if self._replies else self.accept
        if isinstance(reply, Exception):
            raise reply
        return problem(reply) if isinstance(reply, int) else reply(request)

    def accept(self, request: httpx.Request) -> httpx.Response:
        """Record what a single POST or a batch holds; answer anything else with an empty page."""
        if request.method == "POST" and request.url.path == "/api/interactions":
            return httpx.Response(201, json=self._record(orjson.loads(request.content)), headers=_position(self))
        if request.url.path == "/api/interactions/batch":
            return self.some(lambda _: 201)(request)
        if request.method == "POST" and request.url.path == "/api/v1/events":
            return self.some_events(lambda _: 202)(request)
        pagination = {"page": 1, "limit": 50, "total": 0, "totalPages": 0, "hasNext": False, "hasPrev": False}
        return httpx.Response(200, json={"data": [], "pagination": pagination})

    def some(self, status_of: Callable[[dict[str, Any]], int]) -> Reply:
        """Answer a batch with a status for each of its items."""

        def reply(request: httpx.Request) -> httpx.Response:
            items = [orjson.loads(line) for line in request.content.split(b"\n")]
            answers = [self._item(index, item, status_of(item)) for index, item in enumerate(items)]
            statuses = {answer["status"] for answer in answers}
            status = 200 if 201 in statuses else 503 if 503 in statuses else 422
            counts = {"accepted": len(answers), "rejected": 0}
            return httpx.Response(status, json={**counts, "items": answers}, headers=_position(self))

        return reply

    def some_events(self, status_of: Callable[[dict[str, Any]], int]) -> Reply:
        """Answer one event, or lines of events with a status for each."""

        def reply(request: httpx.Request) -> httpx.Response:
            events = [orjson.loads(line) for line in request.content.split(b"\n")]
            if request.headers["content-type"] == "application/json":
                self.accepted += events
                return httpx.Response(202, json={"id": events[0].get("id", "made"), **_NEW}, headers=_position(self))
            answers = [_event_item(index, event, status_of(event)) for index, event in enumerate(events)]
            self.accepted += [event for event, answer in zip(events, answers, strict=True) if answer["status"] == 202]
            statuses = {answer["status"] for answer in answers}
            status = 202 if 202 in statuses else 503 if 503 in statuses else 422
            counts = {"accepted": len(answers), "rejected": 0}
            return httpx.Response(status, json={**counts, "items": answers, **_NEW}, headers=_position(self))

        return reply

    def bodies(self) -> list[list[dict[str, Any]]]:
        """The batches it was sent."""
        return [[orjson.loads(line) for line in request.content.split(b"\n")] for request in self.requests]

    def _item(self, index: int, item: dict[str, Any], status: int) -> dict[str, Any]:
        if status == 201:
            recorded = self._record(item)
            return {"index": index, "status": 201, **recorded, "error": None}
        code = {"code": "idempotency_in_flight"} if status == 409 else {}
        return {"index": index, "status": status, "error": {"detail": f"item said {status}", **code}}

    def _record(self, item: dict[str, Any]) -> dict[str, Any]:
        self.accepted.append(item)
        number = len(self.accepted)
        ids = {f"{name}Id": "c0e77a0e-2a0a-5a86-9a7c-5c9f4bb0a1a4" for name in ("resourceType", "action", "origin")}
        made = {"interactionId": f"id-{number}", "interactionNumber": number, "uowId": "u", **ids}
        return {**made, "createdDate": "2026-01-15T10:30:00.000Z", **item, **_NEW}


def problem(status: int, detail: str = "no", **more: Any) -> httpx.Response:
    """An error answer."""
    retry_after = more.pop("retry_after", None)
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return httpx.Response(status, json={"title": "No", "status": status, "detail": detail, **more}, headers=headers)


def impatient(**changes: Any) -> Retries:
    """Retries whose pauses are too short to notice."""
    return Retries(**{"first_pause_s": 0.001, "longest_pause_s": 0.002, "deadline_s": 5.0, **changes})


def _position(api: ScriptedApi) -> dict[str, str]:
    return {"waymark-position": f"!{len(api.requests)}"}


def _event_item(index: int, event: dict[str, Any], status: int) -> dict[str, Any]:
    error = None if status == 202 else {"detail": f"event said {status}"}
    return {"index": index, "status": status, "id": event["id"] if error is None else None, "error": error}
