-- name: add_traces
-- Make sure that every trace touched has a row. In key order, so that two writers cannot deadlock.
INSERT INTO summaries (tenant_id, uow_id, long_uow_id)
SELECT t.tenant_id, t.uow_id, t.long_uow_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS t (tenant_id, uow_id, long_uow_id)
WHERE NOT EXISTS (SELECT FROM summaries AS s WHERE s.tenant_id = t.tenant_id AND s.uow_id = t.uow_id)
ORDER BY t.tenant_id, t.uow_id
ON CONFLICT DO NOTHING;

-- name: lock_traces
-- Hold the traces touched, in key order; the answer is when those started that have records.
SELECT s.tenant_id, s.uow_id, s.started_at
FROM unnest($1::text[], $2::text[]) AS t (tenant_id, uow_id)
JOIN summaries AS s ON s.tenant_id = t.tenant_id AND s.uow_id = t.uow_id
ORDER BY s.tenant_id, s.uow_id
FOR UPDATE OF s;

-- name: add_interactions
-- Of the interactions that are arriving, add those that are new, and say which.
INSERT INTO interactions
SELECT
    tenant_id, interaction_id, uow_id, event_at, number, created_at, interaction_at, type_id, action_id, origin_id,
    resource_type, action, origin, resource_key, sequence_index, resource_id, user_id, external_reference, span_id,
    parent_span_id, interaction::json, external_response::json, long_texts::json, size_bytes
FROM pg_temp.arriving_interactions
ORDER BY tenant_id, interaction_id
ON CONFLICT DO NOTHING
RETURNING tenant_id, interaction_id::text;

-- name: add_events
-- Of the events that are arriving, add those that are new, and say which.
INSERT INTO events
SELECT
    tenant_id, event_id, uow_id, event_at, started_at, ended_at, event_type, resource_type, resource_id, type_key,
    resource_key, actor_id, actor_type, user_key, causation_id, span_id, payload::json, long_uow_id, size_bytes
FROM pg_temp.arriving_events
ORDER BY tenant_id, event_id
ON CONFLICT DO NOTHING
RETURNING tenant_id, event_id::text;

-- name: neighbours
-- The interactions next to each of the given ones in its unit of work, in the order given: two looks into an index.
SELECT
    before.event_at AS before_at, before.number AS before_number, before.id AS before_id,
    before.origin_id AS before_origin,
    after.event_at AS after_at, after.number AS after_number, after.id AS after_id, after.origin_id AS after_origin
FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::uuid[])
    WITH ORDINALITY AS f (tenant_id, uow_id, event_at, number, interaction_id, at)
LEFT JOIN LATERAL (
    SELECT i.event_at, i.number, i.interaction_id::text AS id, i.origin_id::text
    FROM interactions AS i
    WHERE i.tenant_id = f.tenant_id AND i.uow_id = f.uow_id
        AND (i.event_at, i.number, i.interaction_id) < (f.event_at, f.number, f.interaction_id)
    ORDER BY i.event_at DESC, i.number DESC, i.interaction_id DESC
    LIMIT 1
) AS before ON true
LEFT JOIN LATERAL (
    SELECT i.event_at, i.number, i.interaction_id::text AS id, i.origin_id::text
    FROM interactions AS i
    WHERE i.tenant_id = f.tenant_id AND i.uow_id = f.uow_id
        AND (i.event_at, i.number, i.interaction_id) > (f.event_at, f.number, f.interaction_id)
    ORDER BY i.event_at, i.number, i.interaction_id
    LIMIT 1
) AS after ON true
ORDER BY f.at;

-- name: add_members
-- Add what a trace has not had so far, or not under so small a name. Its row is held, so nobody else does the same.
INSERT INTO members (tenant_id, uow_id, kind, value, name)
SELECT m.tenant_id, m.uow_id, m.kind, m.value, m.name
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS m (tenant_id, uow_id, kind, value, name)
WHERE NOT EXISTS (
    SELECT FROM members AS k
    WHERE k.tenant_id = m.tenant_id AND k.uow_id = m.uow_id AND k.kind = m.kind AND k.value = m.value
        AND k.name <= m.name COLLATE "C"
)
ORDER BY m.tenant_id, m.uow_id, m.kind, m.value
ON CONFLICT (tenant_id, uow_id, kind, value) DO UPDATE SET name = excluded.name;

-- name: add_resources
-- Add the resources that are new to their trace, and say of which traces.
INSERT INTO resources (tenant_id, uow_id, resource_key)
SELECT r.tenant_id, r.uow_id, r.resource_key
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS r (tenant_id, uow_id, resource_key)
ORDER BY r.tenant_id, r.uow_id, r.resource_key
ON CONFLICT DO NOTHING
RETURNING tenant_id, uow_id;

-- name: add_to_traces
-- Add to the counts of traces and widen their times. Their rows are held.
UPDATE summaries AS s
SET
    interactions = s.interactions + d.interactions,
    events = s.events + d.events,
    resources = s.resources + d.resources,
    started_at = least(s.started_at, d.started_at),
    ended_at = greatest(s.ended_at, d.ended_at)
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[])
    AS d (tenant_id, uow_id, interactions, events, resources, started_at, ended_at)
WHERE s.tenant_id = d.tenant_id AND s.uow_id = d.uow_id;

-- name: forget_empty
-- Take back the rows made for traces that got no record after all.
DELETE FROM summaries AS s
USING unnest($1::text[], $2::text[]) AS t (tenant_id, uow_id)
WHERE s.tenant_id = t.tenant_id AND s.uow_id = t.uow_id AND s.interactions + s.events = 0;

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
-- Count interactions by origin and day. In key order.
INSERT INTO origin_days AS c (tenant_id, day, origin_id, n, name)
SELECT o.tenant_id, (o.event_at AT TIME ZONE 'UTC')::date, o.origin_id, count(*), min(o.name COLLATE "C")
FROM unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::text[]) AS o (tenant_id, event_at, origin_id, name)
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
ON CONFLICT (tenant_id, day, origin_id) DO UPDATE SET n = c.n + excluded.n, name = least(c.name, excluded.name);

-- name: count_links
-- Count links made and broken. In key order.
INSERT INTO origin_links AS c (tenant_id, day, from_id, to_id, bucket, n, latency_ms)
SELECT
    l.tenant_id, (l.at AT TIME ZONE 'UTC')::date, l.from_id, l.to_id, latency_bucket(l.latency_ms), sum(l.change),
    sum(l.latency_ms * l.change)
FROM unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[])
    AS l (tenant_id, at, from_id, to_id, latency_ms, change)
GROUP BY 1, 2, 3, 4, 5
HAVING sum(l.change) <> 0 OR sum(l.latency_ms * l.change) <> 0
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (tenant_id, day, from_id, to_id, bucket) DO UPDATE
SET n = c.n + excluded.n, latency_ms = c.latency_ms + excluded.latency_ms;
