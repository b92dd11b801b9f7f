"""The door: whether records get in, how long that takes, who is refused, and how the API answers besides."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Dashboard, Row, Variable
from deploy.grafana.panels import (
    ANY_IS_BAD,
    GREEN,
    GREY,
    RED,
    Column,
    PanelLimits,
    Query,
    figure,
    lines,
    percentiles,
    table,
)

_DURATION: Final = "waymark_http_request_duration_seconds"
_HEALTH: Final = 'route!~"/healthz|/readyz|/metrics"'
_STREAMS: Final = 'route!~"/healthz|/readyz|/metrics|.*/stream|/run/.*"'
"""Left out of durations as well: what lasts as long as its caller wants."""
_BROKEN: Final = 'status=~"5.."'
_WRITES: Final = 'service="gateway",method="POST",status!~"401|403|429"'
"""Without those who are turned away: a flood of them would hide what happens to everybody else."""
_APPEND: Final = "waymark_gateway_append_duration_seconds"
_APPEND_LIMITS: Final = PanelLimits(0.25, 1, alert="WaymarkAppendSlow")


def _requests(where: str) -> str:
    return f"sum(rate({_DURATION}_count{{{where}}}[$__rate_interval]))"


def _left(missed: str, counted: str, budget: str) -> str:
    """Return the share of an objective's budget that is left: all of it where nothing was counted."""
    return f"1 - (sum_over_time({missed}[30d]) / sum_over_time({counted}[30d]) or vector(0)) / {budget}"


def _windows(level: str) -> list[Query]:
    windows = {"5m": "5 min", "1h": "1 h", "6h": "6 h", "3d": "3 d"}
    return [Query(f"max({level}:ratio_rate{window}) or vector(0)", name) for window, name in windows.items()]


def _by_service(where: str) -> str:
    return f'sum by (service) (rate({_DURATION}_count{{service=~"$service",{where}}}[$__rate_interval]))'


def _p95_by_service() -> str:
    rate = f'rate({_DURATION}_bucket{{service=~"$service",{_STREAMS}}}[$__rate_interval])'
    return f"histogram_quantile(0.95, sum by (service, le) ({rate}))"


