"""When the next attempt of a task begins, if there is one."""

from __future__ import annotations

import random
from typing import Final

from services.workflows.definitions.model import RetryPolicy

MAX_RETRY_AFTER_S: Final = 3_600
_JITTER: Final = 0.2


def due_of_next_attempt(
    policy: RetryPolicy, attempts: int, retry_after_s: float | None, now_ms: int, random_: random.Random
) -> int | None:
    """Return when (ms since the epoch) the attempt after `attempts` begins; None when they were the last.

    The pause is drawn once, so that whoever reads it from the log waits as long.
    """
    if attempts >= policy.max_attempts:
        return None
    pause_ms = min(policy.initial_ms * policy.factor ** (attempts - 1), policy.max_ms)
    pause_ms *= random_.uniform(1 - _JITTER, 1 + _JITTER)
    if retry_after_s is not None:
        pause_ms = max(pause_ms, min(retry_after_s, MAX_RETRY_AFTER_S) * 1_000)
    return now_ms + round(pause_ms)
