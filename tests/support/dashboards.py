"""The dashboards of `deploy/grafana` as a test reads them: panels, expressions, and what Grafana puts into these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

FOLDER: Final = Path(__file__).resolve().parents[2] / "deploy/grafana"
FILES: Final = {path.stem: path for path in sorted((FOLDER / "dashboards").glob("*.json"))}
_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, slots=True)
class Asked:
    """An expression of a panel as it stands in the file; `is_instant`: of now, not of the range."""

    panel: str
    expression: str
    legend: str
    is_instant: bool

    def name_of(self, labels: Mapping[str, str]) -> str:
        """Return what the legend calls a series. Raises KeyError for a label that the series has not."""
        return re.sub(r"\{\{(\w+)\}\}", lambda match: labels[match[1]], self.legend)

    def filled_in(self, values: Mapping[str, str]) -> str:
        """Return the expression with every variable replaced. Raises KeyError for one without a value."""
        return _VARIABLE.sub(lambda match: values[match[1]], self.expression)


def read_dashboard(name: str) -> dict[str, Any]:
    """Return a file's content."""
    document: dict[str, Any] = orjson.loads(FILES[name].read_bytes())
    return document


def panels_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the panels, without the rows."""
    return [panel for panel in document["panels"] if panel["type"] != "row"]


def asked_of(document: Mapping[str, Any]) -> Iterator[Asked]:
    """Yield the expressions of all panels."""
    for panel in panels_of(document):
        for target in panel["targets"]:
            yield Asked(panel["title"], target["expr"], target["legendFormat"], target["instant"])


def choices_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what Grafana puts in for each variable while all of its values are chosen."""
    return {one["name"]: one["allValue"] for one in document["templating"]["list"] if one["type"] == "query"}
