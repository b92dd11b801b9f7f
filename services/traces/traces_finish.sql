-- What filled `interactions` and `events` still lack: order, and everything that `apply` keeps by the way.
-- On empty tables this inserts nothing.

CREATE INDEX interactions_in_order ON interactions
    (tenant_id, uow_id, event_at, number, interaction_id) INCLUDE (origin_id);
CREATE INDEX events_in_order ON events (tenant_id, uow_id, event_at, event_id);

INSERT INTO summaries (tenant_id, uow_id, long_uow_id, interactions, events, resources, errors, started_at, ended_at)
SELECT
    tenant_id, uow_id, min(long_uow_id), sum(interactions), sum(events), count(DISTINCT resource_key), sum(errors),
    min(started_at), max(ended_at)
FROM (
    SELECT
        tenant_id, uow_id, long_texts ->> 'uowId' AS long_uow_id, 1 AS interactions, 0 AS events, resource_key,
        (status IS NOT DISTINCT FROM 'error')::int AS errors, event_at AS started_at, event_at AS ended_at
    FROM interactions
    UNION ALL
    SELECT
        tenant_id, uow_id, long_uow_id, 0, 1, resource_key, (status IS NOT DISTINCT FROM 'error')::int,
        least(event_at, started_at), greatest(event_at, ended_at)
    FROM events
) AS records
GROUP BY tenant_id, uow_id
ORDER BY tenant_id, uow_id;

INSERT INTO members (tenant_id, uow_id, kind, value, name)
SELECT tenant_id, uow_id, kind, value, min(name COLLATE "C")
FROM (
    SELECT i.tenant_id, i.uow_id, m.kind, m.value, m.name
    FROM interactions AS i
    CROSS JOIN LATERAL (VALUES
        ('resource_type', i.type_id::text, i.resource_type),
        ('action', i.action_id::text, i.action),
        ('origin', i.origin_id::text, i.origin),
        ('user', i.user_id, coalesce(i.long_texts ->> 'userId', i.user_id))
    ) AS m (kind, value, name)
    UNION ALL
    SELECT e.tenant_id, e.uow_id, m.kind, m.value, m.name
    FROM events AS e
    CROSS JOIN LATERAL (VALUES
        ('resource_type', e.type_key, e.resource_type),
        ('user', e.user_key, e.actor_id),
        ('service', e.service_key, e.resource_id),
        ('span', e.span_key, e.span_key)
    ) AS m (kind, value, name)
) AS found
WHERE value IS NOT NULL
GROUP BY tenant_id, uow_id, kind, value
ORDER BY 1, 2, 3, 4;

INSERT INTO resources
SELECT tenant_id, uow_id, resource_key FROM interactions
UNION
SELECT tenant_id, uow_id, resource_key FROM events
ORDER BY 1, 2, 3;

INSERT INTO trace_days
SELECT tenant_id, (started_at AT TIME ZONE 'UTC')::date, count(*) FROM summaries GROUP BY 1, 2;

INSERT INTO origin_days
SELECT o.tenant_id, s.days, s.span, o.origin_id, sum(o.n), min(o.name)
FROM (
    SELECT tenant_id, date_trunc('day', event_at, 'UTC') AS at, origin_id, count(*) AS n, min(origin COLLATE "C") AS name
    FROM interactions
    GROUP BY 1, 2, 3
) AS o
CROSS JOIN LATERAL spans_of(o.at) AS s
GROUP BY 1, 2, 3, 4;

INSERT INTO origin_links
SELECT l.tenant_id, s.days, s.span, l.from_id, l.to_id, l.part, sum(l.n), sum(l.latency_ms), sum(l.counts)
FROM (
    SELECT
        b.tenant_id, b.at, b.from_id, b.to_id, b.bucket / 100 AS part, sum(b.n) AS n, sum(b.latency_ms) AS latency_ms,
        sum(b.n * one_of_bucket(b.bucket)) AS counts
    FROM (
        SELECT
            tenant_id, date_trunc('day', event_at, 'UTC') AS at, from_id, to_id, latency_bucket(ms) AS bucket,
            count(*) AS n, sum(ms) AS latency_ms
        FROM (
            SELECT
                tenant_id, event_at, origin_id AS to_id, lag(origin_id) OVER chronological AS from_id,
                floor(extract(epoch FROM event_at - lag(event_at) OVER chronological) * 1000)::bigint AS ms
            FROM interactions
            WINDOW chronological AS (PARTITION BY tenant_id, uow_id ORDER BY event_at, number, interaction_id)
        ) AS links
        WHERE from_id IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5
    ) AS b
    GROUP BY 1, 2, 3, 4, 5
) AS l
CROSS JOIN LATERAL spans_of(l.at) AS s
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE INDEX summaries_by_start ON summaries (tenant_id, started_at, uow_id);
CREATE INDEX summaries_by_duration ON summaries (tenant_id, duration_ms, started_at);
CREATE INDEX summaries_by_error ON summaries (tenant_id, started_at, uow_id) WHERE errors > 0;
CREATE INDEX members_by_value ON members (tenant_id, kind, value, uow_id);

ANALYZE interactions;
ANALYZE events;
ANALYZE summaries;
ANALYZE members;
ANALYZE resources;
ANALYZE origin_days;
ANALYZE origin_links;
