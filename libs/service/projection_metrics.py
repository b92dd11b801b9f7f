"""Carries a runner's figures into the Prometheus metrics."""

from __future__ import annotations

import time

from libs.eventlog.port import TopicPartition
from libs.projections.running import Figures
from libs.telemetry import metrics


class _Counts:
    """What was already added to the counters, per projection."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], int] = {}

    def increase(self, projection: str, name: str, total: int) -> int:
        """Return how much `total` grew since the last call."""
        before = self._seen.get((projection, name), 0)
        self._seen[projection, name] = total
        return max(0, total - before)


_counts = _Counts()
_told: dict[str, frozenset[TopicPartition]] = {}


def export_figures(figures: Figures) -> None:
    """Set the gauges and advance the counters of one projection."""
    name = f"{figures.service}.{figures.name}"
    metrics.PROJECTION_RECORDS_APPLIED.labels(name).inc(_counts.increase(name, "applied", figures.applied))
    metrics.PROJECTION_RECORDS_PARKED.labels(name).inc(_counts.increase(name, "parked", figures.parked))
    if figures.parked_now is not None:
        metrics.PROJECTION_PARKED_NOW.labels(name).set(figures.parked_now)
    metrics.PROJECTION_RETRIES.labels(name).inc(_counts.increase(name, "retries", figures.retries))
    metrics.PROJECTION_ALIVE_TIMESTAMP_SECONDS.labels(name).set(time.time() - figures.silent_s)
    _export_lag(name, figures)


def _export_lag(name: str, figures: Figures) -> None:
    """Set the lags that were measured, and those alone: a partition that another member has now is its to tell of."""
    if figures.behind_s is not None:
        metrics.PROJECTION_LAG_SECONDS.labels(name).set(figures.behind_s)
    for place in _told.get(name, frozenset()) - figures.lag.keys():
        metrics.PROJECTION_LAG_RECORDS.remove(name, place.topic, str(place.partition))
    _told[name] = frozenset(figures.lag)
    for place, lag in figures.lag.items():
        metrics.PROJECTION_LAG_RECORDS.labels(name, place.topic, str(place.partition)).set(lag)
