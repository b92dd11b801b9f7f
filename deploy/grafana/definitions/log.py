"""Log and outbox: what every service needs of the log and the database, and whether it gets it."""

from __future__ import annotations

from typing import Final

from deploy.grafana.dashboard import Dashboard, Row
from deploy.grafana.panels import ANY_IS_BAD, ORANGE, RED, Column, PanelLimits, Query, figure, lines, percentiles, table

_OLDEST: Final = "max by (service) (waymark_outbox_oldest_seconds)"
_BACKLOG: Final = "max by (service) (waymark_outbox_backlog_rows)"
_REPLICAS: Final = "max by (topic) (waymark_replica_lag_records)"
_USED: Final = 'waymark_pool_connections{state="used"} / ignoring (state) waymark_pool_connections_limit'
_APPEND: Final = "waymark_gateway_append_duration_seconds"
_APPEND_LIMITS: Final = PanelLimits(0.25, 1, alert="WaymarkAppendSlow")
_OLDEST_LIMITS: Final = PanelLimits(5, 60, alert="WaymarkOutboxStuck")
_DISK_LIMITS: Final = PanelLimits(5 * 2**30, 2 * 2**30, falling=True, alert="WaymarkDiskLow")

_GLANCE: Final = Row(
    "At a glance",
    [
        figure(
            "Oldest in an outbox",
            "Age of the oldest row that a service could not put into the log yet. Its objects are saved; others hear "
            "of them late.",
            "s",
            f"max({_OLDEST})",
            limits=_OLDEST_LIMITS,
        ),
        figure(
            "Rows in outboxes",
            "Rows that are not in the log yet, of all services.",
            "short",
            f"sum({_BACKLOG})",
            limits=PanelLimits(100, 10_000),
        ),
        figure(
            "Replicas behind",
            "Records of compacted topics that a process has not read into its memory: keys and definitions that it "
            "does not know yet.",
            "short",
            f"max({_REPLICAS})",
            limits=PanelLimits(100, 10_000),
        ),
        figure(
            "Append, p99",
            "From append to the log's acknowledgement, of records at the door.",
            "s",
            f"histogram_quantile(0.99, sum by (le) (rate({_APPEND}_bucket[$__rate_interval])))",
            limits=_APPEND_LIMITS,
        ),
        figure(
            "Database away",
            "Times in the last five minutes that a process lost a connection or could not have one.",
            "short",
            "sum(increase(waymark_database_failures_total[5m]))",
            limits=ANY_IS_BAD,
            decimals=0,
        ),
        figure(
            "Fullest pool",
            "Connections in use of those that the pool may have. At 100 % requests wait for one, 3 s at most.",
            "percentunit",
            f"max({_USED})",
            limits=PanelLimits(0.8, 1),
        ),
    ],
)
_OUTBOXES: Final = Row(
    "Outboxes",
    [
        lines(
            "Oldest row",
            "By service. It grows while the log takes nothing from that service: the log is away, the service has no "
            "right to the topic, or nobody relays.",
            "s",
            Query(_OLDEST, "{{service}}"),
            limits=_OLDEST_LIMITS,
            many=True,
        ),
        lines(
            "Rows waiting",
            "By service. A hill after a mass change is well if it goes down.",
            "short",
            Query(_BACKLOG, "{{service}}"),
            many=True,
        ),
    ],
)
_LOG: Final = Row(
    "Log",
    [
        percentiles(
            "Append to acknowledgement",
            "What the log takes for an append of the gateways: its disk, or the broker and the network to it.",
            _APPEND,
            limits=_APPEND_LIMITS,
        ),
        lines(
            "Replicas behind",
            "By topic, the process that is furthest behind. Revoked keys still work there, new ones do not yet.",
            "short",
            Query(_REPLICAS, "{{topic}}"),
            many=True,
        ),
    ],
)
_DATABASE: Final = Row(
    "Database",
    [
        lines(
            "Connections lost, or not to be had",
            "`lost`: the server went away or ended it. `unconnected`: none was free within 3 s, or the server refused.",
            "cps",
            Query("sum by (failure) (rate(waymark_database_failures_total[$__rate_interval]))", "{{failure}}"),
            colors={"lost": RED, "unconnected": ORANGE},
            width=8,
        ),
        lines(
            "Pools in use",
            "The fullest of each name. What stays at 100 % wants a larger WAYMARK_DATABASE_POOL_MAX_SIZE, or shorter "
            "reads.",
            "percentunit",
            Query(f"max by (pool) ({_USED})", "{{pool}}"),
            limits=PanelLimits(0.8, 1),
            many=True,
            width=8,
        ),
        lines(
            "Room on the embedded database's disk",
            "Nothing is recorded while less than WAYMARK_DISK_RESERVE_MIB is free. There is none where the database is "
            "a server of its own: watch that server's disk.",
            "bytes",
            Query("min by (disk) (waymark_disk_free_bytes)", "{{disk}}"),
            limits=_DISK_LIMITS,
            width=8,
        ),
        table(
            "Connections now",
            "Of each pool, over all processes: in use, idle, and the most there may be. The sum of the last is what "
            "the server's max_connections has to allow.",
            {"pool": "Pool"},
            Column(title="In use", expr='sum by (pool) (waymark_pool_connections{state="used"})', unit="short"),
            Column(title="Idle", expr='sum by (pool) (waymark_pool_connections{state="idle"})', unit="short"),
            Column(title="At most", expr="sum by (pool) (waymark_pool_connections_limit)", unit="short"),
            sort_by="In use",
            width=24,
        ),
    ],
)

DASHBOARD: Final = Dashboard(
    uid="waymark-log",
    title="Waymark · Log and outbox",
    description="What every service needs of the log and the database, and whether it gets it.",
    console="/system",
    rows=(_GLANCE, _OUTBOXES, _LOG, _DATABASE),
)
