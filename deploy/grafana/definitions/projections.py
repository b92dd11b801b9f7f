"""Projections: whether read models, reactors and jobs keep up with the log, and what they could not apply."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Dashboard, Row, Variable
from deploy.grafana.panels import ANY_IS_BAD, GREEN, ORANGE, RED, Column, PanelLimits, Query, figure, lines, table

_CHOSEN: Final = '{projection=~"$projection"}'
_LAG: Final = f"waymark_projection_lag_seconds{_CHOSEN}"
_LAG_RECORDS: Final = f"waymark_projection_lag_records{_CHOSEN}"
_PARKED: Final = f"waymark_projection_parked_records{_CHOSEN}"
_REBUILD: Final = f"waymark_projection_rebuild_left_records{_CHOSEN}"
_ALIVE: Final = f"max_over_time(waymark_projection_alive_timestamp_seconds{_CHOSEN}[1h])"
"""When each was last heard of: of a process that has gone, for an hour yet."""
_SILENT: Final = f"time() - max by (projection) ({_ALIVE})"
_LAG_LIMITS: Final = PanelLimits(10, 60, alert="WaymarkProjectionBehind")
_SILENT_LIMITS: Final = PanelLimits(30, 120, alert="WaymarkProjectionStalled")


def _rate(metric: str) -> str:
    return f"sum by (projection) (rate({metric}{_CHOSEN}[$__rate_interval]))"


_GLANCE: Final = Row(
    "At a glance",
    [
        figure(
            "Furthest behind",
            "How old the newest record is that the slowest projection has applied; 0 when all are level.",
            "s",
            f"max({_LAG})",
            limits=_LAG_LIMITS,
        ),
        figure(
            "Records waiting",
            "Records that projections have not applied yet, each projection's counted.",
            "short",
            f"sum(max by (projection, topic, partition) ({_LAG_RECORDS}))",
            limits=PanelLimits(10_000, 1_000_000),
        ),
        figure(
            "Longest silent",
            "How long ago the projection that has been silent for longest asked the log for records. It ought to ask "
            "several times a second.",
            "s",
            f"max({_SILENT})",
            limits=_SILENT_LIMITS,
        ),
        figure(
            "Parked",
            "Records set aside because they could not be applied, and not replayed or discarded yet: "
            "`waymark dead-letters list`.",
            "short",
            f"sum(max by (projection) ({_PARKED}))",
            limits=ANY_IS_BAD,
        ),
        figure(
            "Left to rebuild",
            "Records that rebuilds have to read yet; 0 when none is under way.",
            "short",
            f"sum(max by (projection) ({_REBUILD}))",
        ),
        figure(
            "Jobs begun anew",
            "Failures after which a job was begun anew, in the last half hour. `/readyz` of its process has the error.",
            "short",
            "sum(increase(waymark_job_failures_total[30m]))",
            limits=PanelLimits(1, 3, alert="WaymarkJobFailing"),
            decimals=0,
        ),
    ],
)
_BEHIND: Final = Row(
    "Behind the log",
    [
        lines(
            "Behind, in time",
            "How old the newest applied record is while others wait. It grows: the database is slow, the process is "
            "busy, or it stands still.",
            "s",
            Query(f"max by (projection) ({_LAG})", "{{projection}}"),
            limits=_LAG_LIMITS,
            many=True,
        ),
        lines(
            "Behind, in records",
            "Records in the log that are not applied. A rebuild or an import shows here and goes down by itself.",
            "short",
            Query(f"sum by (projection) (max by (projection, topic, partition) ({_LAG_RECORDS}))", "{{projection}}"),
            many=True,
        ),
        lines(
            "Silent for",
            "Since the projection last asked the log for records. What grows stands still: its process is gone or "
            "hangs, or the log does not answer. Shown for an hour after it was last heard of.",
            "s",
            Query(_SILENT, "{{projection}}"),
            limits=_SILENT_LIMITS,
            many=True,
        ),
        table(
            "Partitions behind",
            "Where records wait now. One partition far ahead of the others: one key has most of the traffic.",
            {"projection": "Projection", "topic": "Topic", "partition": "Partition"},
            Column(
                title="Records",
                expr=f"topk(15, max by (projection, topic, partition) ({_LAG_RECORDS}))",
                unit="short",
                limits=PanelLimits(10_000, 1_000_000),
            ),
            sort_by="Records",
        ),
    ],
)
_WORK: Final = Row(
    "Work",
    [
        lines(
            "Records applied",
            "By projection, those read again included. What is behind and applies nothing is stuck.",
            "recps",
            Query(_rate("waymark_projection_records_applied_total"), "{{projection}}"),
            many=True,
        ),
        lines(
            "Batch, p95",
            "What the transaction of a batch takes. It grows with the database's load, before anything falls behind.",
            "s",
            Query(
                "histogram_quantile(0.95, sum by (projection, le) "
                f"(rate(waymark_projection_batch_duration_seconds_bucket{_CHOSEN}[$__rate_interval])))",
                "{{projection}}",
            ),
            limits=PanelLimits(1, 5),
            many=True,
        ),
        lines(
            "Batches tried again",
            "Rolled back after a failure that passes: a lost connection, a deadlock. Now and then is well, steadily "
            "is a database in trouble.",
            "cps",
            Query(_rate("waymark_projection_retries_total"), "{{projection}}"),
            many=True,
        ),
        lines(
            "Records left to rebuild",
            "By projection. It goes down while the old generation serves; a line that stands still wants a look at the "
            "log of the projections' process.",
            "short",
            Query(f"max by (projection) ({_REBUILD})", "{{projection}}"),
            many=True,
        ),
    ],
)
_ASIDE: Final = Row(
    "Set aside and failed",
    [
        lines(
            "Records parked now",
            "By projection: neither replayed nor discarded yet. Beyond a tenth of recent records a projection stops.",
            "short",
            Query(f"max by (projection) ({_PARKED})", "{{projection}}"),
            many=True,
            width=8,
        ),
        lines(
            "Failures of jobs",
            "By job, in each interval. A job is begun anew after a pause that grows.",
            "short",
            Query("sum by (name) (increase(waymark_job_failures_total[$__rate_interval]))", "{{name}}"),
            many=True,
            width=8,
        ),
        lines(
            "Versions missing",
            "Versions of critical interactions that steps in the log name and the database lost: of those there are no "
            "results. Restore the database, or define them anew.",
            "short",
            Query("sum(increase(waymark_monitoring_versions_missing_total[$__rate_interval]))", "missing"),
            width=8,
        ),
    ],
)
_METRICS: Final = Row(
    "Behavioural metrics",
    [
        lines(
            "Realtime values late by",
            "How long values of realtime metrics have been waiting to be computed.",
            "s",
            Query("max(waymark_metric_valuer_lag_seconds)", "late by"),
            limits=PanelLimits(10, 60, alert="WaymarkMetricValuesLate"),
            width=6,
        ),
        lines(
            "Runs late by",
            "How long the run has been due that has been due for longest: more are due than are worked off.",
            "s",
            Query("max(waymark_metric_run_lag_seconds)", "late by"),
            limits=PanelLimits(300, 1_800, alert="WaymarkMetricRunsLate"),
            width=6,
        ),
        lines(
            "Runs",
            "Attempts that ended. What failed for good leaves values as they were: the metric's runs say why.",
            "cps",
            Query("sum by (outcome) (rate(waymark_metric_runs_total[$__rate_interval]))", "{{outcome}}"),
            colors={"done": GREEN, "retried": ORANGE, "failed": RED},
            width=6,
        ),
        lines(
            "Values not published",
            "Changed values that are not in the log yet, 10,000 at most. Subscribers hear of them late.",
            "short",
            Query("max(waymark_metric_values_unpublished)", "values"),
            limits=PanelLimits(1_000, 5_000, alert="WaymarkMetricValuesUnpublished"),
            width=6,
        ),
    ],
)

DASHBOARD: Final = Dashboard(
    uid="waymark-projections",
    title="Waymark · Projections",
    description="Whether read models, reactors and jobs keep up with the log, and what they could not apply.",
    console="/system",
    rows=(_GLANCE, _BEHIND, _WORK, _ASIDE, _METRICS),
    variables=(Variable("projection", "Projection", "waymark_projection_alive_timestamp_seconds"),),
)
