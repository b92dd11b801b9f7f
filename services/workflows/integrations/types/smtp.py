"""`smtp`: a server that takes e-mails, reached at judged addresses and verified under its name.

Unencrypted it goes, and logs in, only where the operator lets the address through.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from email.utils import parseaddr
from typing import Annotated, Any, Final, Literal

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from pydantic import AfterValidator, Field, StringConstraints

from libs.httpkit.camel import CamelBody
from libs.outbound.client import Outbound
from libs.outbound.errors import CallFailed
from libs.outbound.sockets import connected_socket
from services.workflows.integrations.types.form import (
    PROBE_S,
    AccountForm,
    Host,
    IntegrationType,
    Port,
    SecretKey,
    half_logins,
)
from services.workflows.task_types.http_failures import failure_of
from services.workflows.task_types.model import Connected, TaskFailed

SMTP_TYPE: Final = "smtp"
SMTP_ERROR: Final = "smtp_error"
NONE: Final = "none"
STARTTLS: Final = "starttls"
TLS: Final = "tls"
_TEMPORARY: Final = range(400, 500)


def read_address(text: str) -> str:
    """Return `text` when it is one address, with a name or without. Raises ValueError."""
    address = parseaddr(text)[1]
    local, _, domain = address.rpartition("@")
    is_plain = text.isprintable() and not any(char.isspace() or char in "<>,;\"'" for char in address)
    if not (local and domain and is_plain) or (text != address and not text.endswith(f"<{address}>")):
        raise ValueError("an e-mail address is expected")
    return text


Sender = Annotated[str, StringConstraints(min_length=3, max_length=320), AfterValidator(read_address)]


class SmtpSettings(CamelBody):
    """The server, and the sender of what goes through it."""

    host: Host = Field(title="Host")
    port: Port = Field(default=587, title="Port")
    security: Literal["none", "starttls", "tls"] = Field(
        default=STARTTLS, title="Security", description="`none` only where the operator lets the server through."
    )
    from_: Sender = Field(alias="from", title="From", description="The sender: an address, or `Name <address>`.")


@asynccontextmanager
async def smtp_session(connected: Connected, outbound: Outbound) -> AsyncIterator[SMTP]:
    """Yield a connection that is logged in where the integration has a login. Raises TaskFailed."""
    settings, secrets = connected.settings, connected.secrets
    client = await _open(settings, outbound)
    try:
        with smtp_failures(is_undone=True):
            if settings["security"] == STARTTLS:
                await client.starttls(server_hostname=settings["host"], tls_context=outbound.tls)
            if "USERNAME" in secrets:
                await client.login(secrets["USERNAME"], secrets["PASSWORD"])
        yield client
        with suppress(SMTPException, OSError):
            await client.quit()
    finally:
        client.close()


async def _open(settings: Mapping[str, Any], outbound: Outbound) -> SMTP:
    security = settings["security"]
    try:
        addresses = await outbound.addresses(settings["host"], settings["port"], plain=security == NONE)
        sock = await connected_socket(addresses, settings["port"])
    except CallFailed as failure:
        raise failure_of(failure) from None
    client = SMTP(
        hostname=settings["host"],
        port=None,
        sock=sock,
        use_tls=security == TLS,
        start_tls=False,
        tls_context=outbound.tls,
        local_hostname=_domain(settings["from"]),
        timeout=None,
    )
    try:
        with smtp_failures(is_undone=True):
            await client.connect()
    except BaseException:
        sock.close()
        raise
    return client


@contextmanager
def smtp_failures(*, is_undone: bool) -> Iterator[None]:
    """Raise what goes wrong within as TaskFailed; `is_undone`: nothing was sent by then."""
    try:
        yield
    except SMTPRecipientsRefused as refused:
        codes = [one.code for one in refused.recipients]
        detail = {one.recipient: {"code": one.code, "message": one.message} for one in refused.recipients}
        raise _failed(max(codes, default=550), "no recipient was accepted", detail) from None
    except SMTPResponseException as refused:
        raise _failed(refused.code, refused.message) from None
    except OSError as error:
        if isinstance(cause := error.__cause__ or error, ssl.SSLCertVerificationError):
            raise TaskFailed(SMTP_ERROR, f"the certificate does not verify: {cause.verify_message}") from None
        raise TaskFailed(SMTP_ERROR, "the connection broke off", retryable=True, is_undone=is_undone) from None
    except SMTPException as error:
        raise TaskFailed(SMTP_ERROR, error.message) from None


def _failed(code: int, message: str, recipients: Any = None) -> TaskFailed:
    detail = {"code": code} if recipients is None else {"code": code, "recipients": recipients}
    is_temporary = code in _TEMPORARY
    return TaskFailed(SMTP_ERROR, f"{code} {message}", retryable=is_temporary, is_undone=is_temporary, detail=detail)


def _domain(sender: str) -> str:
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return domain.encode("idna").decode() if domain else "localhost"


def message_id(key: str, sender: str) -> str:
    """Return the `Message-ID` of the message with the idempotency key `key`."""
    return f"<{key}@{_domain(sender)}>"


async def _probe(connected: Connected, outbound: Outbound) -> str:
    async with smtp_session(connected, outbound) as client:
        with smtp_failures(is_undone=True):
            await client.noop(timeout=PROBE_S)
    return "logged in" if "USERNAME" in connected.secrets else "connected without a login"


TYPE: Final = IntegrationType(
    type=SMTP_TYPE,
    title="SMTP",
    description="A server that sends e-mails.",
    account=AccountForm(
        settings=SmtpSettings,
        secrets=(
            SecretKey(key="USERNAME", title="User name", required=False),
            SecretKey(key="PASSWORD", title="Password", required=False),
        ),
        check=half_logins,
    ),
    probe=_probe,
)
