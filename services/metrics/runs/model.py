"""Runs: all or some of a metric's values computed as of one instant."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from services.metrics.values.model import KeyCursor, KeyScope

RunKind = Literal["scheduled", "manual", "backfill"]
RunState = Literal["waiting", "running", "done", "failed"]

NOUN: Final = "run"
MAX_ATTEMPTS: Final = 5
"""How often a run is tried that ends in an error; a process that dies or stops does not count."""
FIRST_PAUSE_S: Final = 5.0
LONGEST_RUN_S: Final = 900.0
"""How long an attempt may take, and how long a run that was requested waits for the read model."""
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of an edition of a metric; `scope` says whether it computes all keys or those that may have changed.

    `at` is the instant as of which it computes, None before it begins. `wanted` are positions that the read model has
    to have applied before; `generation` is that of the read model from which it computes. `cause` is the cause of a
    manual run.
    """

    tenant_id: str
    id: uuid.UUID
    metric_id: uuid.UUID
    edition: int
    kind: RunKind
    scope: KeyScope
    state: RunState
    wanted: list[list[Any]] | None
    cause: Mapping[str, str] | None
    at: datetime | None
    generation: int | None
    cursor: KeyCursor
    keys_done: int
    keys_total: int | None
    changed: int
    value_count: int | None
    attempt: int
    error: str | None
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def progress(self) -> float:
        """The part of the keys that is computed, from 0 to 1."""
        if self.state == "done":
            return 1.0
        return min(1.0, self.keys_done / self.keys_total) if self.keys_total else 0.0

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in {"done", "failed"}


def pause_after_s(attempt: int) -> float:
    """Return how long the next attempt waits after the `attempt`-th failed."""
    return FIRST_PAUSE_S * 2.0 ** (attempt - 1)
