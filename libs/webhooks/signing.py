"""Secrets and signatures of webhooks, as https://www.standardwebhooks.com specifies them.

A receiver verifies with one secret; while it is rotated, messages carry a signature for the old and one for the new.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook

PREFIX: Final = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new random secret: `whsec_`, and 32 bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature_headers(message_id: str, at: datetime, body: bytes, signing: Sequence[str]) -> dict[str, str]:
    """Return the headers of one attempt, sent at `at`: the message's id, the seconds, a signature for each secret."""
    text = body.decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, at, text) for secret in signing),
    }
