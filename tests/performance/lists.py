"""List pages with exact totals beside COUNT and OFFSET on the same rows: page 1 and page 10,000 of every filter.

`bench_lists` does the asking and holds both ways to the same answers; here its milliseconds become lines.
"""

from __future__ import annotations

from statistics import median

from tests.performance.bench_lists import DEEP_PAGE, HISTORY_MODEL, Draw, Ready, counted, draws, plain, ready, timed
from tests.performance.filling import fill
from tests.performance.ground import Ground
from tests.performance.options import Options
from tests.performance.plans import show_plans
from tests.performance.report import NO_LOG, Line, Report, p99, write_section
from tests.performance.timelines import measure_timelines

PLANS_FILE = "plans.md"
"""Where the plans go, beside the file with the figures."""
_PLAIN_REQUESTS = 2
_WARM_UP_REQUESTS = 5
_P99_MS, _OTHER_P99_MS, _DEEPER_BY = 25.0, 250.0, 2.0
# Every single filter, and any combination of action, type, origin and date; all else is the other class.
_QUICK = frozenset(
    (
        "no filter",
        "resource type",
        "action",
        "origin",
        "dates",
        "type, action, origin",
        "type, action, origin, dates",
        "origin, dates",
        "user",
        "resource",
        "unit of work",
        "external reference",
        "event time",
        "event time, dates",
        "event time, action",
        "event time, type, action, origin, dates",
    )
)


async def measure_lists(ground: Ground, options: Options, report: Report) -> None:
    """Add two lines for each filter. The log plays no part: the rows are put there as a rebuild would."""
    async with ground.postgres.database() as url:
        await fill(url, HISTORY_MODEL, options.list_rows)
        made, db = await ready(url)
        async with db:
            for name, draw in draws(made).items():
                first = await _page(made, name, draw, 1, options)
                report.add(_line(name, 1, first, first, options))
                report.add(_line(name, DEEP_PAGE, await _page(made, name, draw, DEEP_PAGE, options), first, options))
            await measure_timelines(made, options, report)
            if options.write is not None:
                plans = options.write.with_name(PLANS_FILE)
                write_section(plans, await show_plans(made, options.list_rows), of="plans")


async def _page(made: Ready, name: str, draw: Draw, page: int, options: Options) -> tuple[list[float], list[float]]:
    """Milliseconds of ours and of COUNT and OFFSET. Raises AssertionError when they disagree."""
    ours: list[float] = []
    theirs: list[float] = []
    for turn in range(-_WARM_UP_REQUESTS, options.list_requests):
        criteria = draw()
        took_ms, found = await timed(counted(made, criteria, page))
        if turn < 0:
            continue
        ours.append(took_ms)
        if turn < _PLAIN_REQUESTS:
            took_ms, expected = await timed(plain(made, criteria, page))
            theirs.append(took_ms)
            assert found == expected, f"{name}, page {page}: {criteria}: the two ways disagree"
    return ours, theirs


def _line(
    name: str, page: int, figures: tuple[list[float], list[float]], first: tuple[list[float], list[float]], o: Options
) -> Line:
    ours, theirs = figures
    p99_ms, first_p99_ms = p99(ours), p99(first[0])
    quick = name in _QUICK
    limit_ms = _P99_MS if quick else _OTHER_P99_MS
    as_near = not quick or page == 1 or p99_ms <= _DEEPER_BY * first_p99_ms
    deeper = f", ≤ {_DEEPER_BY:.0f} × page 1" if quick and page > 1 else ""
    return Line(
        what=f"list p99, {name}, page {page:,}, {o.list_rows:,} rows",
        log=NO_LOG,
        unit="ms",
        ours=[p99_ms],
        floor=[p99(theirs)],
        beside=f"p50 {median(ours):.1f} ms, COUNT + OFFSET's {median(theirs):.1f} ms",
        promise=f"≤ {limit_ms:.0f} ms{deeper}",
        holds=p99_ms <= limit_ms and as_near,
    )
