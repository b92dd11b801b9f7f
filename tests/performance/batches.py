"""Bulk recording in batches of 100, as NDJSON beside the floor's and as a JSON array."""

from __future__ import annotations

from statistics import median

from tests.performance.candidates import FLOOR, OURS, Load, Seen, candidates
from tests.performance.ground import Ground, LogName
from tests.performance.load.plan import Shape
from tests.performance.options import Options
from tests.performance.posts import Rounds
from tests.performance.report import Line, Report

_RECORDS = 100
_CONNECTIONS = 16
_PER_CORE_S = 50_000.0
_NAMES: dict[Shape, str] = {"lines": "NDJSON", "array": "JSON array"}


async def measure_batches(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the lines of batches on one log."""
    async with candidates(ground, log_name, FLOOR, OURS) as servers:
        for shape in _NAMES:
            rounds = Rounds()
            load = Load(connections=_CONNECTIONS, seconds=options.seconds, shape=shape, records=_RECORDS)
            await rounds.go(servers, load, options.rounds)
            report.add(_line(log_name, shape, rounds))
        for server in servers:
            report.note_peak(f"{server.kind}, batches ({log_name})", server.server.peak_mib)


def _line(log_name: LogName, shape: Shape, rounds: Rounds) -> Line:
    records = {kind: [per_s * _RECORDS for per_s in rounds.per_s(kind)] for kind in (OURS, FLOOR)}
    per_core = {kind: median(_per_core_s(one) for one in seen) for kind, seen in rounds.seen.items()}
    return Line(
        what=f"batches of {_RECORDS}, {_NAMES[shape]}, {_CONNECTIONS} connections",
        log=log_name,
        unit="records/s",
        ours=records[OURS],
        floor=records[FLOOR],
        beside=f"per second of the server's own CPU: ours {per_core[OURS]:,.0f}, floor {per_core[FLOOR]:,.0f}",
        promise=f"≥ {_PER_CORE_S:,.0f} records/s on one core",
        holds=per_core[OURS] >= _PER_CORE_S,
    )


def _per_core_s(seen: Seen) -> float:
    """Records for each second of processor time: what one core that did nothing else would take."""
    return seen.figures.requests * _RECORDS / max(seen.server_cpu_s, 0.001)
