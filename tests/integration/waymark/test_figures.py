"""Every metric, driven to a known figure by the part that keeps it, and read with its labels as Prometheus reads it."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version

import pytest

from libs.contracts.topics import EVENTS, INTERACTIONS
from libs.httpkit.errors import Conflict, Unauthenticated, Unprocessable
from libs.telemetry.exposition import render_metrics
from libs.telemetry.metrics import REGISTRY
from services.gateway.interactions.routes import SINGLE_PATH
from services.gateway.otlp.recorder import REFUSED_CODE
from tests.support.figures import gateway, metrics, monitoring, parts, projections, workflows
from tests.support.projections import TOPIC

Drive = Callable[[str], AbstractAsyncContextManager[None]]
"""Drives a part, on a database of its own, to the figures that are read inside the block."""
_GROWING = ("_total", "_count", "_sum")
_NOW_S = time.time()


def about(value: float) -> object:
    """Equals the value, give or take what a run of all tests takes."""
    return pytest.approx(value, abs=3_600)


def appended(topic: str) -> str:
    return f'waymark_gateway_records_appended_total{{topic="{topic}"}}'


def refused(code: str) -> str:
    return f'waymark_gateway_records_refused_total{{code="{code}"}}'


def answered(service: str, method: str, route: str, status: int) -> str:
    labels = f'method="{method}",route="{route}",service="{service}",status="{status}"'
    return f"waymark_http_request_duration_seconds_count{{{labels}}}"


def attempts(kind: str, outcome: str) -> str:
    return f'waymark_metric_runs_total{{kind="{kind}",outcome="{outcome}"}}'


def ended(status: str) -> str:
    return f'waymark_workflow_sessions_ended_total{{status="{status}"}}'


def task_attempts(type_: str, outcome: str) -> str:
    return f'waymark_workflow_attempts_total{{outcome="{outcome}",type="{type_}"}}'


def of_projection(name: str) -> str:
    return f'waymark_projection_{name}{{projection="toys.sums"}}'


def lag(partition: int) -> str:
    labels = f'partition="{partition}",projection="toys.sums",topic="{TOPIC.name}"'
    return f"waymark_projection_lag_records{{{labels}}}"


FIGURES: dict[Drive, Mapping[str, object]] = {
    parts.a_process_that_runs: {
        f'waymark_build_info{{python="{platform.python_version()}",version="{version("waymark")}"}}': 1,
    },
    parts.a_loop_held_up_for_long: {
        "waymark_event_loop_lag_seconds_sum": pytest.approx(parts.HELD_UP_S, abs=parts.HELD_UP_S / 2),
    },
    parts.two_warnings_and_an_error_logged: {
        'waymark_log_lines_total{level="warning"}': 2,
        'waymark_log_lines_total{level="error"}': 1,
    },
    parts.a_disk_with_three_mib_left: {'waymark_disk_free_bytes{disk="database"}': 3 * 1_048_576},
    parts.a_database_that_was_full_and_one_connection_lost: {
        'waymark_database_failures_total{failure="unconnected"}': 1,
        'waymark_database_failures_total{failure="lost"}': 1,
    },
    parts.a_scrape_of_two_checks_of_which_one_fails: {
        'waymark_check_failing{check="figured relay"}': 1,
        'waymark_check_failing{check="figured log"}': 0,
    },
    parts.two_requests_answered_and_one_under_way: {
        answered("figured", "GET", "/things/{thing}", 200): 1,
        answered("figured", "GET", "none", 404): 1,
        'waymark_http_requests_in_flight{service="figured"}': 1,
    },
    parts.two_bodies_held: {"waymark_http_body_bytes_held": 750},
    parts.a_pool_of_three_with_one_in_use: {
        'waymark_pool_connections{pool="figured",state="idle"}': 2,
        'waymark_pool_connections{pool="figured",state="used"}': 1,
        'waymark_pool_connections_limit{pool="figured"}': 3,
    },
    parts.three_rows_in_an_outbox: {
        'waymark_outbox_backlog_rows{service="figured"}': 3,
        'waymark_outbox_oldest_seconds{service="figured"}': about(parts.OLDEST_S),
    },
    parts.a_replica_two_records_behind: {'waymark_replica_lag_records{topic="figured"}': 2},
    parts.two_streams_open: {
        "waymark_queries_streams_open": 2,
        "waymark_queries_streams_limit": parts.STREAMS_AT_MOST,
    },
    gateway.five_records_wait: {"waymark_gateway_waiting_records": 5},
    gateway.four_reserve_of_which_one_is_refused: {
        appended(INTERACTIONS.name): 3,
        "waymark_gateway_append_duration_seconds_count": 1,
        "waymark_gateway_group_duration_seconds_count": 1,
        "waymark_gateway_group_size_records_count": 1,
        "waymark_gateway_group_size_records_sum": 4,
        "waymark_gateway_numbers_voided_total": 1,
        "waymark_gateway_waiting_records": 0,
    },
    gateway.three_in_one_transaction_of_which_one_repeats: {
        appended(INTERACTIONS.name): 2,
        "waymark_gateway_group_size_records_sum": 3,
    },
    gateway.three_events_of_which_one_repeats_and_two_more_are_refused: {
        appended(EVENTS.name): 2,
        "waymark_gateway_append_duration_seconds_count": 2,
        refused(Conflict.code): 1,
        refused(Unprocessable.code): 1,
    },
    gateway.three_spans_of_which_one_is_refused: {appended(EVENTS.name): 2, refused(REFUSED_CODE): 1},
    gateway.three_requests_at_the_door_of_which_one_has_a_wrong_key: {
        'waymark_authentications_total{outcome="accepted"}': 2,
        'waymark_authentications_total{outcome="refused"}': 1,
        refused(Unauthenticated.code): 1,
        answered("gateway", "POST", SINGLE_PATH, 201): 2,
        answered("gateway", "POST", SINGLE_PATH, 401): 1,
    },
    monitoring.a_job_that_failed_once: {'waymark_job_failures_total{name="toys.counting"}': 1},
    monitoring.two_versions_missing: {"waymark_monitoring_versions_missing_total": 2},
    monitoring.two_rules_evaluated_and_one_due_for_long: {
        'waymark_alert_evaluations_total{outcome="firing"}': 1,
        'waymark_alert_evaluations_total{outcome="no_data"}': 1,
        "waymark_alert_evaluation_lag_seconds": about(parts.OLDEST_S),
    },
    monitoring.three_attempts_to_deliver_two_messages_and_two_more_that_wait: {
        'waymark_webhook_deliveries_total{outcome="retried"}': 1,
        'waymark_webhook_deliveries_total{outcome="delivered"}': 1,
        'waymark_webhook_deliveries_total{outcome="failed"}': 1,
        "waymark_webhook_deliveries_waiting": 2,
    },
    metrics.a_run_done_and_one_that_failed_at_each_attempt: {
        attempts("backfill", "done"): 1,
        attempts("manual", "retried"): metrics.RETRIES,
        attempts("manual", "failed"): 1,
    },
    metrics.a_run_due_for_long_behind_another_of_its_tenant: {"waymark_metric_run_lag_seconds": about(parts.OLDEST_S)},
    metrics.a_valuer_behind_for_long_that_waits_for_an_edition: {
        "waymark_metric_valuer_lag_seconds": about(parts.OLDEST_S),
    },
    metrics.three_values_that_the_log_does_not_take: {"waymark_metric_values_unpublished": 3},
    workflows.two_starts_that_wait_for_long: {
        "waymark_workflow_starts_waiting": 2,
        "waymark_workflow_start_oldest_seconds": about(parts.OLDEST_S),
    },
    workflows.three_sessions_ended_and_one_that_runs_its_tasks_one_at_a_time: {
        **{ended(status): 1 for status in ("completed", "failed", "cancelled")},
        task_attempts("own", "retried"): 1,
        task_attempts("own", "completed"): 1,
        task_attempts("delay", "completed"): 1,
        task_attempts("call-workflow", "failed"): 1,
        'waymark_workflow_attempt_duration_seconds_count{type="own"}': 2,
        'waymark_workflow_attempt_duration_seconds_count{type="call-workflow"}': 1,
        "waymark_workflow_tasks_running": 1,
        "waymark_workflow_tasks_waiting": 1,
        "waymark_workflow_sessions_held": 1,
    },
    workflows.two_callers_that_wait: {"waymark_workflow_callers_waiting": 2},
    projections.a_projection_four_records_behind: {
        of_projection("records_applied_total"): projections.APPLIED,
        of_projection("records_parked_total"): projections.PARKED,
        of_projection("parked_records"): projections.PARKED - projections.DISCARDED,
        of_projection("rebuild_left_records"): projections.APPLIED + projections.PARKED + projections.WAITING,
        of_projection("retries_total"): projections.RETRIES,
        of_projection("batch_duration_seconds_count"): 1,
        of_projection("batch_size_records_sum"): projections.APPLIED + projections.PARKED,
        of_projection("lag_seconds"): about(_NOW_S - projections.ACCEPTED_S),
        of_projection("alive_timestamp_seconds"): about(_NOW_S),
        **{lag(at): projections.WAITING * (at == projections.HERE) for at in range(TOPIC.partitions)},
    },
}


@pytest.mark.parametrize("drive", FIGURES, ids=lambda drive: drive.__name__)
async def test_a_part_is_driven_to_its_figures(drive: Drive, database_url: str) -> None:
    """Counters tell the growth, of every label that grew; gauges the value."""
    expected = FIGURES[drive]
    before = samples()
    async with drive(database_url):
        after = samples()
    counters = {sample_of(name) for name in expected if sample_of(name).endswith(_GROWING)}
    growth = {name: value - before.get(name, 0) for name, value in after.items() if sample_of(name) in counters}
    gauges = {name: after.get(name) for name in expected if sample_of(name) not in counters}
    assert {name: by for name, by in growth.items() if by} | gauges == expected


def test_no_metric_is_without_a_figure() -> None:
    driven = {family_of(name) for figures in FIGURES.values() for name in figures}
    assert driven == {family.name for family in REGISTRY.collect() if family.name.startswith("waymark_")}


def samples() -> dict[str, float]:
    """What a scrape finds: name and labels, as written, to value."""
    lines = (line for line in render_metrics().decode().splitlines() if line.startswith("waymark_"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def sample_of(name: str) -> str:
    """The sample's name without its labels."""
    return name.partition("{")[0]


def family_of(name: str) -> str:
    """The name that the metric is declared under."""
    sample = sample_of(name)
    return next((sample.removesuffix(end) for end in _GROWING if sample.endswith(end)), sample)
