"""The console in a browser: how soon each page shows, how still it stands, and how a trace of ten thousand spans moves.

The browser, the server and its consumers share the machine. Every page is measured warm: it was open before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from libs.auth.principal import ADMIN
from tests.performance.ground import Ground
from tests.performance.options import Options
from tests.performance.report import NO_LOG, Line, Report
from tests.support.console.browser import running_browser
from tests.support.console.large_trace import LARGE_TRACE, SPANS, send_large_trace
from tests.support.console.pages import ALL_PAGES
from tests.support.console.site import ConsoleSite, running_site
from tests.support.console.tab import Tab
from tests.support.scratch import scratch_directory

_LCP_MS, _SHIFT_PERMILLE, _FIRST_ROW_MS, _FOLD_MS, _TASK_MS, _ROWS = 1_500.0, 50.0, 1_500.0, 100.0, 50.0, 200
_SCROLLS, _SCROLL_PX, _ROW_PX, _FRAME_MS = 120, 400, 32, 16
_ANSWERED = f"/api/traces/{LARGE_TRACE}/tree"

_OBSERVE = """
window.seen = { lcpMs: 0, shift: 0, tasksMs: [], firstRowMs: null };
const observe = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
observe("largest-contentful-paint", (entry) => { seen.lcpMs = entry.startTime; });
observe("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
observe("longtask", (entry) => { seen.tasksMs.push(entry.duration); });
const look = () => {
  if (document.querySelector("[role=treegrid] [aria-level]")) seen.firstRowMs = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
_CLICK = """
(button) => new Promise((done) => {
  const began = performance.now();
  button.click();
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
})
"""
_ANSWER_MS = """
(path) => performance.getEntriesByType("resource").find((one) => one.name.includes(path)).responseEnd
"""
_ROWS_SHOWN = "() => document.querySelectorAll('[role=treegrid] [role=row]').length"


_LAST_ROW = """
() => Math.max(...[...document.querySelectorAll("[role=treegrid] [role=row]")].map((row) => row.ariaRowIndex))
"""


async def measure_console(ground: Ground, options: Options, report: Report) -> None:
    """Add two lines for each page, and those of the large trace."""
    with scratch_directory("waymark-bench-") as directory:
        async with (
            running_browser() as browser,
            ground.postgres.database() as url,
            running_site(url, directory / "data", browser) as site,
        ):
            for page in ALL_PAGES:
                await _measure_page(site, page.made(site.shown).path, options, report)
            async with site.installation.user_client() as client:
                await send_large_trace(client, datetime.now(UTC))
            await _measure_trace(site, options, report)


async def _measure_page(site: ConsoleSite, path: str, options: Options, report: Report) -> None:
    seen: list[dict[str, Any]] = []
    async with site.tab(ADMIN) as tab:
        await tab.page.add_init_script(_OBSERVE)
        await tab.open(path)
        for _ in range(options.rounds):
            await tab.open(path)
            seen.append(await tab.page.evaluate("seen"))
    _add(report, f"largest paint of {path}", "ms", [one["lcpMs"] for one in seen], _LCP_MS)
    _add(report, f"layout shift of {path}", "‰", [one["shift"] * 1000 for one in seen], _SHIFT_PERMILLE)


async def _measure_trace(site: ConsoleSite, options: Options, report: Report) -> None:
    first, folds, unfolds, tasks, rows = [], [], [], [], []
    async with site.tab(ADMIN) as tab:
        await tab.page.add_init_script(_OBSERVE)
        for _ in range(options.rounds):
            await tab.open(f"/traces/{LARGE_TRACE}")
            answered_ms = await tab.page.evaluate(_ANSWER_MS, _ANSWERED)
            first.append(await tab.page.evaluate("seen.firstRowMs") - answered_ms)
            tasks.append(await _longest_task_of_scrolling(tab))
            rows.append(await tab.page.evaluate(_ROWS_SHOWN))
            folds.append(await tab.page.get_by_role("button", name="Collapse all").evaluate(_CLICK))
            unfolds.append(await tab.page.get_by_role("button", name="Expand all").evaluate(_CLICK))
    what = f"trace of {SPANS:,} spans"
    _add(report, f"{what}: first row after the answer", "ms", first, _FIRST_ROW_MS)
    _add(report, f"{what}: longest task while scrolling", "ms", tasks, _TASK_MS)
    _add(report, f"{what}: rows in the document", "rows", rows, _ROWS)
    _add(report, f"{what}: all folded", "ms", folds, _FOLD_MS)
    _add(report, f"{what}: all unfolded", "ms", unfolds, _FOLD_MS)


async def _longest_task_of_scrolling(tab: Tab) -> float:
    """Turn the wheel over the rows, once a frame; tasks below 50 ms are not told and count as none."""
    await tab.page.get_by_role("treegrid", name="Spans").hover()
    await tab.page.evaluate("seen.tasksMs = []")
    for _ in range(_SCROLLS):
        await tab.page.mouse.wheel(0, _SCROLL_PX)
        await tab.page.wait_for_timeout(_FRAME_MS)
    assert await tab.page.evaluate(_LAST_ROW) > _SCROLLS * _SCROLL_PX / _ROW_PX / 2, "the wheel did not move the rows"
    tasks: list[float] = await tab.page.evaluate("seen.tasksMs")
    return max(tasks, default=0.0)


def _add(report: Report, what: str, unit: str, ours: Sequence[float], limit: float) -> None:
    promise = f"≤ {limit:,.0f} {unit}"
    report.add(Line(what=what, log=NO_LOG, unit=unit, ours=ours, promise=promise, holds=median(ours) <= limit))
