-- Reads of the open sessions by executors, of every tenant.

-- name: of_partitions
-- The ids of the sessions of partitions that have not ended, oldest first.
SELECT tenant_id, session_id::text
FROM sessions
WHERE is_open AND partition = ANY ($1::integer[])
ORDER BY started_at, session_id;
