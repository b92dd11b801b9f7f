-- name: add_traces
-- Make sure that every trace that something arrives for has a row. In key order, so that two writers cannot deadlock.
INSERT INTO summaries (tenant_id, uow_id, long_uow_id)
SELECT t.tenant_id, t.uow_id, min(t.long_uow_id)
FROM (
    SELECT tenant_id, uow_id, long_texts::json ->> 'uowId' AS long_uow_id FROM pg_temp.arriving_interactions
    UNION ALL
    SELECT tenant_id, uow_id, long_uow_id FROM pg_temp.arriving_events
) AS t
GROUP BY t.tenant_id, t.uow_id
ORDER BY t.tenant_id, t.uow_id
ON CONFLICT DO NOTHING;

-- name: lock_traces
-- Hold the traces that something arrives for, in key order; the answer is how far those reach that have records. Each is
-- looked up by itself (LIMIT), since joined any other way all traces there are would be read.
SELECT t.tenant_id, t.uow_id, held.started_at, held.ended_at
FROM (
    SELECT tenant_id, uow_id FROM pg_temp.arriving_interactions
    UNION
    SELECT tenant_id, uow_id FROM pg_temp.arriving_events
    ORDER BY tenant_id, uow_id
) AS t
CROSS JOIN LATERAL (
    SELECT s.started_at, s.ended_at
    FROM summaries AS s
    WHERE s.tenant_id = t.tenant_id AND s.uow_id = t.uow_id
    LIMIT 1
    FOR UPDATE
) AS held;

-- name: add_interactions
-- Of the interactions that are arriving, add those that are new, and say which.
INSERT INTO interactions
SELECT
    tenant_id, interaction_id, uow_id, event_at, number, created_at, interaction_at, type_id, action_id, origin_id,
    resource_type, action, origin, resource_key, sequence_index, resource_id, user_id, external_reference, span_id,
    parent_span_id, interaction::json, external_response::json, long_texts::json, status, size_bytes
FROM pg_temp.arriving_interactions
ORDER BY tenant_id, interaction_id
ON CONFLICT DO NOTHING
RETURNING tenant_id, interaction_id::text;

-- name: add_events
-- Of the events that are arriving, add those that are new, and say which.
INSERT INTO events
SELECT
    tenant_id, event_id, uow_id, event_at, started_at, ended_at, event_type, resource_type, resource_id, type_key,
    resource_key, actor_id, actor_type, user_key, causation_id, span_id, service_key, span_key, status, ending::json,
    payload::json, dataschema, cloud_event::json, long_uow_id, source, size_bytes
FROM pg_temp.arriving_events
ORDER BY tenant_id, event_id
ON CONFLICT DO NOTHING
RETURNING tenant_id, event_id::text;

-- name: keep_new
-- Leave only what was new among what is arriving: $1 to $2 are the interactions' keys, $3 to $4 the events'.
WITH known AS (
    DELETE FROM pg_temp.arriving_interactions AS a
    WHERE (a.tenant_id, a.interaction_id) NOT IN (SELECT * FROM unnest($1::text[], $2::uuid[]))
)
DELETE FROM pg_temp.arriving_events AS a
WHERE (a.tenant_id, a.event_id) NOT IN (SELECT * FROM unnest($3::text[], $4::uuid[]));

-- name: forget_empty
-- Take back the rows made for traces that got no record after all.
DELETE FROM summaries AS s
USING unnest($1::text[], $2::text[]) AS t (tenant_id, uow_id)
WHERE s.tenant_id = t.tenant_id AND s.uow_id = t.uow_id AND s.interactions + s.events = 0;

-- name: neighbours
-- The interactions next to each of those given, in the order given: two looks into an index.
SELECT
    before.event_at AS before_at, before.number AS before_number, before.id AS before_id,
    before.origin_id AS before_origin,
    after.event_at AS after_at, after.number AS after_number, after.id AS after_id, after.origin_id AS after_origin
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::uuid[]) WITH ORDINALITY
    AS f (tenant_id, uow_id, event_at, number, id, place)
