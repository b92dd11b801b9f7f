-- What a filled `events` still lacks: counters over its rows, then indexes. On empty tables this inserts nothing.

-- Enough that sorting and grouping millions of rows need not go to the disk and back.
SET LOCAL work_mem = '64MB';

INSERT INTO hour_counts (tenant_id, dimension, key, other, hour, n, minutes)
SELECT
    tenant_id, dimension, key, other, hour_of(minute), sum(n),
    minutes_of(array_agg(place_of(minute)), array_agg(n))
FROM (
    SELECT a.tenant_id, d.dimension, d.key, d.other, a.minute, a.n
    FROM (
        SELECT
            tenant_id, event_type, resource_type, actor_type, source, minute_of(occurred_at) AS minute, count(*) AS n
        FROM events
        GROUP BY 1, 2, 3, 4, 5, 6
    ) AS a
    CROSS JOIN LATERAL (VALUES
        (1, '', ''),
        (2, a.event_type, ''),
        (3, a.resource_type, ''),
        (5, a.actor_type, ''),
        (6, coalesce(a.source, ''), '')
    ) AS d (dimension, key, other)
    WHERE d.key IS NOT NULL
) AS counted
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5;

INSERT INTO day_counts (tenant_id, dimension, key, other, day, n)
SELECT tenant_id, dimension, key, other, stretch_of(hour, 24::smallint), sum(n)
FROM hour_counts
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5;

INSERT INTO day_counts (tenant_id, dimension, key, other, day, n)
SELECT tenant_id, 4, event_type, resource_type, day_of(minute_of(occurred_at)), count(*)
FROM events
GROUP BY 1, 3, 4, 5
ORDER BY 1, 3, 4, 5;

INSERT INTO actor_counts (tenant_id, length_h, stretch, actor_id, actor_type, n, failures, successes)
SELECT
    tenant_id, 1, hour_of(minute_of(occurred_at)), actor_id, coalesce(actor_type, ''), count(*),
    count(*) FILTER (WHERE outcome = 1), count(*) FILTER (WHERE outcome = 2)
FROM events
WHERE actor_id IS NOT NULL
GROUP BY 1, 3, 4, 5
ORDER BY 1, 3, 4, 5;

INSERT INTO actor_counts (tenant_id, length_h, stretch, actor_id, actor_type, n, failures, successes)
SELECT
    a.tenant_id, 24::smallint, stretch_of(a.stretch, 24::smallint), a.actor_id, a.actor_type, sum(a.n),
    sum(a.failures), sum(a.successes)
FROM actor_counts AS a
WHERE a.length_h = 1
GROUP BY 1, 3, 4, 5
ORDER BY 1, 3, 4, 5;

INSERT INTO actor_counts (tenant_id, length_h, stretch, actor_id, actor_type, n, failures, successes)
SELECT
    a.tenant_id, 768::smallint, stretch_of(a.stretch, 32::smallint), a.actor_id, a.actor_type, sum(a.n),
    sum(a.failures), sum(a.successes)
FROM actor_counts AS a
WHERE a.length_h = 24
GROUP BY 1, 3, 4, 5
ORDER BY 1, 3, 4, 5;

CREATE INDEX hour_counts_by_hour ON hour_counts (tenant_id, dimension, hour);
CREATE INDEX day_counts_by_day ON day_counts (tenant_id, dimension, day);

-- Each filter that is counted finds its page in an index that holds the list's order.
CREATE INDEX events_in_order ON events (tenant_id, occurred_at, event_id);
CREATE INDEX events_by_type ON events (tenant_id, event_type, occurred_at, event_id);
CREATE INDEX events_by_resource_type ON events (tenant_id, resource_type, occurred_at, event_id);
CREATE INDEX events_by_types ON events (tenant_id, event_type, resource_type, occurred_at, event_id);
CREATE INDEX events_by_resource ON events (tenant_id, resource_id, resource_type, occurred_at, event_id);
CREATE INDEX events_by_actor ON events (tenant_id, actor_id, occurred_at, event_id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_by_source ON events (tenant_id, source, occurred_at, event_id) WHERE source IS NOT NULL;
CREATE INDEX events_by_correlation ON events
    (tenant_id, correlation_id, occurred_at, event_id) WHERE correlation_id IS NOT NULL;

ANALYZE events;
ANALYZE day_counts;
ANALYZE hour_counts;
ANALYZE actor_counts;
