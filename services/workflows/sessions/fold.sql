-- Statements that fold records of sessions; the schema of a generation is first on the search path.

-- name: known
-- Of sessions ($1 tenants, $2 ids) those that are known. Each is looked up by itself (LIMIT).
SELECT k.tenant_id, k.session_id::text, k.record_key, k.started, k.head
FROM unnest($1::text[], $2::uuid[]) AS w (tenant_id, session_id)
CROSS JOIN LATERAL (
    SELECT s.* FROM sessions AS s WHERE s.tenant_id = w.tenant_id AND s.session_id = w.session_id LIMIT 1
) AS k;

-- name: tasks
-- The tasks of sessions ($1 tenants, $2 ids).
SELECT k.tenant_id, k.session_id::text, k.task, k.item, k.state
FROM unnest($1::text[], $2::uuid[]) AS w (tenant_id, session_id)
CROSS JOIN LATERAL (
    SELECT t.* FROM session_tasks AS t WHERE t.tenant_id = w.tenant_id AND t.session_id = w.session_id OFFSET 0
) AS k;

-- name: add
-- Add sessions that are new.
INSERT INTO sessions (
    tenant_id, session_id, partition, record_key, next_offset, workflow, workflow_id, status, is_open, uow_key, parent_id,
    started_at, started, head, summary
)
SELECT *
FROM unnest(
    $1::text[], $2::uuid[], $3::integer[], $4::text[], $5::bigint[], $6::text[], $7::uuid[], $8::text[], $9::boolean[],
    $10::text[], $11::uuid[], $12::bigint[], $13::bytea[], $14::bytea[], $15::bytea[]
)
ORDER BY 1, 2;

-- name: change
-- Change sessions that are known.
UPDATE sessions AS s SET
    next_offset = c.next_offset, status = c.status, is_open = c.is_open, head = c.head, summary = c.summary
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::boolean[], $6::bytea[], $7::bytea[])
    AS c (tenant_id, session_id, next_offset, status, is_open, head, summary)
WHERE s.tenant_id = c.tenant_id AND s.session_id = c.session_id;

-- name: keep_tasks
-- Store tasks that are new or changed.
INSERT INTO session_tasks (tenant_id, session_id, task, item, state)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::bytea[])
ORDER BY 1, 2, 3, 4
ON CONFLICT (tenant_id, session_id, task, item) DO UPDATE SET state = excluded.state;

-- name: count
-- Count what changed, in key order: by tenant, workflow, status and minute of the start, counted from 0001-01-01.
INSERT INTO session_counts AS c (tenant_id, length, span, workflow, status, n)
SELECT a.tenant_id, l.length, a.minute / l.length, a.workflow, a.status, sum(a.n)
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
    AS a (tenant_id, workflow, status, minute, n)
CROSS JOIN (VALUES (1), (60), (1440), (14400), (144000)) AS l (length)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (tenant_id, length, span, workflow, status) DO UPDATE SET n = c.n + excluded.n;

-- name: count_all
-- Count all sessions, at the end of a rebuild.
INSERT INTO session_counts (tenant_id, length, span, workflow, status, n)
SELECT s.tenant_id, l.length, (s.started_at + 62135596800000) / 60000 / l.length, s.workflow, s.status, count(*)
FROM sessions AS s
CROSS JOIN (VALUES (1), (60), (1440), (14400), (144000)) AS l (length)
GROUP BY 1, 2, 3, 4, 5;
