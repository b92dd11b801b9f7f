"""Lag is told once it was measured, by the member that has the partition; counts grow by what was done since."""

from __future__ import annotations

from libs.eventlog.port import TopicPartition
from libs.projections.running import Figures
from libs.service.projection_metrics import export_figures
from libs.telemetry.metrics import REGISTRY

NAME = "lagging.model"
PLACES = [TopicPartition("t", 0), TopicPartition("t", 1)]


def lag_s() -> float | None:
    return REGISTRY.get_sample_value("waymark_projection_lag_seconds", {"projection": NAME})


def lag_records() -> list[float | None]:
    labels = ({"projection": NAME, "topic": "t", "partition": str(place.partition)} for place in PLACES)
    return [REGISTRY.get_sample_value("waymark_projection_lag_records", each) for each in labels]


def test_lag_is_absent_until_it_is_measured_and_once_a_partition_is_given_up() -> None:
    figures = Figures("lagging", "model")
    export_figures(figures)
    assert (lag_s(), lag_records()) == (None, [None, None])
    figures.behind_s, figures.lag = 0.0, {PLACES[0]: 0, PLACES[1]: 7}
    export_figures(figures)
    assert (lag_s(), lag_records()) == (0.0, [0.0, 7.0])
    figures.lag = {PLACES[1]: 2}
    export_figures(figures)
    assert lag_records() == [None, 2.0]


def test_a_runner_that_is_made_anew_counts_from_zero_and_is_counted_whole() -> None:
    for applied, grown in ((5, 5), (7, 7), (9, 9)):
        figures = Figures("restarted", "model", applied=applied)
        before = applied_total()
        export_figures(figures)
        assert applied_total() - before == grown
        export_figures(figures)
        figures.applied += 1
        export_figures(figures)
        assert applied_total() - before == grown + 1


def applied_total() -> float:
    labels = {"projection": "restarted.model"}
    return REGISTRY.get_sample_value("waymark_projection_records_applied_total", labels) or 0.0
