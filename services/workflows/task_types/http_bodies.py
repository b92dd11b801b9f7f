"""Bodies of HTTP calls as values: JSON where it is JSON, text where it is text, base64 for the rest."""

from __future__ import annotations

from base64 import b64encode
from email.message import Message
from typing import Final

import msgspec

from libs.outbound.calls import Reply
from services.workflows.task_types.model import Json

JSON_TYPE: Final = "application/json"
TEXT_TYPE: Final = "text/plain; charset=utf-8"


def request_body(value: Json) -> tuple[bytes, str]:
    """Return the bytes of a body and their content type: a text as it is, any other value as JSON."""
    if isinstance(value, str):
        return value.encode(), TEXT_TYPE
    return msgspec.json.encode(value), JSON_TYPE


def reply_body(reply: Reply) -> Json:
    """Return a reply's body: a value where its type is JSON, a text where it has one, else `{"base64": "…"}`."""
    if not reply.body:
        return None
    head = Message()
    head["content-type"] = reply.headers.get("content-type", "")
    if head.get_content_subtype() == "json" or head.get_content_subtype().endswith("+json"):
        try:
            return msgspec.json.decode(reply.body)
        except (msgspec.DecodeError, RecursionError):
            pass
    return _text(reply.body, head.get_content_charset("utf-8"))


def _text(body: bytes, charset: str) -> Json:
    try:
        text = body.decode(charset)
    except (LookupError, ValueError):
        text = "\0"
    return {"base64": b64encode(body).decode()} if "\0" in text else text
