"""How a runner polls, waits, retries and gives up: every figure with its unit, none of them needed for correctness."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunnerSettings:
    """The defaults suit a service; tests shorten the waits.

    `idle_in_transaction_s` frees the rows a frozen process holds; `drop_grace_s` must exceed the longest read.
    """

    max_records: int = 5_000
    poll_timeout_s: float = 0.25
    tick_s: float = 1.0
    backoff_first_s: float = 0.05
    backoff_limit_s: float = 3.0
    idle_in_transaction_s: float = 5.0
    stall_timeout_s: float = 30.0
    parked_allowed: int = 100
    parking_window: int = 1_000
    drop_grace_s: float = 120.0
    fill_max_records: int = 5_000
    fill_workers: int = 2
    claim_s: float = 15.0
    switch_timeout_s: float = 5.0
