"""The panels of our dashboards: a few kinds, each with one look, so that a colour means the same on all of them.

Green is well, yellow is to be watched, red is to be acted on; percentiles of one figure are blue, purple and orange.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any

DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
"""The data source that is chosen at a dashboard's head."""
GREEN, YELLOW, RED, BLUE, PURPLE, ORANGE, GREY = "green", "yellow", "red", "blue", "purple", "orange", "#8e8e8e"
PERCENTILES: Final = {"p50": BLUE, "p95": PURPLE, "p99": ORANGE}
ROW_WIDTH: Final = 24


@dataclass(frozen=True, slots=True)
class Query:
    """An expression, and how its series are called: a text with labels in double braces."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class PanelLimits:
    """From where on a value is to be watched, and from where on somebody is to act; `falling`: the lower, the worse.

    `alert` is the rule that says the same of `act`.
    """

    watch: float | None
    act: float | None
    falling: bool = False
    alert: str | None = None

    def thresholds(self) -> Json:
        """Return the limits as Grafana has them."""
        return {"mode": "absolute", "steps": self.steps()}

    def steps(self) -> list[Json]:
        """Return Grafana's steps."""
        above = [(YELLOW, self.watch), (RED, self.act)]
        named = [(color, value) for color, value in above if value is not None]
        if not self.falling:
            return [_step(GREEN, None), *(_step(color, value) for color, value in named)]
        worst_first = named[::-1]
        colors = [color for color, _ in worst_first] + [GREEN]
        values = [None, *(value for _, value in worst_first)]
        return [_step(color, value) for color, value in zip(colors, values, strict=True)]


NO_LIMITS: Final = PanelLimits(None, None)
ANY_IS_BAD: Final = PanelLimits(None, 1e-9)
"""The limits of what ought to be zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel: what it asks, and what is said about it. `details` are the fields that its kind has beside these."""

    kind: str
    title: str
    description: str
    unit: str
    queries: Sequence[Query]
    width: int
    height: int
    details: Mapping[str, Json] = field(default_factory=dict)
    limits: PanelLimits = NO_LIMITS
    is_instant: bool = False
    overrides: Sequence[Json] = ()
    links: Sequence[Json] = ()

    def render(self, number: int, place: Mapping[str, int]) -> Json:
        """Return the panel as Grafana reads it."""
        details = dict(self.details)
        defaults = {"unit": self.unit, "mappings": [], **details.pop("defaults")}
        if self.links:
            defaults["links"] = list(self.links)
        return {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "datasource": DATASOURCE,
            "gridPos": place,
            "fieldConfig": {"defaults": defaults, "overrides": list(self.overrides)},
            **details,
            "targets": [self._target(at, query) for at, query in enumerate(self.queries)],
        }

    def _target(self, at: int, query: Query) -> Json:
        return {
            "refId": _ref_id(at),
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query.expr,
            "format": "table" if self.kind == "table" else "time_series",
            "instant": self.is_instant,
            "legendFormat": query.legend,
            "range": not self.is_instant,
        }

    def linked(self, title: str, url: str) -> Panel:
        """Return the panel with a link at each of its series or rows."""
        return replace(self, links=(*self.links, {"title": title, "url": url, "targetBlank": True}))


def figure(
    title: str,
    description: str,
    unit: str,
    expr: str,
    *,
    limits: PanelLimits = NO_LIMITS,
    decimals: int | None = None,
    width: int = 4,
    height: int = 4,
) -> Panel:
    """Return a panel of one figure, with its course behind it."""
    defaults: dict[str, Json] = {
        "color": {"mode": "thresholds"},
        "noValue": "–",
        "thresholds": limits.thresholds(),
    }
    if limits == NO_LIMITS:
        defaults["color"] = {"mode": "fixed", "fixedColor": BLUE}
    if decimals is not None:
        defaults["decimals"] = decimals
    return Panel(
        kind="stat",
        title=title,
        description=description,
        unit=unit,
        queries=(Query(expr, title),),
        limits=limits,
        width=width,
        height=height,
        details={
            "defaults": defaults,
            "options": {
                "colorMode": "value",
                "graphMode": "area",
                "justifyMode": "auto",
                "orientation": "auto",
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                "textMode": "value",
                "wideLayout": True,
            },
        },
    )


