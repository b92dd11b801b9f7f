"""Single-interaction POSTs: ceilings by number of connections, then latency at 70 % of each server's own ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from tests.performance.candidates import FLOOR, OURS, PLAIN, Candidate, Load, Seen, candidates
from tests.performance.ground import Ground, LogName
from tests.performance.options import Options
from tests.performance.report import Line, Report, ratio

_OF_FLOOR, _OF_PLAIN, _P99_MS, _SHARE_OF_CEILING = 0.5, 2.0, 25.0, 0.7


@dataclass(slots=True)
class Rounds:
    """What each candidate showed, round by round: `seen` of ceilings, `paced` of latency right after each."""

    seen: dict[str, list[Seen]] = field(default_factory=dict)
    paced: dict[str, list[Seen]] = field(default_factory=dict)

    async def go(self, servers: Sequence[Candidate], load: Load, rounds: int, *, pace: bool = False) -> None:
        """A B A B…: every server once a round.

        A server is paced by the ceiling it has just shown, so that a machine that is busier later does not overload it.
        """
        for number in range(rounds):
            for server in servers:
                seed = number * 1000 + load.connections
                ceiling = await server.measure(load, seed=seed)
                self.seen.setdefault(server.kind, []).append(ceiling)
                if pace:
                    paced = replace(load, warm_up_s=1.0, rate_per_s=_SHARE_OF_CEILING * ceiling.figures.per_s)
                    self.paced.setdefault(server.kind, []).append(await server.measure(paced, seed=seed + 500))

    def per_s(self, kind: str) -> list[float]:
        """Answers per second."""
        return [seen.figures.per_s for seen in self.seen[kind]]

    def p99_ms(self, kind: str) -> list[float]:
        """The 99th percentile of latency, paced."""
        return [seen.figures.p99_ms for seen in self.paced[kind]]

    def cost(self) -> str:
        """Processor time per request, for each server, and the generator's share of a core."""
        servers = ", ".join(
            f"{kind} {median(one.cpu_us_per_request for one in seen):.0f}" for kind, seen in self.seen.items()
        )
        every = [one.figures for seen in self.seen.values() for one in seen]
        generator = median(figures.generator_cpu_s / figures.seconds for figures in every)
        return f"server CPU µs/request: {servers}; generator {generator:.0%} of a core"


async def measure_posts(ground: Ground, log_name: LogName, options: Options, report: Report) -> None:
    """Add the lines of single POSTs on one log."""
    async with candidates(ground, log_name, FLOOR, OURS, PLAIN) as servers:
        for connections in options.connections:
            rounds = Rounds()
            load = Load(connections=connections, seconds=options.seconds)
            await rounds.go(servers, load, options.rounds, pace=True)
            report.add(_ceiling_line(log_name, connections, rounds))
            report.add(_latency_line(log_name, connections, rounds))
        for server in servers:
            report.note_peak(f"{server.kind}, recording ({log_name})", server.server.peak_mib)


def _ceiling_line(log_name: LogName, connections: int, rounds: Rounds) -> Line:
    ours, floor, plain = (rounds.per_s(kind) for kind in (OURS, FLOOR, PLAIN))
    return Line(
        what=f"single POST, {connections} connections",
        log=log_name,
        unit="/s",
        ours=ours,
        floor=floor,
        plain=plain,
        beside=rounds.cost(),
        promise=f"≥ {_OF_FLOOR} × floor, ≥ {_OF_PLAIN:.0f} × plain",
        holds=ratio(ours, floor) >= _OF_FLOOR and ratio(ours, plain) >= _OF_PLAIN,
    )


def _latency_line(log_name: LogName, connections: int, rounds: Rounds) -> Line:
    ours = rounds.p99_ms(OURS)
    unsent = sum(seen.figures.unsent for seen in rounds.paced[OURS])
    p50_ms = median(seen.figures.p50_ms for seen in rounds.paced[OURS])
    rate_per_s = _SHARE_OF_CEILING * median(rounds.per_s(OURS))
    return Line(
        what=f"p99 at {_SHARE_OF_CEILING:.0%} of its own ceiling, {connections} connections",
        log=log_name,
        unit="ms",
        ours=ours,
        floor=rounds.p99_ms(FLOOR),
        plain=rounds.p99_ms(PLAIN),
        beside=f"ours at {rate_per_s:,.0f}/s, p50 {p50_ms:.1f} ms, unsent {unsent}",
        promise=f"≤ {_P99_MS:.0f} ms",
        holds=median(ours) <= _P99_MS and unsent == 0,
    )
