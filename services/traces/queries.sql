-- name: as_of
-- The time up to which everything the log accepted is in this snapshot.
SELECT min(as_of) FROM positions;

-- name: summaries
-- Traces by their units of work.
SELECT
    s.uow_id, coalesce(s.long_uow_id, s.uow_id) AS whole_uow_id, s.interactions, s.events, s.resources, s.errors,
    s.started_at, s.ended_at, s.duration_ms
FROM summaries AS s
WHERE s.tenant_id = $1 AND s.uow_id = ANY($2::text[]);

-- name: members
-- What traces have, by their units of work.
SELECT m.uow_id, m.kind, m.value, m.name FROM members AS m WHERE m.tenant_id = $1 AND m.uow_id = ANY($2::text[]);

-- name: interactions
-- A trace's interactions after a place ($3 to $5), in order, up to the first whose `bytes_before` reach $7, that one
-- included. The place's time stands alone, so that an index finds it.
SELECT * FROM (SELECT
    i.interaction_id, i.event_at, i.number, i.created_at, i.interaction_at, i.type_id::text, i.action_id::text,
    i.origin_id::text, i.resource_type, i.action, i.origin, i.sequence_index, i.resource_id, i.uow_id, i.user_id,
    i.external_reference, i.span_id, i.parent_span_id, i.interaction::text AS interaction,
    i.external_response::text AS external_response, i.long_texts,
    sum(i.size_bytes) OVER in_order - i.size_bytes AS bytes_before,
    lag(i.size_bytes, 1, 0) OVER in_order AS bytes_of_last
FROM interactions AS i
WHERE i.tenant_id = $1 AND i.uow_id = $2 AND i.event_at >= $3
    AND (i.event_at, i.number, i.interaction_id) > ($3, $4::bigint, $5::uuid)
WINDOW in_order AS (ORDER BY i.event_at, i.number, i.interaction_id ROWS UNBOUNDED PRECEDING)
ORDER BY i.event_at, i.number, i.interaction_id
LIMIT $6) AS page
WHERE page.bytes_before - page.bytes_of_last < $7::bigint;

-- name: events
-- The same of its events. Of the place's own instant only those after its id, when it is an event's.
SELECT * FROM (SELECT
    e.event_id, e.event_at, e.event_type, e.resource_type, e.resource_id, e.actor_id, e.actor_type, e.causation_id,
    e.payload::text AS payload, e.dataschema, e.cloud_event::text AS cloud_event, e.source,
    sum(e.size_bytes) OVER in_order - e.size_bytes AS bytes_before,
    lag(e.size_bytes, 1, 0) OVER in_order AS bytes_of_last
FROM events AS e
WHERE e.tenant_id = $1 AND e.uow_id = $2 AND e.event_at >= $3
    AND (e.event_at > $3 OR $4::bigint < 9223372036854775807 OR e.event_id > $5::uuid)
WINDOW in_order AS (ORDER BY e.event_at, e.event_id ROWS UNBOUNDED PRECEDING)
ORDER BY e.event_at, e.event_id
LIMIT $6) AS page
WHERE page.bytes_before - page.bytes_of_last < $7::bigint;

-- name: correlated
-- Whole events of a trace after so many, in order; those passed over are only looked at in the index.
SELECT
    e.event_id, e.event_at, e.event_type, e.resource_type, e.resource_id, e.actor_id, e.actor_type, e.causation_id,
    e.payload::text AS payload, e.dataschema, e.cloud_event::text AS cloud_event, e.source
FROM (
    SELECT k.event_id
    FROM events AS k
    WHERE k.tenant_id = $1 AND k.uow_id = $2
    ORDER BY k.event_at, k.event_id
    OFFSET $3
    LIMIT $4
) AS page
JOIN events AS e ON e.tenant_id = $1 AND e.event_id = page.event_id
ORDER BY e.event_at, e.event_id;

-- name: correlated_from_end
-- The same, so many before the end.
SELECT
    e.event_id, e.event_at, e.event_type, e.resource_type, e.resource_id, e.actor_id, e.actor_type, e.causation_id,
    e.payload::text AS payload, e.dataschema, e.cloud_event::text AS cloud_event, e.source
FROM (
    SELECT k.event_id
    FROM events AS k
    WHERE k.tenant_id = $1 AND k.uow_id = $2
    ORDER BY k.event_at DESC, k.event_id DESC
    OFFSET $3
    LIMIT $4
) AS page
JOIN events AS e ON e.tenant_id = $1 AND e.event_id = page.event_id
ORDER BY e.event_at, e.event_id;

