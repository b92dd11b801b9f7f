"""Writes the dashboards: a file for each definition."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Dashboard
from deploy.grafana.definitions import door, interactions, log, processes, projections, workflows

DASHBOARDS: Final[dict[str, Dashboard]] = {
    module.__name__.rpartition(".")[2]: module.DASHBOARD
    for module in (door, projections, log, interactions, workflows, processes)
}
"""By the name of the file."""


def dashboard_files() -> dict[str, bytes]:
    """Return the files of `dashboards/` by their names."""
    return {f"{name}.json": dashboard.render() for name, dashboard in DASHBOARDS.items()}
