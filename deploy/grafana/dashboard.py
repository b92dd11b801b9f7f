"""A dashboard as Grafana reads it: rows of panels on a grid, variables, links to the others and to the console."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from deploy.grafana.panels import BLUE, DATASOURCE, RED, ROW_WIDTH, Json, Panel

TAG: Final = "waymark"
CONSOLE_ADDRESS: Final = "http://localhost:8080"
"""Where the console is unless somebody says otherwise at a dashboard's head."""
IN_RANGE: Final = "from=${__from:date:iso}&to=${__to:date:iso}"
"""The dashboard's range as the console's addresses have it."""
_SCHEMA_VERSION: Final = 41


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading, from left to right; they are as high as the first of them."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice of a label's values at a dashboard's head, several or all; `of` is a metric that has the label."""

    label: str
    title: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A dashboard; `uid` is part of its address and never changes, `console` is the console's page beside it."""

    uid: str
    title: str
    description: str
    console: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = ()

    def render(self) -> bytes:
        """Return the file."""
        document = {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": _SCHEMA_VERSION,
            "editable": True,
            "graphTooltip": 1,
            "timezone": "utc",
            "time": {"from": "now-6h", "to": "now"},
            "refresh": "30s",
            "annotations": {"list": _annotations()},
            "links": [_other_dashboards(), _console_link(self.console)],
            "templating": {"list": [_datasource(), *map(_choice, self.variables), _console_address()]},
            "panels": list(_placed(self.rows)),
        }
        return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _placed(rows: Sequence[Row]) -> Iterator[Json]:
    """Yield the rows and their panels, one below the other; panels that a line has no room for begin the next."""
    number, y = 0, 0
    for row in rows:
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "gridPos": {"h": 1, "w": ROW_WIDTH, "x": 0, "y": y},
            "panels": [],
        }
        x, y, height = 0, y + 1, 0
        for panel in row.panels:
            if x + panel.width > ROW_WIDTH:
                x, y, height = 0, y + height, 0
            number, height = number + 1, max(height, panel.height)
            yield panel.render(number, {"h": panel.height, "w": panel.width, "x": x, "y": y})
            x += panel.width
        y += height


def _datasource() -> Json:
    return {
        "name": "datasource",
        "type": "datasource",
        "label": "Data source",
        "query": "prometheus",
        "current": {},
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def _choice(variable: Variable) -> Json:
    values = f"label_values({variable.of}, {variable.label})"
    return {
        "name": variable.label,
        "type": "query",
        "label": variable.title,
        "datasource": DATASOURCE,
        "definition": values,
        "query": {"qryType": 1, "query": values, "refId": variable.label},
        "allValue": ".+",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "hide": 0,
        "includeAll": True,
        "multi": True,
        "options": [],
        "refresh": 2,
        "regex": "",
        "skipUrlSync": False,
        "sort": 1,
    }


def _console_address() -> Json:
    address = {"selected": True, "text": CONSOLE_ADDRESS, "value": CONSOLE_ADDRESS}
    return {
        "name": "console",
        "type": "textbox",
        "label": "Console at",
        "query": CONSOLE_ADDRESS,
        "current": address,
        "hide": 0,
        "options": [address],
        "skipUrlSync": False,
    }


def _annotations() -> list[Json]:
    return [
        _annotation("Alerts that fire", RED, 'ALERTS{alertstate="firing"}', "{{alertname}}", {}),
        _annotation(
            "Starts of processes",
            BLUE,
            'process_start_time_seconds{component=~".+"} * 1000',
            "{{component}} {{process}} starts",
            {"useValueForTime": True},
        ),
    ]


def _annotation(name: str, color: str, expr: str, title: str, more: Mapping[str, Json]) -> Json:
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": True,
        "expr": expr,
        "iconColor": color,
        "step": "30s",
        "titleFormat": title,
        **more,
    }


def _other_dashboards() -> Json:
    return {
        "type": "dashboards",
        "title": "Waymark",
        "tags": [TAG],
        "asDropdown": False,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "",
        "url": "",
    }


def _console_link(page: str) -> Json:
    return {
        "type": "link",
        "title": "Console",
        "tags": [],
        "asDropdown": False,
        "icon": "external link",
        "includeVars": False,
        "keepTime": False,
        "targetBlank": True,
        "tooltip": "What this is about, record by record, in the same range",
        "url": f"${{console}}/console{page}?{IN_RANGE}",
    }
