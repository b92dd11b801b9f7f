-- What a filled `events` still lacks: counters over its rows, then indexes. On empty tables this inserts nothing.

INSERT INTO hour_counts (tenant_id, dimension, key, other, hour, n, minutes)
SELECT
    tenant_id, dimension, key, other, hour_of(minute), sum(n),
    minutes_of(array_agg(minute - hour_of(minute) * 60), array_agg(n))
FROM (
    SELECT a.tenant_id, d.dimension, d.key, d.other, a.minute, sum(a.n)::bigint AS n
    FROM (
        SELECT
            tenant_id, event_type, resource_type, actor_id, actor_type, outcome, minute_of(occurred_at) AS minute,
            count(*) AS n
        FROM events
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    ) AS a
    CROSS JOIN LATERAL (VALUES
        (1, '', ''),
        (2, a.event_type, ''),
        (3, a.resource_type, ''),
        (4, a.event_type, a.resource_type),
        (5, a.actor_type, ''),
        (6, a.actor_id, coalesce(a.actor_type, '')),
        (7, CASE WHEN a.outcome = 1 THEN a.actor_id END, coalesce(a.actor_type, '')),
        (8, CASE WHEN a.outcome = 2 THEN a.actor_id END, coalesce(a.actor_type, ''))
    ) AS d (dimension, key, other)
    WHERE d.key IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
) AS counted
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5;

INSERT INTO day_counts (tenant_id, dimension, key, other, day, n)
SELECT tenant_id, dimension, key, other, day_of(hour * 60), sum(n)
FROM hour_counts
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5;

CREATE INDEX hour_counts_by_hour ON hour_counts (tenant_id, dimension, hour);
CREATE INDEX day_counts_by_day ON day_counts (tenant_id, dimension, day);

-- Each filter that is counted finds its page in an index that holds the list's order.
CREATE INDEX events_in_order ON events (tenant_id, occurred_at, event_id);
CREATE INDEX events_by_type ON events (tenant_id, event_type, occurred_at, event_id);
CREATE INDEX events_by_resource_type ON events (tenant_id, resource_type, occurred_at, event_id);
CREATE INDEX events_by_types ON events (tenant_id, event_type, resource_type, occurred_at, event_id);
CREATE INDEX events_by_resource ON events (tenant_id, resource_id, resource_type, occurred_at, event_id);
CREATE INDEX events_by_actor ON events (tenant_id, actor_id, occurred_at, event_id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_by_correlation ON events
    (tenant_id, correlation_id, occurred_at, event_id) WHERE correlation_id IS NOT NULL;

ANALYZE events;
ANALYZE day_counts;
ANALYZE hour_counts;