LEFT JOIN LATERAL (
    SELECT i.event_at, i.number, i.interaction_id::text AS id, i.origin_id::text
    FROM interactions AS i
    WHERE i.tenant_id = f.tenant_id AND i.uow_id = f.uow_id
        AND (i.event_at, i.number, i.interaction_id) < (f.event_at, f.number, f.id)
    ORDER BY i.event_at DESC, i.number DESC, i.interaction_id DESC
    LIMIT 1
) AS before ON true
LEFT JOIN LATERAL (
    SELECT i.event_at, i.number, i.interaction_id::text AS id, i.origin_id::text
    FROM interactions AS i
    WHERE i.tenant_id = f.tenant_id AND i.uow_id = f.uow_id
        AND (i.event_at, i.number, i.interaction_id) > (f.event_at, f.number, f.id)
    ORDER BY i.event_at, i.number, i.interaction_id
    LIMIT 1
) AS after ON true
ORDER BY f.place;

-- name: add_members
-- Add what a trace has not had so far, or not under so small a name. Its row is held, so nobody else does the same. As
-- with `lock_traces`, what there is is looked up one by one.
INSERT INTO members (tenant_id, uow_id, kind, value, name)
SELECT m.tenant_id, m.uow_id, m.kind, m.value, m.name
FROM (
    SELECT r.tenant_id, r.uow_id, r.kind, r.value, min(r.name COLLATE "C") AS name
    FROM (
        SELECT i.tenant_id, i.uow_id, v.kind, v.value, v.name
        FROM pg_temp.arriving_interactions AS i
        CROSS JOIN LATERAL (VALUES
            ('resource_type', i.type_id::text, i.resource_type),
            ('action', i.action_id::text, i.action),
            ('origin', i.origin_id::text, i.origin),
            ('user', i.user_id, coalesce(i.long_texts::json ->> 'userId', i.user_id))
        ) AS v (kind, value, name)
        UNION ALL
        SELECT e.tenant_id, e.uow_id, v.kind, v.value, v.name
        FROM pg_temp.arriving_events AS e
        CROSS JOIN LATERAL (VALUES
            ('resource_type', e.type_key, e.resource_type),
            ('user', e.user_key, e.actor_id),
            ('service', e.service_key, e.resource_id),
            ('span', e.span_key, e.span_key)
        ) AS v (kind, value, name)
    ) AS r
    WHERE r.value IS NOT NULL
    GROUP BY 1, 2, 3, 4
) AS m
LEFT JOIN LATERAL (
    SELECT k.name
    FROM members AS k
    WHERE k.tenant_id = m.tenant_id AND k.uow_id = m.uow_id AND k.kind = m.kind AND k.value = m.value
    LIMIT 1
) AS known ON true
WHERE known.name IS NULL OR m.name < known.name
ORDER BY 1, 2, 3, 4
ON CONFLICT (tenant_id, uow_id, kind, value) DO UPDATE SET name = excluded.name;

