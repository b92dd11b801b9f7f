"""An SMTP server on loopback that keeps what it was given: with STARTTLS, TLS at once or neither, and a login."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """What came in. Recipients in `refused` are answered so; so is every message, with `answer`."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    answer: str = "250 taken"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        return self.answer

    def log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        """Take a login whose password is `right`."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        is_right = data.password == b"right-password"
        return AuthResult(
            success=is_right, handled=False, message=None if is_right else "535 no: " + str(data.password)
        )


@asynccontextmanager
async def mail_server(
    *, start_tls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Mailbox]:
    """Serve on a port of 127.0.0.1."""
    mailbox = Mailbox()

    def serve() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.example",
            authenticator=mailbox.log_in,
            auth_require_tls=False,
            tls_context=start_tls,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        mailbox.port = server.sockets[0].getsockname()[1]
        yield mailbox
