"""`python -m tests.performance.run`: measures the hot paths beside their floors and prints the table.

Everything it starts it stops; load goes to 127.0.0.1 alone. Figures are for reading, no test asserts them.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping

from libs.telemetry.logs import configure_logs
from tests.performance.alerts import measure_alerts
from tests.performance.backfill import measure_backfill
from tests.performance.backlog import measure_backlog
from tests.performance.batches import measure_batches
from tests.performance.console import measure_console
from tests.performance.customer_rules import measure_customer_rules
from tests.performance.events import measure_events
from tests.performance.feeding import measure_feeding
from tests.performance.freshness import measure_freshness
from tests.performance.ground import Ground, LogName, prepared_ground
from tests.performance.health import measure_health
from tests.performance.judging import measure_judging
from tests.performance.lists import measure_lists
from tests.performance.looks import measure_looks
from tests.performance.machine import machine_line
from tests.performance.matches import measure_matches
from tests.performance.metric_values import measure_metric_values
from tests.performance.monitoring import measure_monitoring
from tests.performance.options import (
    ALERTS,
    CONSOLE,
    EVENTS,
    FEEDING,
    HEALTH,
    JUDGING,
    LISTS,
    METRIC_VALUES,
    RULES,
    TRACES,
    Options,
    read_options,
)
from tests.performance.posts import measure_posts
from tests.performance.projection import measure_projection
from tests.performance.rebuild import measure_rebuild
from tests.performance.report import Report, render, write_section
from tests.performance.scaling import measure_scaling
from tests.performance.together import measure_together
from tests.performance.traces import measure_traces
from tests.performance.workflows import measure_workflows

Part = Callable[[Ground, LogName, Options, Report], Awaitable[None]]
_PARTS: Mapping[str, Part] = {
    "posts": measure_posts,
    "batches": measure_batches,
    "projection": measure_projection,
    "rebuild": measure_rebuild,
    "together": measure_together,
    "backlog": measure_backlog,
    "monitoring": measure_monitoring,
    "matches": measure_matches,
    "freshness": measure_freshness,
    "backfill": measure_backfill,
    "looks": measure_looks,
    "workflows": measure_workflows,
    "scaling": measure_scaling,
}
_WITHOUT_LOG: Mapping[str, Callable[[Ground, Options, Report], Awaitable[None]]] = {
    LISTS: measure_lists,
    TRACES: measure_traces,
    EVENTS: measure_events,
    JUDGING: measure_judging,
    HEALTH: measure_health,
    ALERTS: measure_alerts,
    FEEDING: measure_feeding,
    RULES: measure_customer_rules,
    METRIC_VALUES: measure_metric_values,
    CONSOLE: measure_console,
}


def main() -> None:
    """Measure what was asked for, print it, write it down where asked."""
    options = read_options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that everything started is stopped then too
    configure_logs("bench", level="ERROR")
    machine = machine_line()
    report = Report()
    with prepared_ground(with_kafka=options.needs_kafka) as ground:
        asyncio.run(_measure(ground, options, report))
    text = render(report, heading="## Measured figures", notes=_notes(options, machine))
    print(f"\n{text}")
    if options.write is not None:
        write_section(options.write, text)


async def _measure(ground: Ground, options: Options, report: Report) -> None:
    for part in options.parts:
        if part in _WITHOUT_LOG:
            print(f"{part} …", flush=True)
            await _WITHOUT_LOG[part](ground, options, report)
            continue
        for log_name in options.logs:
            print(f"{part} on {log_name} …", flush=True)
            await _PARTS[part](ground, log_name, options, report)


def _notes(options: Options, machine: str) -> list[str]:
    shared = (
        "The load generator, the broker, PostgreSQL and the server measured share these cores: a rate is what was left"
        " for the server, and only the ratios within this table compare."
    )
    how = (
        f"Medians of {options.rounds} interleaved rounds (least–greatest), {options.seconds:g} s each; a ratio is the"
        " median of the rounds' own."
    )
    return [machine, shared, how, "PostgreSQL with fsync on; Kafka one broker, acks=all, idempotent producers."]


if __name__ == "__main__":
    main()
