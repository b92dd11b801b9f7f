-- Reads of the open sessions by executors, of every tenant.

-- name: of_partitions
-- The sessions of partitions that have not ended.
SELECT tenant_id, session_id::text, record_key, started, head
FROM sessions
WHERE is_open AND partition = ANY ($1::integer[]);
