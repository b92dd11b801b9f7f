-- name: outcome_words
-- The words by which this generation tells failures and successes.
SELECT obj_description('events'::regclass, 'pg_class');

-- name: add_texts
-- Keep texts too long for an index. In key order, so that two writers cannot deadlock.
INSERT INTO texts (tenant_id, key, text)
SELECT t.tenant_id, t.key, t.text
FROM unnest($1::text[], $2::text[], $3::text[]) AS t (tenant_id, key, text)
ORDER BY t.tenant_id, t.key
ON CONFLICT DO NOTHING;

-- name: add_rows
-- Of what is arriving, add the events that are new, nothing else. For a rebuild's filling.
INSERT INTO events (
    tenant_id, event_id, occurred_at, event_type, resource_type, resource_id, actor_id, actor_type, correlation_id,
    causation_id, cause, outcome, payload, dataschema, cloud_event, source
)
SELECT
    a.tenant_id, a.event_id, a.occurred_at, a.event_type, a.resource_type, a.resource_id, a.actor_id, a.actor_type,
    a.correlation_id, a.causation_id, a.cause, a.outcome, a.payload::json, a.dataschema, a.cloud_event::json, a.source
FROM pg_temp.events_arriving AS a
ORDER BY a.tenant_id, a.event_id
ON CONFLICT DO NOTHING;

-- name: add_rows_and_counts
-- Of what is arriving, add the events that are new and count those, and only those, into every counter they belong to.
-- Counters are written in key order, so that two writers cannot deadlock. The numbers are those of `Dimension`.
WITH fresh AS (
    INSERT INTO events (
        tenant_id, event_id, occurred_at, event_type, resource_type, resource_id, actor_id, actor_type, correlation_id,
        causation_id, cause, outcome, payload, dataschema, cloud_event, source
    )
    SELECT
        a.tenant_id, a.event_id, a.occurred_at, a.event_type, a.resource_type, a.resource_id, a.actor_id, a.actor_type,
        a.correlation_id, a.causation_id, a.cause, a.outcome, a.payload::json, a.dataschema, a.cloud_event::json,
        a.source
    FROM pg_temp.events_arriving AS a
    ORDER BY a.tenant_id, a.event_id
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, occurred_at, event_type, resource_type, actor_id, actor_type, outcome, source
), alike AS (
    SELECT tenant_id, event_type, resource_type, actor_type, source, minute_of(occurred_at) AS minute, count(*) AS n
    FROM fresh
    GROUP BY 1, 2, 3, 4, 5, 6
), counted AS (
    SELECT a.tenant_id, d.dimension, d.key, d.other, a.minute, a.n
    FROM alike AS a
    CROSS JOIN LATERAL (VALUES
        (1, '', ''),
        (2, a.event_type, ''),
        (3, a.resource_type, ''),
        (4, a.event_type, a.resource_type),
        (5, a.actor_type, ''),
        (6, coalesce(a.source, ''), '')
    ) AS d (dimension, key, other)
    WHERE d.key IS NOT NULL
), acting AS (
    SELECT
        tenant_id, hour_of(minute_of(occurred_at)) AS hour, actor_id, coalesce(actor_type, '') AS actor_type,
        count(*) AS n, count(*) FILTER (WHERE outcome = 1) AS failures, count(*) FILTER (WHERE outcome = 2) AS successes
    FROM fresh
    WHERE actor_id IS NOT NULL
    GROUP BY 1, 2, 3, 4
), actors AS (
    INSERT INTO actor_counts AS c (tenant_id, length_h, stretch, actor_id, actor_type, n, failures, successes)
    SELECT
        a.tenant_id, l.length_h, stretch_of(a.hour, l.length_h), a.actor_id, a.actor_type, sum(a.n),
        sum(a.failures), sum(a.successes)
    FROM acting AS a
    CROSS JOIN (VALUES (1::smallint), (24::smallint), (768::smallint)) AS l (length_h)
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (tenant_id, length_h, stretch, actor_id, actor_type) DO UPDATE
    SET n = c.n + excluded.n, failures = c.failures + excluded.failures, successes = c.successes + excluded.successes
), hours AS (
    INSERT INTO hour_counts AS c (tenant_id, dimension, key, other, hour, n, minutes)
    SELECT
        tenant_id, dimension, key, other, hour_of(minute), sum(n),
        minutes_of(array_agg(place_of(minute)), array_agg(n))
    FROM counted
    WHERE dimension <> 4
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (tenant_id, dimension, key, other, hour) DO UPDATE
    SET n = c.n + excluded.n, minutes = minutes_sum(c.minutes, excluded.minutes)
)
INSERT INTO day_counts AS c (tenant_id, dimension, key, other, day, n)
SELECT tenant_id, dimension, key, other, day_of(minute), sum(n)
FROM counted
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (tenant_id, dimension, key, other, day) DO UPDATE SET n = c.n + excluded.n;