-- name: interaction_keys
-- The key fields of a trace's interactions after a place, in order.
SELECT
    i.interaction_id, i.event_at, i.number, i.type_id::text, i.action_id::text, i.origin_id::text, i.resource_type,
    i.action, i.origin, i.resource_id, i.user_id, i.span_id, i.parent_span_id, i.long_texts, i.status
FROM interactions AS i
WHERE i.tenant_id = $1 AND i.uow_id = $2 AND i.event_at >= $3
    AND (i.event_at, i.number, i.interaction_id) > ($3, $4::bigint, $5::uuid)
ORDER BY i.event_at, i.number, i.interaction_id
LIMIT $6;

-- name: event_keys
-- The key fields of a trace's events after a place, in order.
SELECT
    e.event_id, e.event_at, e.started_at, e.ended_at, e.event_type, e.resource_type, e.resource_id, e.actor_id,
    e.actor_type, e.causation_id, e.span_id, e.status, e.ending, e.source
FROM events AS e
WHERE e.tenant_id = $1 AND e.uow_id = $2 AND e.event_at >= $3
    AND (e.event_at > $3 OR $4::bigint < 9223372036854775807 OR e.event_id > $5::uuid)
ORDER BY e.event_at, e.event_id
LIMIT $6;

-- name: total_of_days
-- How many traces started on whole days, both included.
SELECT coalesce(sum(d.n), 0)::bigint FROM trace_days AS d WHERE d.tenant_id = $1 AND d.day BETWEEN $2 AND $3;

-- name: count_started
-- How many traces started within a range, one by one.
SELECT count(*) FROM summaries AS s WHERE s.tenant_id = $1 AND s.started_at >= $2 AND s.started_at < $3;

-- name: started
-- A page of the traces that meet the conditions, newest start first, from the index of starts.
SELECT s.started_at, s.uow_id FROM summaries AS s WHERE s.tenant_id = $1 /* conditions */
ORDER BY s.started_at DESC, s.uow_id DESC /* page */;

-- name: total_and_started
-- Total and page in one pass over what the most selective condition finds. Materialized, so that the order cannot lure
-- the planner into walking all traces in search of rare ones.
WITH hits AS MATERIALIZED (
    SELECT s.started_at, s.uow_id FROM summaries AS s WHERE s.tenant_id = $1 /* conditions */
)
SELECT c.total, p.started_at, p.uow_id
FROM (SELECT count(*) AS total FROM hits) AS c
LEFT JOIN LATERAL (
    SELECT s.started_at, s.uow_id FROM hits AS s WHERE true /* after */
    ORDER BY s.started_at DESC, s.uow_id DESC /* page */
) AS p ON true
ORDER BY p.started_at DESC, p.uow_id DESC;

-- name: origin_counts
-- How many interactions each origin has in spans ($2 to $5), some of them taken away. Each run of spans is read from the
-- index by itself (OFFSET), as the planner cannot know how few they are.
SELECT o.origin_id::text, min(o.name) AS name, sum(o.n * s.sign)::bigint AS n
FROM unnest($2::smallint[], $3::integer[], $4::integer[], $5::integer[]) AS s (days, first, until, sign)
CROSS JOIN LATERAL (
    SELECT k.origin_id, k.name, k.n
    FROM origin_days AS k
    WHERE k.tenant_id = $1 AND k.days = s.days AND k.span >= s.first AND k.span < s.until
    OFFSET 0
) AS o
GROUP BY o.origin_id
HAVING sum(o.n * s.sign) > 0;

-- name: origin_links
-- The links between origins in spans ($2 to $5), some of them taken away, by part of the histogram. Read as above.
SELECT
    l.from_id::text, l.to_id::text, l.part, sum(l.n * s.sign)::bigint AS n,
    sum(l.latency_ms * s.sign)::double precision AS latency_ms, numeric_send(sum(l.counts * s.sign)) AS counts
FROM unnest($2::smallint[], $3::integer[], $4::integer[], $5::integer[]) AS s (days, first, until, sign)
CROSS JOIN LATERAL (
    SELECT k.from_id, k.to_id, k.part, k.n, k.latency_ms, k.counts
    FROM origin_links AS k
    WHERE k.tenant_id = $1 AND k.days = s.days AND k.span >= s.first AND k.span < s.until
    OFFSET 0
) AS l
GROUP BY l.from_id, l.to_id, l.part
HAVING sum(l.n * s.sign) > 0
ORDER BY l.from_id, l.to_id, l.part;
