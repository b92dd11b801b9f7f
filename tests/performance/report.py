"""The table: one line for each promise and log, medians of interleaved rounds, ratios taken round by round.

A ratio is the median of each round's own ratio, so a machine that slows down between rounds moves both sides of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

NO_LOG = "–"
_HEAD = ("what", "log", "ours", "floor", "ours ÷ floor", "plain way", "ours ÷ plain", "beside it", "promise")
_LIST_HEAD = ("what", "ours", "COUNT + OFFSET", "ratio", "beside it", "promise")


@dataclass(frozen=True, slots=True)
class Line:
    """One promise on one log. Each figure is a value per round; `holds` says whether the promise was kept."""

    what: str
    log: str
    unit: str
    ours: Sequence[float]
    promise: str
    holds: bool
    floor: Sequence[float] = ()
    plain: Sequence[float] = ()
    beside: str = ""

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            self.what,
            self.log,
            show(self.ours, self.unit),
            show(self.floor, self.unit),
            _ratio_text(self.ours, self.floor),
            show(self.plain, self.unit),
            _ratio_text(self.ours, self.plain),
            self.beside,
            f"{self.promise}: {'kept' if self.holds else '**not kept**'}" if self.promise else "",
        )


@dataclass(slots=True)
class Report:
    """Lines in the order they were measured, printed as they come, and the resident sizes seen."""

    lines: list[Line] = field(default_factory=list)
    peaks_mib: dict[str, float] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Take a line and show it at once: a bench runs long."""
        self.lines.append(line)
        print(f"  {' | '.join(cell for cell in line.cells() if cell)}", flush=True)

    def note_peak(self, process: str, mib: float) -> None:
        """Keep the largest resident size of a kind of process."""
        self.peaks_mib[process] = max(mib, self.peaks_mib.get(process, 0.0))


def p99(values_ms: Sequence[float]) -> float:
    """The 99th percentile: the value that one in a hundred exceeds."""
    ordered = sorted(values_ms)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def ratio(ours: Sequence[float], other: Sequence[float]) -> float:
    """The median of the rounds' ratios; infinite when there is nothing to compare with."""
    pairs = [(a, b) for a, b in zip(ours, other, strict=True) if b]
    return median(a / b for a, b in pairs) if pairs else float("inf")


def show(values: Sequence[float], unit: str) -> str:
    """The median, and the span when there were several rounds."""
    if not values:
        return ""
    text = f"{_number(median(values))} {unit}"
    return text if len(values) == 1 else f"{text} ({_number(min(values))}–{_number(max(values))})"


def render(report: Report, *, heading: str, notes: Iterable[str]) -> str:
    """Heading, notes, tables and sizes as Markdown; what needs no log has a table of its own."""
    parts = [heading, "\n".join(f"- {note}" for note in notes)]
    logged = [line.cells() for line in report.lines if line.log != NO_LOG]
    if logged:
        parts.append(_table(_HEAD, logged))
    lists = [_without_log(line) for line in report.lines if line.log == NO_LOG]
    if lists:
        parts.append(_table(_LIST_HEAD, lists))
    sizes = [(name, f"{mib:.0f} MiB") for name, mib in sorted(report.peaks_mib.items())]
    if sizes:
        parts.append(_table(("process", "largest resident size"), sizes))
    return "\n\n".join(parts) + "\n"


def write_section(file: Path, text: str, *, of: str = "bench") -> None:
    """Replace what stands between a section's markers in the file, or add it at the end."""
    begin, end = f"<!-- {of}: begin -->", f"<!-- {of}: end -->"
    before, after = (file.read_text(encoding="utf-8") if file.exists() else "# Performance\n\n"), ""
    if begin in before and end in before:
        before, rest = before.split(begin, 1)
        after = rest.split(end, 1)[1]
    file.write_text(f"{before}{begin}\n\n{text}\n{end}{after or chr(10)}", encoding="utf-8")


def _without_log(line: Line) -> tuple[str, ...]:
    what, _, ours, peer, ratio_text, _, _, beside, promise = line.cells()
    return what, ours, peer, ratio_text, beside, promise


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _ratio_text(ours: Sequence[float], other: Sequence[float]) -> str:
    return f"{ratio(ours, other):.2f}" if other else ""


def _number(value: float) -> str:
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"
