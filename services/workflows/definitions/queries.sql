-- Reads and writes of workflows, and of what is at hand of their versions.

-- name: find_heads
-- Of each tenant ($1) the workflow of a folded name ($2) with the head of a version: that of a number ($3), else the active
-- one, else the newest.
SELECT w.tenant_id, w.name_folded, w.wanted, d.id, d.name, d.active, d.active_version, d.version,
    h.version AS run_version, h.access, h.timeout_ms, h.max_sessions,
    (
        SELECT coalesce(json_object_agg(t.type, t.version), '{}')
        FROM workflows.task_types AS t
        WHERE t.tenant_id = d.tenant_id AND t.type = ANY(h.task_types)
    ) AS task_types
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS w (tenant_id, name_folded, wanted)
JOIN workflows.definitions AS d
    ON d.tenant_id = w.tenant_id AND d.name_folded = w.name_folded AND d.archived_at IS NULL
JOIN workflows.version_heads AS h
    ON h.tenant_id = d.tenant_id AND h.workflow_id = d.id
    AND h.version = coalesce(w.wanted, d.active_version, d.version);

-- name: active_users_of_integration
-- The names of active workflows whose active version uses an integration ($2, folded).
SELECT d.name
FROM workflows.definitions AS d
JOIN workflows.version_heads AS h
    ON h.tenant_id = d.tenant_id AND h.workflow_id = d.id AND h.version = d.active_version
WHERE d.tenant_id = $1 AND d.active AND d.archived_at IS NULL AND $2::text = ANY(h.integrations)
ORDER BY d.name;