_GLANCE: Final = Row(
    "At a glance",
    [
        figure(
            "Accepted",
            "Interactions and events that the log acknowledged to the gateways, a second.",
            "recps",
            "sum(rate(waymark_gateway_records_appended_total[$__rate_interval]))",
        ),
        figure(
            "Writes answered",
            "Share of writes to the gateways that were answered by anything but 5xx. What is lacking was refused for "
            "reasons of ours: log or database away, overload. Callers repeat it.",
            "percentunit",
            f"1 - ({_requests(_WRITES + ',' + _BROKEN)} or vector(0)) / {_requests(_WRITES)}",
            limits=PanelLimits(0.9999, 0.999, falling=True),
            decimals=3,
        ),
        figure(
            "Refused by us",
            "Records refused with the code `unavailable`, a second. Look at the log and the database.",
            "recps",
            'sum(rate(waymark_gateway_records_refused_total{code="unavailable"}[$__rate_interval]))',
            limits=ANY_IS_BAD,
        ),
        figure(
            "Append, p99",
            "From append to the log's acknowledgement. Slow: the log's disk, or the network to the broker.",
            "s",
            f"histogram_quantile(0.99, sum by (le) (rate({_APPEND}_bucket[$__rate_interval])))",
            limits=_APPEND_LIMITS,
        ),
        figure(
            "Waiting",
            "Records that wait for a number or an acknowledgement now. It grows when the log does not keep up.",
            "short",
            "sum(waymark_gateway_waiting_records)",
            limits=PanelLimits(5_000, 10_000, alert="WaymarkGatewayBacklog"),
        ),
        figure(
            "Credentials refused",
            "Keys and tokens refused, a second: a client with an old key, or somebody who tries some.",
            "cps",
            'sum(rate(waymark_authentications_total{outcome="refused"}[$__rate_interval]))',
            limits=PanelLimits(0.1, 1, alert="WaymarkCredentialsRefused"),
        ),
    ],
)
_OBJECTIVES: Final = Row(
    "Objectives",
    [
        figure(
            "Error budget left",
            "Of 30 days, in which 99.9 % of the answers to senders are to be no 5xx. Below 0 the objective is missed.",
            "percentunit",
            _left("door:http_errors:rate5m", "door:http_requests:rate5m", "0.001"),
            limits=PanelLimits(0.5, 0, falling=True),
            decimals=1,
            height=8,
        ),
        figure(
            "Latency budget left",
            "Of 30 days, in which 99 % of single interactions are to be answered within 250 ms.",
            "percentunit",
            _left("door:http_slow:rate5m", "door:http_single:rate5m", "0.01"),
            limits=PanelLimits(0.5, 0, falling=True),
            decimals=1,
            height=8,
        ),
        lines(
            "Answers with errors",
            "Share of the answers to senders that were 5xx. Over an hour, red spends 2 % of the budget of 30 days.",
            "percentunit",
            *_windows("door:http_errors"),
            limits=PanelLimits(6 * 0.001, 14.4 * 0.001, alert="WaymarkDoorUnavailable"),
            width=8,
        ),
        lines(
            "Answers that were late",
            "Share of single interactions that took more than 250 ms; 0 where none came.",
            "percentunit",
            *_windows("door:http_slow"),
            limits=PanelLimits(6 * 0.01, 14.4 * 0.01, alert="WaymarkDoorSlow"),
            width=8,
        ),
    ],
)
_RECORDING: Final = Row(
    "Recording",
    [
        lines(
            "Records accepted",
            "By topic. A fall to zero at a busy hour is a client that stopped, or a door that is closed.",
            "recps",
            Query("sum by (topic) (rate(waymark_gateway_records_appended_total[$__rate_interval]))", "{{topic}}"),
            stacked=True,
        ),
        lines(
            "Records refused",
            "By the answer's code. `unavailable` is ours; every other one is a caller's to mend: the answer says what.",
            "recps",
            Query("sum by (code) (rate(waymark_gateway_records_refused_total[$__rate_interval]))", "{{code}}"),
            colors={"unavailable": RED},
        ),
        percentiles(
            "Append to acknowledgement",
            "What the log takes for an append, of all gateways.",
            _APPEND,
            limits=_APPEND_LIMITS,
        ),
        percentiles(
            "Group commit of numbers",
            "What the database takes to number the interactions that came together. Callers wait for it as well.",
            "waymark_gateway_group_duration_seconds",
        ),
        lines(
            "Records waiting",
            "For a number or an acknowledgement, in each gateway. Requests are refused before memory runs out.",
            "short",
            Query(
                "sum by (component, process, instance) (waymark_gateway_waiting_records"
                ' and on (component, process, instance) waymark_http_requests_in_flight{service="gateway"})',
                "{{component}} {{process}} {{instance}}",
            ),
        ),
        lines(
            "Numbers voided",
            "Numbers whose record never landed, given up: a gateway died, or an append failed. `Gaps` in the console "
            "shows each of them.",
            "short",
            Query("sum(increase(waymark_gateway_numbers_voided_total[$__rate_interval]))", "voided"),
        ),
    ],
)
_API: Final = Row(
    "Requests",
    [
        lines(
            "Requests",
            "By service, without those of health.",
            "reqps",
            Query(_by_service(_HEALTH), "{{service}}"),
            stacked=True,
            many=True,
        ),
        lines(
            "Answered by 5xx",
            "Share of a service's requests. 503 says that something it needs is away; the others are defects, and the "
            "service's log has their traceback.",
            "percentunit",
            Query(
                f"(({_by_service(_HEALTH + ',' + _BROKEN)}) or ({_by_service(_HEALTH)}) * 0)"
                f" / ({_by_service(_HEALTH)})",
                "{{service}}",
            ),
            limits=PanelLimits(0.001, 0.05, alert="WaymarkAnswersFailing"),
            many=True,
        ),
        lines(
            "Duration, p95",
            "By service, without streams and runs of workflows, which last as long as their callers want.",
            "s",
            Query(_p95_by_service(), "{{service}}"),
            limits=PanelLimits(0.5, 2.5),
            many=True,
        ),
        lines(
            "Requests under way",
            "By service. It climbs where answers take longer than requests come.",
            "short",
            Query('sum by (service) (waymark_http_requests_in_flight{service=~"$service"})', "{{service}}"),
            many=True,
        ),
        table(
            "Slowest routes",
            "Of the chosen range: where time goes, and what callers wait for most.",
            {"service": "Service", "method": "Method", "route": "Route"},
            Column(
                title="p95",
                expr=f"topk(15, histogram_quantile(0.95, sum by (service, method, route, le) "
                f'(rate({_DURATION}_bucket{{service=~"$service",{_STREAMS}}}[$__range]))) > 0)',
                unit="s",
                limits=PanelLimits(0.5, 2.5),
            ),
            sort_by="p95",
            width=12,
        ),
        table(
            "Most used routes",
            "Of the chosen range: who loads the machine.",
            {"service": "Service", "method": "Method", "route": "Route"},
            Column(
                title="Requests",
                expr=f"topk(15, sum by (service, method, route) "
                f'(increase({_DURATION}_count{{service=~"$service",{_HEALTH}}}[$__range])) > 0)',
                unit="short",
            ),
            sort_by="Requests",
            width=12,
        ),
    ],
)
_CALLERS: Final = Row(
    "Callers",
    [
        lines(
            "Credentials judged",
            "Accepted and refused. What is refused without end is a client that nobody looks after.",
            "cps",
            Query("sum by (outcome) (rate(waymark_authentications_total[$__rate_interval]))", "{{outcome}}"),
            colors={"accepted": GREEN, "refused": RED},
            width=8,
        ),
        lines(
            "Streams open",
            "Of events and interactions, and how many there is room for. Further ones are answered 503.",
            "short",
            Query("sum(waymark_queries_streams_open)", "open"),
            Query("sum(waymark_queries_streams_limit)", "limit"),
            colors={"limit": GREY},
            width=8,
        ),
        lines(
            "Bodies in memory",
            "Bytes of request bodies that are held now. Beyond its budget a process refuses further ones.",
            "bytes",
            Query("sum by (component, process) (waymark_http_body_bytes_held)", "{{component}} {{process}}"),
            width=8,
        ),
    ],
)

DASHBOARD: Final = Dashboard(
    uid="waymark-door",
    title="Waymark · Door",
    description="Whether records get in, how long that takes, who is refused, and how the API answers besides.",
    console="/interactions",
    rows=(_GLANCE, _OBJECTIVES, _RECORDING, _API, _CALLERS),
    variables=(Variable("service", "Service", "waymark_http_requests_in_flight"),),
)
