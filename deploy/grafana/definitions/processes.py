"""Processes: which run, in which version, what their checks say, and what they take of the machine."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Dashboard, Row, Variable
from deploy.grafana.panels import ANY_IS_BAD, RED, YELLOW, Column, PanelLimits, Query, figure, lines, table

_CHOSEN: Final = 'component=~"$component"'
_BY: Final = "component, process, instance"
_NAME: Final = "{{component}} {{process}} {{instance}}"
_LAG: Final = "waymark_event_loop_lag_seconds_bucket"
_CHECKS: Final = f"max by (component, process, check) (waymark_check_failing{{{_CHOSEN}}})"
_FILES: Final = f"process_open_fds{{{_CHOSEN}}} / process_max_fds{{{_CHOSEN}}}"
_LAG_LIMITS: Final = PanelLimits(0.1, 0.5)


def _lag(by: str) -> str:
    return f"histogram_quantile(0.99, sum by ({by}) (rate({_LAG}{{{_CHOSEN}}}[$__rate_interval])))"


_GLANCE: Final = Row(
    "At a glance",
    [
        figure(
            "Processes",
            "That Prometheus has heard of.",
            "short",
            f"count(waymark_build_info{{{_CHOSEN}}})",
        ),
        figure(
            "Not scraped",
            "Targets that do not answer Prometheus: the process is gone, or the network between them.",
            "short",
            f"count(up{{{_CHOSEN}}} == 0) or vector(0)",
            limits=ANY_IS_BAD,
        ),
        figure(
            "Checks failing",
            "Checks of `/readyz` that fail now. The table below names them, `/readyz` says why.",
            "short",
            f"sum({_CHECKS})",
            limits=ANY_IS_BAD,
        ),
        figure(
            "Started last",
            "How long ago the youngest process started. A process that starts again and again keeps this small.",
            "s",
            f"time() - max(process_start_time_seconds{{{_CHOSEN}}})",
            limits=PanelLimits(300, None, falling=True),
        ),
        figure(
            "Errors logged",
            "In the last hour. The logs say which; a traceback is a defect.",
            "short",
            f'sum(increase(waymark_log_lines_total{{{_CHOSEN},level="error"}}[1h]))',
            limits=ANY_IS_BAD,
            decimals=0,
        ),
        figure(
            "Event loop, p99",
            "How much later than it was due a process came to its work, over all of them.",
            "s",
            _lag("le"),
            limits=_LAG_LIMITS,
        ),
    ],
)
_STATE: Final = Row(
    "State",
    [
        table(
            "Checks, failing first",
            "What `/readyz` asks of each process: 1 fails, 0 holds.",
            {"component": "Component", "process": "Process", "check": "Check"},
            Column(
                title="Fails",
                expr=f"topk(20, {_CHECKS})",
                unit="short",
                limits=ANY_IS_BAD,
            ),
            sort_by="Fails",
        ),
        table(
            "Versions",
            "Two versions of one component: an upgrade that is under way, or was left halfway.",
            {"component": "Component", "process": "Process", "version": "Version", "python": "Python"},
            Column(
                title="Processes",
                expr=f"count by (component, process, version, python) (waymark_build_info{{{_CHOSEN}}})",
                unit="short",
            ),
            sort_by="Processes",
        ),
        lines(
            "Checks failing",
            "By component and process, over time.",
            "short",
            Query(f"sum by (component, process) ({_CHECKS})", "{{component}} {{process}}"),
            many=True,
        ),
        lines(
            "Running for",
            "Since the process started; a fall is a restart.",
            "s",
            Query(f"time() - max by ({_BY}) (process_start_time_seconds{{{_CHOSEN}}})", _NAME),
            many=True,
        ),
    ],
)
_LOAD: Final = Row(
    "Load",
    [
        lines(
            "Event loop lag, p99",
            "How much later than it was due a process came to its work. Nothing else of it is quick while this is "
            "slow: more processes, or find what holds it up.",
            "s",
            Query(_lag(f"{_BY}, le"), _NAME),
            limits=_LAG_LIMITS,
            many=True,
        ),
        lines(
            "CPU",
            "Cores in use. A process has one event loop: at 1 it is at its end, and more of its kind are needed.",
            "short",
            Query(f"sum by ({_BY}) (rate(process_cpu_seconds_total{{{_CHOSEN}}}[$__rate_interval]))", _NAME),
            limits=PanelLimits(0.8, 1),
            many=True,
        ),
        lines(
            "Memory",
            "Resident. The containers of docker-compose.yml are ended at 768 MiB.",
            "bytes",
            Query(f"max by ({_BY}) (process_resident_memory_bytes{{{_CHOSEN}}})", _NAME),
            limits=PanelLimits(400 * 2**20, 600 * 2**20, alert="WaymarkMemoryHigh"),
            many=True,
        ),
        lines(
            "Files open",
            "Share of the file descriptors that the process may have: connections above all.",
            "percentunit",
            Query(f"max by ({_BY}) ({_FILES})", _NAME),
            limits=PanelLimits(0.7, 0.9),
            many=True,
        ),
        lines(
            "Warnings and errors logged",
            "By level. A step that stays wants a look at the log.",
            "cpm",
            Query(
                f"60 * sum by (level) (rate(waymark_log_lines_total{{{_CHOSEN}}}[$__rate_interval]))",
                "{{level}}",
            ),
            colors={"warning": YELLOW, "error": RED},
            width=24,
        ),
    ],
)

DASHBOARD: Final = Dashboard(
    uid="waymark-processes",
    title="Waymark · Processes",
    description="Which processes run, in which version, what their checks say, and what they take of the machine.",
    console="/system",
    rows=(_GLANCE, _STATE, _LOAD),
    variables=(Variable("component", "Component", "waymark_build_info"),),
)