def lines(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    limits: PanelLimits = NO_LIMITS,
    colors: Mapping[str, str] | None = None,
    stacked: bool = False,
    many: bool = False,
    width: int = 12,
) -> Panel:
    """Return a panel of lines over time.

    `colors` are of series by their names. `many` series have a legend with their last and highest values.
    """
    custom: dict[str, Json] = {
        "axisPlacement": "auto",
        "drawStyle": "line",
        "fillOpacity": 30 if stacked else 8,
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "pointSize": 4,
        "showPoints": "auto",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
        "thresholdsStyle": {"mode": "off" if limits in (NO_LIMITS, ANY_IS_BAD) else "dashed"},
    }
    beside = "right" if width >= ROW_WIDTH // 2 else "bottom"
    legend = {"calcs": ["lastNotNull", "max"], "displayMode": "table", "placement": beside, "showLegend": True}
    if not many:
        legend = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
    return Panel(
        kind="timeseries",
        title=title,
        description=description,
        unit=unit,
        queries=queries,
        limits=limits,
        width=width,
        height=8,
        details={
            "defaults": {
                "color": {"mode": "palette-classic-by-name"},
                "custom": custom,
                "min": 0,
                "thresholds": limits.thresholds(),
            },
            "options": {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}},
        },
        overrides=[_colored(name, color) for name, color in (colors or {}).items()],
    )


def percentiles(
    title: str, description: str, metric: str, *, limits: PanelLimits = NO_LIMITS, where: str = "", width: int = 12
) -> Panel:
    """Return the percentiles of a histogram of seconds."""
    rate = f"sum by (le) (rate({metric}_bucket{where}[$__rate_interval]))"
    queries = [
        Query(f"histogram_quantile({fraction}, {rate})", name)
        for name, fraction in zip(PERCENTILES, ("0.5", "0.95", "0.99"), strict=True)
    ]
    return lines(title, description, "s", *queries, limits=limits, colors=PERCENTILES, width=width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of values of a table: its title, the expression, the unit, from where on it is marked."""

    title: str
    expr: str
    unit: str
    limits: PanelLimits = NO_LIMITS


def table(
    title: str,
    description: str,
    labels: Mapping[str, str],
    *columns: Column,
    sort_by: str,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Return a table of what is now: a row for each set of `labels` (label → title), the highest of `sort_by` first."""
    names = {_value_name(at, len(columns)): column for at, column in enumerate(columns)}
    renamed = {**labels, **{name: column.title for name, column in names.items()}}
    return Panel(
        kind="table",
        title=title,
        description=description,
        unit=columns[0].unit,
        queries=[Query(column.expr) for column in columns],
        width=width,
        height=height,
        is_instant=True,
        details={
            "defaults": {
                "color": {"mode": "thresholds"},
                "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": False},
                "thresholds": NO_LIMITS.thresholds(),
            },
            "options": {"cellHeight": "sm", "showHeader": True, "sortBy": [{"displayName": sort_by, "desc": True}]},
            "transformations": [
                {"id": "merge", "options": {}},
                {
                    "id": "organize",
                    "options": {
                        "excludeByName": {"Time": True},
                        "indexByName": {name: at for at, name in enumerate(renamed)},
                        "renameByName": renamed,
                    },
                },
            ],
        },
        overrides=[_of_column(column) for column in columns],
    )


def _value_name(at: int, count: int) -> str:
    return "Value" if count == 1 else f"Value #{_ref_id(at)}"


def _ref_id(at: int) -> str:
    """Return Grafana's letter for the query at that place."""
    return "ABCDEFGH"[at]


def _of_column(column: Column) -> Json:
    properties: list[Json] = [{"id": "unit", "value": column.unit}]
    if column.limits != NO_LIMITS:
        properties += [
            {"id": "thresholds", "value": column.limits.thresholds()},
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        ]
    return {"matcher": {"id": "byName", "options": column.title}, "properties": properties}


def _colored(name: str, color: str) -> Json:
    fixed = {"mode": "fixed", "fixedColor": color}
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": "color", "value": fixed}]}


def _step(color: str, value: float | None) -> Json:
    return {"color": color, "value": value}