-- name: add_to_traces
-- Add to the counts of traces and widen their times, resources that are new to their trace included; the answer is when
-- the traces start now. Their rows are there, and held.
WITH fresh AS (
    SELECT
        tenant_id, uow_id, resource_key, 1 AS interactions, 0 AS events,
        (status IS NOT DISTINCT FROM 'error')::int AS errors, event_at AS started_at, event_at AS ended_at
    FROM pg_temp.arriving_interactions
    UNION ALL
    SELECT
        tenant_id, uow_id, resource_key, 0, 1, (status IS NOT DISTINCT FROM 'error')::int,
        least(event_at, started_at), greatest(event_at, ended_at)
    FROM pg_temp.arriving_events
), added AS (
    INSERT INTO resources (tenant_id, uow_id, resource_key)
    SELECT DISTINCT tenant_id, uow_id, resource_key FROM fresh
    ORDER BY tenant_id, uow_id, resource_key
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, uow_id
), grown AS (
    SELECT
        tenant_id, uow_id, 0 AS interactions, 0 AS events, 1 AS resources, 0 AS errors, null AS started_at,
        null AS ended_at
    FROM added
    UNION ALL
    SELECT tenant_id, uow_id, interactions, events, 0, errors, started_at, ended_at
    FROM fresh
)
INSERT INTO summaries AS s (tenant_id, uow_id, interactions, events, resources, errors, started_at, ended_at)
SELECT tenant_id, uow_id, sum(interactions), sum(events), sum(resources), sum(errors), min(started_at), max(ended_at)
FROM grown
GROUP BY tenant_id, uow_id
ORDER BY tenant_id, uow_id
ON CONFLICT (tenant_id, uow_id) DO UPDATE
SET
    interactions = s.interactions + excluded.interactions,
    events = s.events + excluded.events,
    resources = s.resources + excluded.resources,
    errors = s.errors + excluded.errors,
    started_at = least(s.started_at, excluded.started_at),
    ended_at = greatest(s.ended_at, excluded.ended_at)
RETURNING s.tenant_id, s.uow_id, s.started_at;

-- name: count_days
-- Count traces into the days they start on, and out of those they did. In key order.
INSERT INTO trace_days AS c (tenant_id, day, n)
SELECT d.tenant_id, (d.started_at AT TIME ZONE 'UTC')::date, sum(d.change)
FROM unnest($1::text[], $2::timestamptz[], $3::bigint[]) AS d (tenant_id, started_at, change)
GROUP BY 1, 2
HAVING sum(d.change) <> 0
ORDER BY 1, 2
ON CONFLICT (tenant_id, day) DO UPDATE SET n = c.n + excluded.n;

-- name: count_origins
-- Count the interactions that are new by origin and span. In key order.
INSERT INTO origin_days AS c (tenant_id, days, span, origin_id, n, name)
SELECT o.tenant_id, s.days, s.span, o.origin_id, sum(o.n), min(o.name)
FROM (
    SELECT tenant_id, date_trunc('day', event_at, 'UTC') AS at, origin_id, count(*) AS n, min(origin COLLATE "C") AS name
    FROM pg_temp.arriving_interactions
    GROUP BY 1, 2, 3
) AS o
CROSS JOIN LATERAL spans_of(o.at) AS s
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
ON CONFLICT (tenant_id, days, span, origin_id) DO UPDATE
SET n = c.n + excluded.n, name = least(c.name, excluded.name);

-- name: count_links
-- Count links made and broken. In key order.
INSERT INTO origin_links AS c (tenant_id, days, span, from_id, to_id, part, n, latency_ms, counts)
SELECT d.tenant_id, s.days, s.span, d.from_id, d.to_id, d.part, sum(d.n), sum(d.latency_ms), sum(d.counts)
FROM (
    SELECT
        b.tenant_id, b.at, b.from_id, b.to_id, b.bucket / 100 AS part, sum(b.n) AS n, sum(b.latency_ms) AS latency_ms,
        sum(b.n * one_of_bucket(b.bucket)) AS counts
    FROM (
        SELECT
            l.tenant_id, date_trunc('day', l.at, 'UTC') AS at, l.from_id, l.to_id,
            latency_bucket(l.latency_ms) AS bucket, sum(l.change) AS n, sum(l.latency_ms * l.change) AS latency_ms
        FROM unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[])
            AS l (tenant_id, at, from_id, to_id, latency_ms, change)
        GROUP BY 1, 2, 3, 4, 5
        HAVING sum(l.change) <> 0 OR sum(l.latency_ms * l.change) <> 0
    ) AS b
    GROUP BY 1, 2, 3, 4, 5
) AS d
CROSS JOIN LATERAL spans_of(d.at) AS s
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (tenant_id, days, span, from_id, to_id, part) DO UPDATE
SET n = c.n + excluded.n, latency_ms = c.latency_ms + excluded.latency_ms, counts = c.counts + excluded.counts;
