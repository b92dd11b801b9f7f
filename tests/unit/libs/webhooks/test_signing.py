"""Signatures verify with the specification's library and with HMAC alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from libs.webhooks.signing import new_secret, signature_headers

BODY = '{"type":"alert.firing","name":"Zahlung über 5 €"}'.encode()


def test_a_secret_is_whsec_and_32_bytes_of_base64() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert new_secret() != secret


def test_a_signature_is_the_hmac_of_id_seconds_and_body() -> None:
    secret = new_secret()
    headers = signature_headers("msg-1", datetime(2026, 1, 15, 9, 30, 0, 999_999, UTC), BODY, [secret])
    signed = b"msg-1.1768469400." + BODY
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "msg-1",
        "webhook-timestamp": "1768469400",
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def test_while_secrets_rotate_each_verifies_and_no_other_does() -> None:
    new, old, other = new_secret(), new_secret(), new_secret()
    headers = signature_headers("msg-1", datetime.now(UTC), BODY, [new, old])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (new, old):
        assert Webhook(secret).verify(BODY, headers)["type"] == "alert.firing"
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY, headers)
