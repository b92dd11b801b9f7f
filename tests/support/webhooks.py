"""A receiver of webhooks on loopback, and the toy service's deliveries to endpoints in memory."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook

from libs.outbound.client import Outbound
from libs.outbound.guard import Guard
from libs.outbound.let_through import read_let_through
from libs.pg.database import Connection, Database
from libs.pg.hints import Hints
from libs.webhooks.deliveries import DeliveryStore, Message, WebhookDelivery, enqueue, schedule_of
from libs.webhooks.endpoints import Endpoint
from libs.webhooks.retries import RetryPolicy
from libs.webhooks.sender import SenderSettings, WebhookSender
from tests.support.notes import SERVICE
from tests.support.waiting import eventually

NO_CONTENT = "204 No Content"
LOOPBACK = Guard(read_let_through("127.0.0.0/8"))
_QUICK: dict[str, Any] = {
    "retries": RetryPolicy(first_s=0.01, attempts=3),
    "jitter": lambda: 0.0,
}


@dataclass(frozen=True, slots=True)
class Received:
    """A message as it came: headers by lower-case names."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The message's id."""
        return self.headers["webhook-id"]

    @property
    def signatures(self) -> list[str]:
        """The signatures, in order."""
        return self.headers["webhook-signature"].split(" ")

    def verify(self, secret: str) -> None:
        """Verify with the specification's library, and with HMAC alone."""
        Webhook(secret).verify(self.body, self.headers)
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
        assert "v1," + base64.b64encode(digest).decode() in self.signatures


@dataclass
class Receiver:
    """Answers with each of `answers` in turn, and then with the last; while `hangs`, with nothing."""

    url: str = ""
    answers: list[str] = field(default_factory=lambda: [NO_CONTENT])
    hangs: bool = False
    received: list[Received] = field(default_factory=list)
    callers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one message and answer it."""
        self.callers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
            headers = {name.lower(): value for name, value in fields}
            self.received.append(Received(headers, await reader.readexactly(int(headers["content-length"]))))
            answer = await self.answer(self.received[-1])
            if answer is None:
                await reader.read()
            else:
                writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async def answer(self, _message: Received) -> str | None:
        """Return the status line, with further headers after CR LF, that a message is answered with; None: nothing."""
        if self.hangs:
            return None
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def receiving(*answers: str, hangs: bool = False) -> AsyncIterator[Receiver]:
    """A receiver that listens; `answers` are status lines, with further headers after CR LF."""
    receiver = Receiver(hangs=hangs)
    if answers:
        receiver.answers = list(answers)
    async with listens(receiver):
        yield receiver


@asynccontextmanager
async def listens(receiver: Receiver) -> AsyncIterator[None]:
    """Let a receiver listen, at the URL that it has then."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?token=t0k3n"
    try:
        yield
    finally:
        server.close()
        for caller in receiver.callers:
            caller.close()


class KnownEndpoints:
    """Endpoints in memory; one that is disabled is noted in `disabled`."""

    def __init__(self) -> None:
        self.known: dict[uuid.UUID, Endpoint] = {}
        self.disabled: list[uuid.UUID] = []

    def add(self, url: str, *secrets: str, is_enabled: bool = True) -> uuid.UUID:
        """Add an endpoint and return its id."""
        endpoint_id = uuid.uuid4()
        self.known[endpoint_id] = Endpoint(url, is_enabled=is_enabled, secrets=secrets)
        return endpoint_id

    async def find(self, _conn: Connection, _tenant_id: str, endpoint_id: uuid.UUID) -> Endpoint | None:
        return self.known.get(endpoint_id)

    async def disable(self, _tenant_id: str, endpoint_id: uuid.UUID) -> None:
        self.disabled.append(endpoint_id)


@dataclass
class Post:
    """The toy service's deliveries of one tenant; senders end with the test."""

    db: Database
    hints: Hints
    stack: AsyncExitStack
    endpoints: KnownEndpoints = field(default_factory=KnownEndpoints)

    async def start(
        self, kind: type[WebhookSender] = WebhookSender, guard: Guard = LOOPBACK, **settings: Any
    ) -> WebhookSender:
        """Start a sender."""
        quick = SenderSettings(**{**_QUICK, **settings})
        sender = kind(self.db, self.hints, SERVICE, self.endpoints, Outbound(guard, "tests"), quick)
        self.stack.push_async_callback(sender.stop)
        await sender.start()
        return sender

    async def send(self, *endpoint_ids: uuid.UUID, count: int = 1, tenant_id: str = "t1") -> list[uuid.UUID]:
        """Enqueue so many messages to the endpoints, and return the deliveries' ids."""
        made: list[uuid.UUID] = []
        async with self.db.transaction() as conn:
            for _ in range(count):
                message = Message(id=str(uuid.uuid4()), tenant_id=tenant_id, type="alert.firing", body=b'{"n":1}')
                made += await enqueue(conn, SERVICE, message, endpoint_ids)
        return made

    async def get(self, delivery_id: uuid.UUID) -> WebhookDelivery:
        """Return a delivery as it is now."""
        async with self.db.transaction() as conn:
            found = await DeliveryStore(conn, SERVICE, "t1").get(delivery_id)
        assert found is not None
        return found

    async def attempted(self, delivery_id: uuid.UUID, times: int = 1) -> WebhookDelivery:
        """Return a delivery once it was attempted so many times."""

        async def look() -> WebhookDelivery | None:
            one = await self.get(delivery_id)
            return one if len(one.attempts) >= times else None

        found = await eventually(look)
        assert found is not None
        return found

    async def is_off_the_schedule(self) -> bool:
        """Return whether nothing is due, now or later."""
        async with self.db.transaction() as conn:
            return await schedule_of(SERVICE).next_due_s(conn) is None
