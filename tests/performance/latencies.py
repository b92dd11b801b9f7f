"""Latencies of requests, one after the other, beside the plain way to the same answer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report, p99

_WARM_UP_REQUESTS, _PLAIN_REQUESTS = 5, 2
Ask = Callable[[], Awaitable[Any]]
"""A request."""


async def measure_latency(
    what: str, ask: Ask, plain: Ask | None, limit_ms: float, options: Options, report: Report
) -> None:
    """Add a line for the 99th percentile of a warm request, which `limit_ms` bounds."""
    begun_cpu_s = time.process_time()
    ours = [await milliseconds(ask) for _ in range(_WARM_UP_REQUESTS + options.list_requests)][_WARM_UP_REQUESTS:]
    cpu_ms = (time.process_time() - begun_cpu_s) * 1000 / (_WARM_UP_REQUESTS + options.list_requests)
    theirs = [] if plain is None else [await milliseconds(plain) for _ in range(_PLAIN_REQUESTS)]
    report.add(
        Line(
            what=what,
            log=NO_LOG,
            unit="ms",
            ours=[p99(ours)],
            floor=[p99(theirs)] if theirs else [],
            beside=f"p50 {median(ours):.1f} ms, own CPU {cpu_ms:.1f} ms",
            promise=f"≤ {limit_ms:.0f} ms",
            holds=p99(ours) <= limit_ms,
        )
    )


async def milliseconds(ask: Ask) -> float:
    """How long a request takes."""
    begun_s = time.perf_counter()
    await ask()
    return (time.perf_counter() - begun_s) * 1000
