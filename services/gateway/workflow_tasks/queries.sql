-- The sessions of workflows that the gateway follows.

-- name: load_sessions
-- Of sessions ($1 tenants, $2 ids) those that are followed. Each is looked up by itself (LIMIT).
SELECT f.tenant_id, f.session_id::text, f.state
FROM unnest($1::text[], $2::uuid[]) AS w (tenant_id, session_id)
CROSS JOIN LATERAL (
    SELECT s.* FROM gateway.workflow_sessions AS s
    WHERE s.tenant_id = w.tenant_id AND s.session_id = w.session_id LIMIT 1
) AS f;

-- name: keep_sessions
-- Store sessions as they are now, in key order.
INSERT INTO gateway.workflow_sessions (tenant_id, session_id, state)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::bytea[]) ORDER BY 1, 2
ON CONFLICT (tenant_id, session_id) DO UPDATE SET state = excluded.state;

-- name: forget_sessions
-- Remove sessions that are over for good.
DELETE FROM gateway.workflow_sessions AS s
USING unnest($1::text[], $2::uuid[]) AS w (tenant_id, session_id)
WHERE s.tenant_id = w.tenant_id AND s.session_id = w.session_id;
