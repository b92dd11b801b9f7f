"""`send-email`: an e-mail through the SMTP server of an integration."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any, Final

from services.workflows.integrations.types.smtp import (
    SMTP_TYPE,
    message_id,
    read_address,
    smtp_failures,
    smtp_session,
)
from services.workflows.task_types.connected_types import account_of
from services.workflows.task_types.fields import Schema, described, form, outputs, text
from services.workflows.task_types.http_failures import INVALID_INPUT
from services.workflows.task_types.model import Call, Completed, Json, TaskFailed, TypeFace

MAX_RECIPIENTS: Final = 100
_ADDRESSES: Final[Schema] = {"type": ["string", "array"], "items": {"type": "string"}, "maxItems": MAX_RECIPIENTS}
_STRINGS: Final[Schema] = {"type": "array", "items": {"type": "string"}}


class SendEmail:
    """The type. The key is part of the `Message-ID`."""

    face: Final = TypeFace(
        type="send-email",
        title="Send email",
        description="Sends an e-mail.",
        fields=form(
            {
                "to": described(_ADDRESSES, "To", "An address, or several."),
                "subject": text("Subject", limit=1_000),
                "message": text("Message", limit=500_000),
                "html": text("HTML", "The message as HTML.", limit=500_000),
                "cc": described(_ADDRESSES, "Cc"),
                "bcc": described(_ADDRESSES, "Bcc"),
                "replyTo": text("Reply to", limit=320),
            },
            required=("to", "subject", "message"),
        ),
        outputs=outputs({"messageId": {"type": "string"}, "accepted": _STRINGS, "refused": _STRINGS}),
        effect="at-least-once",
        integrations=(SMTP_TYPE,),
        needs_integration=True,
    )

    async def run(self, call: Call) -> Completed:
        connected = account_of(call)
        sender: str = connected.settings["from"]
        message = _message(call, sender)
        recipients = [address for name in ("to", "cc", "bcc") for address in _read(call.body.get(name))]
        envelope = list(dict.fromkeys(parseaddr(one)[1] for one in recipients))
        if not 1 <= len(envelope) <= MAX_RECIPIENTS:
            raise TaskFailed(INVALID_INPUT, f"1 to {MAX_RECIPIENTS} recipients are expected")
        async with smtp_session(connected, call.tools.outbound) as client:
            with smtp_failures(is_undone=False):
                refused, _ = await client.send_message(
                    message, sender=parseaddr(sender)[1], recipients=envelope, timeout=None
                )
        return Completed(
            {
                "messageId": message["Message-ID"],
                "accepted": [one for one in envelope if one not in refused],
                "refused": [one for one in envelope if one in refused],
            }
        )


def _message(call: Call, sender: str) -> EmailMessage:
    body = call.body
    message = EmailMessage()
    message["From"] = _address(sender)
    message["To"] = _addresses(body["to"])
    if cc := _addresses(body.get("cc")):
        message["Cc"] = cc
    if body.get("replyTo"):
        message["Reply-To"] = _addresses(body["replyTo"])
    # A header is one line.
    message["Subject"] = " ".join(str(body["subject"]).split())
    message["Date"] = formatdate(call.now_ms / 1_000)
    message["Message-ID"] = message_id(call.key, sender)
    message.set_content(str(body["message"]))
    if body.get("html"):
        message.add_alternative(str(body["html"]), subtype="html")
    return message


def _addresses(value: Json) -> tuple[Address, ...]:
    return tuple(map(_address, _read(value)))


def _address(one: str) -> Address:
    name, spec = parseaddr(one)
    try:
        return Address(display_name=name, addr_spec=spec)
    except (ValueError, IndexError):
        raise _no_address(one) from None


def _read(value: Json) -> list[str]:
    given: list[Any] = [] if value is None else value if isinstance(value, list) else [value]
    return [_read_one(one) for one in given if one != ""]


def _read_one(value: Json) -> str:
    try:
        return read_address(str(value))
    except ValueError:
        raise _no_address(value) from None


def _no_address(value: Json) -> TaskFailed:
    return TaskFailed(INVALID_INPUT, f"an e-mail address is expected, not {str(value)[:100]!r}")
