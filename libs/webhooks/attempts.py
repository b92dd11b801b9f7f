"""One attempt to deliver a message, and what follows from its outcome."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.background.tasks import ended
from libs.contracts.times import to_ms
from libs.outbound.client import Outbound
from libs.outbound.errors import CallFailed
from libs.telemetry.logger import get_logger
from libs.webhooks.deliveries import DELIVERED, FAILED, PENDING, Attempt, State
from libs.webhooks.endpoints import Endpoint
from libs.webhooks.retries import RetryPolicy, retry_after_s
from libs.webhooks.signing import signature_headers

_log = get_logger(__name__)

TIMEOUT_S: Final = 10.0
GONE: Final = 410
"""The status by which an endpoint says that it wants no more messages."""


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """An attempt, and the state that it leaves: PENDING when another follows in `retry_in_s`."""

    attempt: Attempt
    state: State
    retry_in_s: float = 0.0

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants no more messages."""
        return self.attempt.status == GONE


async def send(
    outbound: Outbound, endpoint: Endpoint, delivery_id: uuid.UUID, body: bytes, at: datetime
) -> tuple[Attempt, float | None]:
    """Send a message at `at`; return the attempt, and the seconds that the receiver wants to be left alone for."""
    headers = {"content-type": "application/json"}
    headers |= signature_headers(str(delivery_id), at, body, endpoint.secrets)
    began_s = time.monotonic()
    status, error, wait_s = None, None, None
    call = await ended(outbound.post(endpoint.url, body=body, headers=headers, timeout_s=TIMEOUT_S))
    if (failure := call.exception()) is not None:
        error = _why(failure, delivery_id)
    else:
        reply = call.result()
        status = reply.status
        error = None if 200 <= status < 300 else f"status {status}"
        wait_s = retry_after_s(reply.headers.get("retry-after"), at)
    duration_ms = round((time.monotonic() - began_s) * 1000)
    return Attempt(at=to_ms(at), status=status, error=error, duration_ms=duration_ms), wait_s


def _why(failure: BaseException, delivery_id: uuid.UUID) -> str:
    """Return why a call failed. The far side chooses the bytes: a failure that nobody knew must end this call alone."""
    if isinstance(failure, CallFailed):
        return str(failure)
    _log.error("webhook_call_failed", delivery=str(delivery_id), exc_info=failure)
    return "the call failed"


def outcome_of(
    attempt: Attempt, policy: RetryPolicy, *, attempts_before: int, jitter: float, wait_s: float | None
) -> AttemptOutcome:
    """Return what follows from an attempt after `attempts_before` others; `jitter` is from -1 to 1."""
    if attempt.error is None:
        return AttemptOutcome(attempt, DELIVERED)
    delay_s = policy.delay_s(attempts_before + 1, jitter=jitter, retry_after_s=wait_s)
    if delay_s is None or attempt.status == GONE:
        return AttemptOutcome(attempt, FAILED)
    return AttemptOutcome(attempt, PENDING, delay_s)
