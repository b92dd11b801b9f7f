"""Workflows: whether sessions begin and end, which tasks fail, and whether executors have room."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Dashboard, Row, Variable
from deploy.grafana.panels import GREEN, GREY, RED, Column, PanelLimits, Query, figure, lines, table

_TYPE: Final = 'type=~"$type"'
_ENDED: Final = "waymark_workflow_sessions_ended_total"
_ATTEMPTS: Final = "waymark_workflow_attempts_total"
_DURATION: Final = "waymark_workflow_attempt_duration_seconds_bucket"
_START_LIMITS: Final = PanelLimits(2, 5, alert="WaymarkWorkflowStartsLate")
_PROCESS: Final = "component, process, instance"
_EXECUTORS: Final = "{{component}} {{process}} {{instance}}"


def _attempts(outcome: str, by: str) -> str:
    return _used(f'sum by ({by}) (rate({_ATTEMPTS}{{{_TYPE},outcome=~"{outcome}"}}[$__rate_interval]))')


def _used(expr: str) -> str:
    """Return what `expr` says of the types that were used lately: executors tell of every type that there is."""
    return f"{expr} and on (type) (sum by (type) (increase({_ATTEMPTS}{{{_TYPE}}}[$__range])) > 0)"


def _of_executors(metric: str) -> str:
    """Return a gauge of the processes that run executors: every other one tells of 0."""
    return f'{_sum_by_process(metric)} and on ({_PROCESS}) waymark_job_failures_total{{name="workflows.executor"}}'


def _sum_by_process(metric: str) -> str:
    return f"sum by ({_PROCESS}) ({metric})"


_GLANCE: Final = Row(
    "At a glance",
    [
        figure(
            "Sessions ended",
            "Of all workflows, a minute.",
            "cpm",
            f"60 * sum(rate({_ENDED}[$__rate_interval]))",
        ),
        figure(
            "Sessions failed",
            "Share of the sessions that ended in the last hour. Workflows fail for their own reasons: the console's "
            "sessions name the task.",
            "percentunit",
            f'sum(increase({_ENDED}{{status="failed"}}[1h])) / sum(increase({_ENDED}[1h]))',
            limits=PanelLimits(0.1, None),
            decimals=1,
        ),
        figure(
            "Oldest start waiting",
            "Age of the oldest session of which no task has begun. From 10 s on, `/run` answers 503: start another "
            "executor.",
            "s",
            "max(waymark_workflow_start_oldest_seconds)",
            limits=_START_LIMITS,
        ),
        figure(
            "Tasks waiting",
            "Tasks that wait for their turn. Executors run as many at a time as WAYMARK_WORKFLOW_TASKS says.",
            "short",
            "sum(waymark_workflow_tasks_waiting)",
            limits=PanelLimits(1, 1_000),
        ),
        figure(
            "Callers waiting",
            "Callers of `/run` that wait for an answer, and streams of sessions. Each process has room for 5,000.",
            "short",
            "sum(waymark_workflow_callers_waiting)",
            limits=PanelLimits(4_000, 5_000),
        ),
        figure(
            "Executor begun anew",
            "Times in the last half hour that executor or matcher failed and was begun anew.",
            "short",
            'sum(increase(waymark_job_failures_total{name=~"workflows[.].*"}[30m]))',
            limits=PanelLimits(1, 3, alert="WaymarkJobFailing"),
            decimals=0,
        ),
    ],
)
_SESSIONS: Final = Row(
    "Sessions",
    [
        lines(
            "Sessions ended",
            "By status. A fall to zero while starts wait: nobody executes.",
            "cpm",
            Query(f"60 * sum by (status) (rate({_ENDED}[$__rate_interval]))", "{{status}}"),
            colors={"completed": GREEN, "failed": RED, "cancelled": GREY},
            stacked=True,
        ),
        lines(
            "Starts waiting",
            "Sessions that executors have, and of which no task has begun. `/run` answers 503 from 50,000 on.",
            "short",
            Query(_of_executors("waymark_workflow_starts_waiting"), _EXECUTORS),
            limits=PanelLimits(1_000, 50_000),
            many=True,
        ),
        lines(
            "Oldest start",
            "Age of the oldest of them, by executor.",
            "s",
            Query(_of_executors("waymark_workflow_start_oldest_seconds"), _EXECUTORS),
            limits=_START_LIMITS,
            many=True,
        ),
        lines(
            "Behind the log",
            "How far the model that shows sessions, and the reactor that records for tasks, are behind.",
            "s",
            Query(
                "max by (projection) (waymark_projection_lag_seconds{"
                'projection=~"workflows[.].*|gateway[.]workflow_tasks"})',
                "{{projection}}",
            ),
            limits=PanelLimits(10, 60, alert="WaymarkProjectionBehind"),
        ),
    ],
)
_TASKS: Final = Row(
    "Tasks",
    [
        lines(
            "Attempts",
            "Attempts that ended, by the task's type; `own` are the types that tenants made.",
            "ops",
            Query(_attempts("completed|retried|failed", "type"), "{{type}}"),
            stacked=True,
            many=True,
        ),
        lines(
            "Attempts failed or tried again",
            "By type. What rises for one type alone is usually what it calls: a mail server, a database, a receiver.",
            "ops",
            Query(_attempts("retried|failed", "type, outcome"), "{{type}}: {{outcome}}"),
            many=True,
        ),
        lines(
            "Attempt, p95",
            "By type; attempts that wait for a time, an event or other tasks are left out.",
            "s",
            Query(
                _used(f"histogram_quantile(0.95, sum by (type, le) (rate({_DURATION}{{{_TYPE}}}[$__rate_interval])))"),
                "{{type}}",
            ),
            many=True,
        ),
        table(
            "Types",
            "Of the chosen range.",
            {"type": "Type"},
            Column(
                title="Attempts", expr=f"sum by (type) (increase({_ATTEMPTS}{{{_TYPE}}}[$__range])) > 0", unit="short"
            ),
            Column(
                title="Failed",
                expr=f'sum by (type) (increase({_ATTEMPTS}{{{_TYPE},outcome="failed"}}[$__range]))'
                f" / (sum by (type) (increase({_ATTEMPTS}{{{_TYPE}}}[$__range])) > 0)",
                unit="percentunit",
                limits=PanelLimits(0.01, 0.1),
            ),
            Column(
                title="p95",
                expr=f"histogram_quantile(0.95, sum by (type, le) (rate({_DURATION}{{{_TYPE}}}[$__range]))) >= 0",
                unit="s",
            ),
            sort_by="Attempts",
        ),
    ],
)
_ROOM: Final = Row(
    "Room",
    [
        lines(
            "Tasks running",
            "At each executor. At WAYMARK_WORKFLOW_TASKS (200) further ones wait for their turn.",
            "short",
            Query(_of_executors("waymark_workflow_tasks_running"), _EXECUTORS),
            width=8,
        ),
        lines(
            "Sessions in memory",
            "At each executor, those that rest left out. At WAYMARK_WORKFLOW_SESSIONS (5,000) starts wait in the log.",
            "short",
            Query(_of_executors("waymark_workflow_sessions_held"), _EXECUTORS),
            limits=PanelLimits(4_000, 5_000),
            width=8,
        ),
        lines(
            "Callers waiting",
            "In each process that answers `/run`. At WAYMARK_WORKFLOW_CALLERS (5,000) further ones get 503.",
            "short",
            Query(
                f"{_sum_by_process('waymark_workflow_callers_waiting')} and on ({_PROCESS})"
                ' waymark_http_requests_in_flight{service="workflows"}',
                _EXECUTORS,
            ),
            limits=PanelLimits(4_000, 5_000),
            width=8,
        ),
    ],
)

DASHBOARD: Final = Dashboard(
    uid="waymark-workflows",
    title="Waymark · Workflows",
    description="Whether sessions begin and end, which tasks fail, and whether executors have room.",
    console="/workflows",
    rows=(_GLANCE, _SESSIONS, _TASKS, _ROOM),
    variables=(Variable("type", "Task type", _ATTEMPTS),),
)
