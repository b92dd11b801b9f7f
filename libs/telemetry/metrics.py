"""Every Prometheus metric of the platform, with unit and meaning; nothing is measured that is not declared here.

Labels are bounded: route templates (never paths), projections, topics, partitions; no tenants and no users. None is
called `job`, `instance` or `component`: those are a target's. What counts a tenant's own objects is read where they are
stored (`services/monitoring/health/figures.py`), not measured here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

cast("Callable[[], None]", disable_created_metrics)()
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ATTEMPT_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_GROUP_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, registry=REGISTRY)


def _known_counter(name: str, meaning: str, **labels: Sequence[str]) -> Counter:
    """Declare a counter whose labels have known values: they are told from 0 on, so `rate` sees the first increment."""
    counter = _counter(name, meaning, *labels)
    for values in product(*labels.values()):
        counter.labels(*values)
    return counter


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, registry=REGISTRY)


def _seconds(name: str, meaning: str, *labels: str, buckets: Sequence[float] = _LATENCY_BUCKETS_S) -> Histogram:
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=buckets)


def _sizes(name: str, meaning: str, *labels: str) -> Histogram:
    return Histogram(name, meaning, labels, registry=REGISTRY, buckets=_GROUP_BUCKETS)


BUILD_INFO = _gauge("waymark_build_info", "1, labelled with the version that runs.", "version", "python")

CHECK_FAILING = _gauge("waymark_check_failing", "1 while this check of `/readyz` fails, 0 while it holds.", "check")

# Processes
EVENT_LOOP_LAG_SECONDS = _seconds(
    "waymark_event_loop_lag_seconds",
    "How much later than it was due the process came to a piece of work, tried four times a second, in seconds.",
)
LOG_LINES = _known_counter("waymark_log_lines_total", "Warnings and errors logged.", level=("warning", "error"))
DISK_FREE_BYTES = _gauge(
    "waymark_disk_free_bytes", "Bytes free where Waymark itself keeps data: the embedded database.", "disk"
)

# HTTP
HTTP_REQUEST_DURATION_SECONDS = _seconds(
    "waymark_http_request_duration_seconds",
    "From the request's head to the last byte of its answer, in seconds.",
    *("service", "method", "route", "status"),
)
HTTP_REQUESTS_IN_FLIGHT = _gauge(
    "waymark_http_requests_in_flight", "Requests being answered at this moment.", "service"
)
HTTP_BODY_BYTES_HELD = _gauge("waymark_http_body_bytes_held", "Bytes of request bodies in memory at this moment.")

# Gateway
GATEWAY_RECORDS_APPENDED = _counter(
    "waymark_gateway_records_appended_total", "Records the log acknowledged to the gateway.", "topic"
)
GATEWAY_RECORDS_REFUSED = _known_counter(
    "waymark_gateway_records_refused_total", "Records the gateway refused, by the answer's code.", code=("unavailable",)
)
GATEWAY_GROUP_SIZE = _sizes("waymark_gateway_group_size_records", "Interactions numbered by one group commit.")
GATEWAY_GROUP_DURATION_SECONDS = _seconds(
    "waymark_gateway_group_duration_seconds", "Time one group commit of numbers took, in seconds."
)
GATEWAY_APPEND_DURATION_SECONDS = _seconds(
    "waymark_gateway_append_duration_seconds", "Time from append to the log's acknowledgement, in seconds."
)
GATEWAY_WAITING = _gauge("waymark_gateway_waiting_records", "Records waiting for a number or an acknowledgement.")
GATEWAY_NUMBERS_VOIDED = _counter("waymark_gateway_numbers_voided_total", "Interaction numbers declared voided.")

# Projections
PROJECTION_LAG_RECORDS = _gauge(
    "waymark_projection_lag_records",
    "Records in the log that the projection has not applied yet.",
    *("projection", "topic", "partition"),
)
PROJECTION_LAG_SECONDS = _gauge(
    "waymark_projection_lag_seconds",
    "How far the accept time of what is applied lies back, in seconds; 0 when level.",
    "projection",
)
PROJECTION_RECORDS_APPLIED = _counter(
    "waymark_projection_records_applied_total", "Records applied (repeats included).", "projection"
)
PROJECTION_RECORDS_PARKED = _counter(
    "waymark_projection_records_parked_total", "Records set aside because they could not be applied.", "projection"
)
PROJECTION_PARKED_NOW = _gauge(
    "waymark_projection_parked_records",
    "Records set aside at this moment: neither replayed nor discarded yet.",
    "projection",
)
PROJECTION_BATCH_SIZE = _sizes("waymark_projection_batch_size_records", "Records of one batch.", "projection")
PROJECTION_BATCH_DURATION_SECONDS = _seconds(
    "waymark_projection_batch_duration_seconds", "Time one batch's transaction took, in seconds.", "projection"
)
PROJECTION_RETRIES = _counter(
    "waymark_projection_retries_total", "Batches rolled back and tried again after a transient failure.", "projection"
)
PROJECTION_REBUILD_LEFT_RECORDS = _gauge(
    "waymark_projection_rebuild_left_records",
    "Records that a rebuild of the projection has to read yet; 0 when none is under way.",
    "projection",
)
JOB_FAILURES = _counter("waymark_job_failures_total", "Failures after which a job was begun anew.", "name")
PROJECTION_ALIVE_TIMESTAMP_SECONDS = _gauge(
    "waymark_projection_alive_timestamp_seconds",
    "When the projection last asked the log for records, in seconds since the epoch.",
    "projection",
)

# Matching
MONITORING_VERSIONS_MISSING = _counter(
    "waymark_monitoring_versions_missing_total",
    "Versions of critical interactions that steps name and the database has not: no match is opened with them.",
)

# Webhooks
WEBHOOK_DELIVERIES = _known_counter(
    "waymark_webhook_deliveries_total",
    "Attempts to deliver a message to a webhook, by outcome: delivered, retried later, failed for good.",
    outcome=("delivered", "retried", "failed"),
)
WEBHOOK_DELIVERIES_WAITING = _gauge(
    "waymark_webhook_deliveries_waiting", "Messages to webhooks that are not delivered yet, of all processes."
)

# Alerts
ALERT_EVALUATIONS = _known_counter(
    "waymark_alert_evaluations_total",
    "Evaluations of alert rules, by the state that they came to: no_data, ok, pending, firing, or failed.",
    outcome=("no_data", "ok", "pending", "firing", "failed"),
)
ALERT_EVALUATION_LAG_SECONDS = _gauge(
    "waymark_alert_evaluation_lag_seconds",
    "For how long the alert rule has been due that has been for longest, in seconds.",
)

# Behavioural metrics
METRIC_RUNS = _known_counter(
    "waymark_metric_runs_total",
    "Attempts at runs of behavioural metrics, by kind and outcome: done, retried later, failed for good.",
    kind=("backfill", "manual", "scheduled"),
    outcome=("done", "retried", "failed"),
)
METRIC_RUN_LAG_SECONDS = _gauge(
    "waymark_metric_run_lag_seconds", "For how long the run has been due that has been for longest, in seconds."
)
METRIC_VALUER_LAG_SECONDS = _gauge(
    "waymark_metric_valuer_lag_seconds",
    "For how long values of realtime metrics have been waiting to be computed, in seconds; 0 when none is.",
)
METRIC_VALUES_UNPUBLISHED = _gauge(
    "waymark_metric_values_unpublished",
    "Values of behavioural metrics whose change is not in the log yet; 10,000 when there are as many or more.",
)

# Workflows
WORKFLOW_STARTS_WAITING = _gauge(
    "waymark_workflow_starts_waiting", "Sessions whose start this executor has, and of which no task has begun."
)
WORKFLOW_START_OLDEST_SECONDS = _gauge(
    "waymark_workflow_start_oldest_seconds", "Age of the oldest of them, in seconds; 0 when there is none."
)
WORKFLOW_SESSIONS_ENDED = _known_counter(
    "waymark_workflow_sessions_ended_total", "Sessions ended, by status.", status=("completed", "failed", "cancelled")
)
WORKFLOW_ATTEMPTS = _counter(
    "waymark_workflow_attempts_total",
    "Attempts at tasks that ended, by outcome (completed, retried later, failed for good) and the task's type:"
    " a built-in one, or `own` for those of tenants.",
    *("type", "outcome"),
)
WORKFLOW_ATTEMPT_DURATION_SECONDS = _seconds(
    "waymark_workflow_attempt_duration_seconds",
    "Time an attempt took, in seconds; those that waited, for a time, an event or other tasks, are left out.",
    "type",
    buckets=_ATTEMPT_BUCKETS_S,
)
WORKFLOW_TASKS_RUNNING = _gauge("waymark_workflow_tasks_running", "Tasks that this executor runs at this moment.")
WORKFLOW_TASKS_WAITING = _gauge("waymark_workflow_tasks_waiting", "Tasks that wait for their turn at this executor.")
WORKFLOW_SESSIONS_HELD = _gauge(
    "waymark_workflow_sessions_held", "Sessions that this executor has in memory, those that rest left out."
)
WORKFLOW_CALLERS_WAITING = _gauge(
    "waymark_workflow_callers_waiting", "Callers that wait for sessions, or follow them, at this moment."
)

# Streams
QUERIES_STREAMS_OPEN = _gauge(
    "waymark_queries_streams_open", "Streams (SSE) of events and of interactions that are open at this moment."
)
QUERIES_STREAMS_LIMIT = _gauge("waymark_queries_streams_limit", "The most streams that this process may have open.")

# Replicas, outbox, database
REPLICA_LAG_RECORDS = _gauge(
    "waymark_replica_lag_records", "Records the in-memory replica of a compacted topic is behind.", "topic"
)
OUTBOX_BACKLOG_ROWS = _gauge("waymark_outbox_backlog_rows", "Outbox rows not yet in the log.", "service")
OUTBOX_OLDEST_SECONDS = _gauge(
    "waymark_outbox_oldest_seconds", "Age of the oldest outbox row not yet in the log, in seconds.", "service"
)
POOL_CONNECTIONS = _gauge(
    "waymark_pool_connections", "Database connections of a pool, by state (idle, used).", "pool", "state"
)
POOL_CONNECTIONS_LIMIT = _gauge("waymark_pool_connections_limit", "The most connections a pool may have.", "pool")
DATABASE_FAILURES = _known_counter(
    "waymark_database_failures_total",
    "Times the database was away: no connection could be had in time (unconnected), or one was lost (lost).",
    failure=("unconnected", "lost"),
)

# Authentication
AUTHENTICATIONS = _known_counter(
    "waymark_authentications_total", "Credentials judged, by outcome.", outcome=("accepted", "refused")
)
