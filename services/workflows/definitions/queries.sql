-- Reads and writes of workflows, and of what is at hand of their versions.

-- name: insert_workflow
-- A new workflow, in its first version.
INSERT INTO workflows.definitions (
    tenant_id, id, name, name_folded, version, active, active_version, definition, created_at, created_by, updated_at,
    updated_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: update_workflow
-- The workflow as it is now; $9 is null unless it is archived.
UPDATE workflows.definitions
SET version = $3, active = $4, active_version = $5, definition = $6, updated_at = $7, updated_by = $8, archived_at = $9
WHERE tenant_id = $1 AND id = $2;

-- name: add_head
-- The head of a version.
INSERT INTO workflows.version_heads (
    tenant_id, workflow_id, version, description, access, timeout_ms, max_sessions, task_count, task_types, integrations,
    event_types, created_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: get_workflow
-- One workflow by its id, archived or not.
SELECT * FROM workflows.definitions WHERE tenant_id = $1 AND id = $2;

-- name: find_workflow
-- The workflow of a folded name.
SELECT * FROM workflows.definitions WHERE tenant_id = $1 AND name_folded = $2 AND archived_at IS NULL;

-- name: lock_workflow
-- The workflow of a folded name, held against other writers until the transaction ends.
SELECT * FROM workflows.definitions WHERE tenant_id = $1 AND name_folded = $2 AND archived_at IS NULL FOR UPDATE;

-- name: list_workflows
-- The workflows that fit the filters, by name: $2 a part of the name, folded, $3 active or not, $4 archived or not (null:
-- either); $5 rows after $6 skipped ones.
SELECT d.tenant_id, d.id, d.name, d.version, d.active, d.active_version, d.created_at, d.created_by, d.updated_at,
    d.updated_by, d.archived_at, h.description, h.access, h.timeout_ms, h.max_sessions, h.task_count
FROM workflows.definitions AS d
JOIN workflows.version_heads AS h ON h.tenant_id = d.tenant_id AND h.workflow_id = d.id AND h.version = d.version
WHERE d.tenant_id = $1
  AND ($2::text IS NULL OR strpos(d.name_folded, $2) > 0)
  AND ($3::boolean IS NULL OR d.active = $3)
  AND ($4::boolean IS NULL OR (d.archived_at IS NOT NULL) = $4)
ORDER BY d.name_folded, d.id
LIMIT $5::bigint OFFSET $6::bigint;

-- name: count_workflows
-- How many workflows fit the filters of list_workflows.
SELECT count(*)
FROM workflows.definitions AS d
WHERE d.tenant_id = $1
  AND ($2::text IS NULL OR strpos(d.name_folded, $2) > 0)
  AND ($3::boolean IS NULL OR d.active = $3)
  AND ($4::boolean IS NULL OR (d.archived_at IS NOT NULL) = $4);

-- name: list_heads
-- The heads of versions of a workflow ($3).
SELECT version, description, access, timeout_ms, max_sessions, task_count, task_types, integrations, event_types, created_by
FROM workflows.version_heads
WHERE tenant_id = $1 AND workflow_id = $2 AND version = ANY($3::bigint[]);

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

-- name: load_versions
-- The states of versions as text, by kind ($2), id ($3) and number ($4).
SELECT v.kind, v.object_id, v.state::text AS state
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS w (kind, object_id, version)
JOIN workflows.object_versions AS v
    ON v.tenant_id = $1 AND v.kind = w.kind AND v.object_id = w.object_id AND v.version = w.version
WHERE v.state IS NOT NULL;

-- name: active_users_of_integration
-- The names of active workflows whose active version uses an integration ($2, folded).
SELECT d.name
FROM workflows.definitions AS d
JOIN workflows.version_heads AS h
    ON h.tenant_id = d.tenant_id AND h.workflow_id = d.id AND h.version = d.active_version
WHERE d.tenant_id = $1 AND d.active AND d.archived_at IS NULL AND $2::text = ANY(h.integrations)
ORDER BY d.name;
