"""Carries a runner's figures into the Prometheus metrics."""

from __future__ import annotations

import time

from libs.eventlog.port import TopicPartition
from libs.projections.running import Figures
from libs.telemetry import metrics

_Totals = tuple[int, int, int]
_counted: dict[str, tuple[Figures, _Totals]] = {}
"""Of each projection, what the counters were advanced by so far; a runner that is made anew counts from 0 again."""
_told: dict[str, frozenset[TopicPartition]] = {}


def export_figures(figures: Figures) -> None:
    """Set the gauges and advance the counters of one projection."""
    name = f"{figures.service}.{figures.name}"
    applied, parked, retries = _growth(name, figures)
    metrics.PROJECTION_RECORDS_APPLIED.labels(name).inc(applied)
    metrics.PROJECTION_RECORDS_PARKED.labels(name).inc(parked)
    if figures.parked_now is not None:
        metrics.PROJECTION_PARKED_NOW.labels(name).set(figures.parked_now)
    metrics.PROJECTION_RETRIES.labels(name).inc(retries)
    metrics.PROJECTION_REBUILD_LEFT_RECORDS.labels(name).set(figures.rebuild_left)
    metrics.PROJECTION_ALIVE_TIMESTAMP_SECONDS.labels(name).set(time.time() - figures.silent_s)
    _export_lag(name, figures)


def _growth(name: str, figures: Figures) -> _Totals:
    """Return by how much records applied, records parked and retries grew since the last call with these figures."""
    known, before = _counted.get(name, (None, (0, 0, 0)))
    if known is not figures:
        before = (0, 0, 0)
    now = (figures.applied, figures.parked, figures.retries)
    _counted[name] = (figures, now)
    return (now[0] - before[0], now[1] - before[1], now[2] - before[2])


def _export_lag(name: str, figures: Figures) -> None:
    """Set the lags that were measured, and those alone: a partition that another member has now is its to tell of."""
    if figures.behind_s is not None:
        metrics.PROJECTION_LAG_SECONDS.labels(name).set(figures.behind_s)
    for place in _told.get(name, frozenset()) - figures.lag.keys():
        metrics.PROJECTION_LAG_RECORDS.remove(name, place.topic, str(place.partition))
    _told[name] = frozenset(figures.lag)
    for place, lag in figures.lag.items():
        metrics.PROJECTION_LAG_RECORDS.labels(name, place.topic, str(place.partition)).set(lag)
