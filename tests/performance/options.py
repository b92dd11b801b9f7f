"""The bench's options, read once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.performance.ground import LogName

LISTS, TRACES, EVENTS, JUDGING, HEALTH, ALERTS = "lists", "traces", "events", "judging", "health", "alerts"
FEEDING, RULES, METRIC_VALUES, CONSOLE = "feeding", "rules", "metric-values", "console"
WITHOUT_LOG = (LISTS, TRACES, EVENTS, JUDGING, HEALTH, ALERTS, FEEDING, RULES, METRIC_VALUES, CONSOLE)
PARTS = (
    "posts",
    "batches",
    "projection",
    "rebuild",
    "together",
    "backlog",
    "monitoring",
    "matches",
    "freshness",
    "backfill",
    "looks",
    "workflows",
    "scaling",
    *WITHOUT_LOG,
)


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure, on how much, for how long; `rounds` of A B A B… each."""

    parts: tuple[str, ...]
    logs: tuple[LogName, ...]
    rows: int
    list_rows: int
    list_requests: int
    seconds: float
    rounds: int
    connections: tuple[int, ...]
    write: Path | None

    @property
    def needs_kafka(self) -> bool:
        """Whether any part writes to Kafka."""
        return "kafka" in self.logs and not set(self.parts) <= set(WITHOUT_LOG)


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """From the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.run", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"Parts, comma-separated, of {', '.join(PARTS)}.")
    parser.add_argument("--log", choices=("postgres", "kafka", "both"), default="both")
    parser.add_argument(
        "--rows",
        type=int,
        default=300_000,
        help="Records for projection, rebuild, backlog, backfill, monitoring, matches, scaling.",
    )
    parser.add_argument(
        "--list-rows",
        type=int,
        default=1_000_000,
        help="Records for lists, traces, events, health, alerts, metric-values.",
    )
    parser.add_argument("--list-requests", type=int, default=100, help="Requests for each filter and page.")
    parser.add_argument("--seconds", type=float, default=8.0, help="How long one measurement of a server counts.")
    parser.add_argument("--rounds", type=int, default=3, help="Interleaved repetitions; medians are shown.")
    parser.add_argument("--connections", default="64,256")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Put the table into this Markdown file as well.")
    given = parser.parse_args(arguments)
    parts = tuple(given.only.split(","))
    if unknown := set(parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    logs: tuple[LogName, ...] = ("postgres", "kafka") if given.log == "both" else (given.log,)
    connections = tuple(int(count) for count in given.connections.split(","))
    return Options(
        parts=parts,
        logs=logs,
        rows=given.rows,
        list_rows=given.list_rows,
        list_requests=max(1, given.list_requests),
        seconds=given.seconds,
        rounds=max(1, given.rounds),
        connections=connections,
        write=given.write,
    )
