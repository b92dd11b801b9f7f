"""What an import sends through, and a server behind a test's own transport that takes what it sends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from waymark.client.address import Address
from waymark.client.asynchronous.driver import AsyncDriver
from waymark.client.core import Core
from waymark.client.retries import Retries
from waymark.connection import Connection
from waymark.imports.run import Target


def driver_of(transport: httpx.AsyncBaseTransport, api_key: str = "key") -> AsyncDriver:
    """A driver whose pauses are too short to notice."""
    retries = Retries(first_pause_s=0.001, longest_pause_s=0.002)
    return AsyncDriver(Core(retries), Address("http://server", api_key), transport)


class RecordingServer:
    """Takes batches and remembers each record by its id.

    `rejects` says which records it refuses; from batch number `stops_at` on it refuses everything.
    """

    def __init__(self) -> None:
        self.rejects: Callable[[dict[str, Any]], bool] = lambda _: False
        self.stops_at: int | None = None
        self.records: dict[str, dict[str, Any]] = {}
        self.batches: list[list[bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            is_known = scope["path"].rsplit("/", 1)[1] in self.records
            await Response("{}", 200 if is_known else 404)(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        is_array = request.headers["content-type"].startswith("application/cloudevents-batch")
        lines = [orjson.dumps(one) for one in orjson.loads(body)] if is_array else body.split(b"\n")
        status = 200 if scope["path"] == "/api/interactions/batch" else 202
        await self._answer(lines, status)(scope, receive, send)

    @property
    def received(self) -> list[bytes]:
        """All lines it was sent, in order."""
        return [line for batch in self.batches for line in batch]

    def _answer(self, lines: Sequence[bytes], status: int) -> Response:
        if self.stops_at is not None and len(self.batches) >= self.stops_at:
            return JSONResponse({"title": "no"}, 401)
        self.batches.append(list(lines))
        before = len(self.records)
        items = [self._item(index, line) for index, line in enumerate(lines)]
        taken = sum(item["status"] == 201 for item in items)
        return JSONResponse({"repeated": taken - (len(self.records) - before), "items": items}, status)

    def _item(self, index: int, line: bytes) -> dict[str, Any]:
        record = _object(line)
        if record is None or self.rejects(record):
            error = {"detail": [{"loc": ["body"], "msg": "is refused"}]}
            return {"index": index, "status": 422, "error": error}
        record_id = record.get("interactionId") or record["id"]
        self.records[record_id] = record
        return {"index": index, "status": 201, "interactionId": record_id, "id": record_id, "interactionNumber": 1}


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


class ServerConnection(Connection):
    """A connection to a server in this process, always under the same address and key."""

    def __init__(self, server: RecordingServer) -> None:
        super().__init__(Address("http://server", "key"))
        self._transport = httpx.ASGITransport(app=server)

    @asynccontextmanager
    async def importing(self) -> AsyncIterator[AsyncDriver]:
        """Make the driver that imports send through."""
        async with driver_of(self._transport) as driver:
            yield driver


def target_of(server: RecordingServer, data_dir: Path, *, from_start: bool = False) -> Target:
    """The server as the target of an import that keeps its checkpoint in `data_dir`."""
    return Target(ServerConnection(server), data_dir, from_start)


@dataclass
class ShownProgress:
    """Remembers what a progress bar would show."""

    expected: int = 0
    places: list[int] = field(default_factory=list)
    recorded: list[int] = field(default_factory=list)

    def total(self, units: int) -> None:
        """Expect this many units."""
        self.expected = units

    def at(self, units: int, recorded: int) -> None:
        """Remember how far it is."""
        self.places.append(units)
        self.recorded.append(recorded)

    def waiting(self, why: str) -> None:
        """Do nothing."""
