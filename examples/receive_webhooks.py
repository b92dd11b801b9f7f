"""Receives webhooks, with Python alone and nothing of Waymark's: one line for each message whose signature is right.

`WEBHOOK_SECRET=whsec_… python examples/receive_webhooks.py` starts it; `POST /v1/webhooks` answers with the secret.
Waymark calls an address of the machine itself only where its operator says so: `WAYMARK_OUTBOUND_ALLOW=127.0.0.0/8`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MAX_BODY_BYTES = 1 << 20
TOLERANCE_S = 300


def is_genuine(secret: str, message_id: str, sent_at: str, signatures: str, body: bytes) -> bool:
    """Whether one of the signatures is the secret's; https://www.standardwebhooks.com specifies them."""
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > TOLERANCE_S:
        return False  # somebody may have kept it, and sends it again
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256)
    expected = b"v1," + base64.b64encode(digest)
    # Two signatures come while a secret is changed.
    return any(hmac.compare_digest(expected, one.encode()) for one in signatures.split(" "))


def line_of(message: dict[str, Any]) -> str:
    """Type, severity, rule, interaction, value and incident of a message."""
    data = message["data"]
    if "rule" not in data:
        return str(message["type"])
    rule, incident = data["rule"], data["incidentId"]
    reason = f", {data['reason']}" if data["reason"] else ""
    figure = f"{rule['metric']} is {data['value']}{reason}"
    return f"{message['type']} {rule['severity']} {rule['name']!r}: {figure} ({incident})"


class Receiver(ThreadingHTTPServer):
    """Listens on loopback; answers 500 until `failing_until`, of the monotonic clock."""

    def __init__(self, port: int, secret: str, failing_for_s: float) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.secret = secret
        self.failing_until = time.monotonic() + failing_for_s
        self.known: set[str] = set()  # keep them where you keep your results


class Handler(BaseHTTPRequestHandler):
    """Answers one message: 204 once it is ours, however often it comes."""

    server: Receiver
    timeout = 10

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long, or of no length")
            return
        body = self.rfile.read(int(length))
        message_id, sent_at, signatures = (
            self.headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
        )
        if not is_genuine(self.server.secret, message_id, sent_at, signatures, body):
            self._answer(HTTPStatus.UNAUTHORIZED, "not signed with this secret, or not lately")
        elif time.monotonic() < self.server.failing_until:
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, line_of(json.loads(body)))
        elif message_id in self.server.known:
            self._answer(HTTPStatus.NO_CONTENT, f"again {message_id}")
        else:
            self.server.known.add(message_id)
            self._answer(HTTPStatus.NO_CONTENT, line_of(json.loads(body)))

    def _answer(self, status: HTTPStatus, line: str) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
        print(f"{time.strftime('%H:%M:%S')} {status.value} {line}", flush=True)

    def log_message(self, *_: object) -> None:
        """Leave out the server's own line for each request."""


def main() -> None:
    """Receive until stopped."""
    parser = argparse.ArgumentParser(description="Receive webhooks: verify each message and print a line for it.")
    parser.add_argument("--port", type=int, default=9099, help="where to listen, on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--secret", default=os.environ.get("WEBHOOK_SECRET"), help="default: $WEBHOOK_SECRET")
    parser.add_argument(
        "--failing-for", type=float, default=0.0, metavar="SECONDS", help="answer 500 for so long (default: never)"
    )
    options = parser.parse_args()
    if not options.secret:
        parser.error("give the secret that making the webhook answered: --secret, or WEBHOOK_SECRET")
    with Receiver(options.port, options.secret, options.failing_for) as receiver, suppress(KeyboardInterrupt):
        print(f"listening on http://127.0.0.1:{receiver.server_address[1]}", flush=True)
        receiver.serve_forever()


if __name__ == "__main__":
    main()
