"""What a generator is asked to do and what it answers; both travel as JSON between it and the bench."""

from __future__ import annotations

from typing import Literal

import msgspec

Shape = Literal["single", "lines", "array"]


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement against `127.0.0.1:port`.

    `rate_per_s` None is a closed loop (each connection sends as soon as it is answered); else requests begin at that
    mean rate whatever the server does (Poisson), and a latency counts from when its request should have begun.
    `shape` is one interaction a request, or `records` of them as NDJSON lines or as a JSON array.
    """

    port: int
    path: str
    api_key: str
    connections: int
    seconds: float
    warm_up_s: float
    shape: Shape = "single"
    records: int = 1
    rate_per_s: float | None = None
    seed: int = 1


class LoadFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen between warm-up and end. `refused` counts answers that are not 2xx; times in milliseconds.

    `unsent` are requests that an open loop could not even begin before the end.
    """

    requests: int
    refused: int
    unsent: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    generator_cpu_s: float
    first_refusal: str = ""

    @property
    def per_s(self) -> float:
        """Answered requests per second."""
        return self.requests / self.seconds
