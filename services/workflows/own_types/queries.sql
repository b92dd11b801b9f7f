-- Reads and writes of the tenants' own task types.

-- name: insert_type
-- A new type, in its first version.
INSERT INTO workflows.task_types (
    tenant_id, type, title_key, version, definition, created_at, created_by, updated_at, updated_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: update_type
-- The type as its version $4 is.
UPDATE workflows.task_types
SET title_key = $3, version = $4, definition = $5, updated_at = $6, updated_by = $7
WHERE tenant_id = $1 AND type = $2;

-- name: delete_type
-- Remove a type.
DELETE FROM workflows.task_types WHERE tenant_id = $1 AND type = $2;

-- name: lock_type
-- One type, held against other writers, and against those who share it, until the transaction ends.
SELECT * FROM workflows.task_types WHERE tenant_id = $1 AND type = $2 FOR UPDATE;

-- name: named_types
-- The types of some ids or titles ($2, both as ids are written).
SELECT * FROM workflows.task_types
WHERE tenant_id = $1 AND (type = ANY($2::text[]) OR title_key = ANY($2::text[]))
ORDER BY type;

-- name: share_types
-- The same, and until the transaction ends nobody changes or deletes one.
SELECT * FROM workflows.task_types
WHERE tenant_id = $1 AND (type = ANY($2::text[]) OR title_key = ANY($2::text[]))
ORDER BY type
FOR SHARE;

-- name: list_types
-- The types of a tenant.
SELECT * FROM workflows.task_types WHERE tenant_id = $1 ORDER BY type;

-- name: count_types
-- How many types a tenant has.
SELECT count(*) FROM workflows.task_types WHERE tenant_id = $1;

-- name: last_version
-- The number of the last version that a type of this id has had, 0 before the first; one that was deleted counts.
SELECT coalesce(max(version), 0) FROM workflows.object_versions
WHERE tenant_id = $1 AND kind = 'task_type' AND object_id = $2;

-- name: users_of_type
-- The names of the workflows whose newest or active version uses a type.
SELECT d.name
FROM workflows.definitions AS d
WHERE d.tenant_id = $1 AND d.archived_at IS NULL
  AND EXISTS (
    SELECT FROM workflows.version_heads AS h
    WHERE h.tenant_id = d.tenant_id AND h.workflow_id = d.id AND h.version IN (d.version, d.active_version)
      AND $2::text = ANY(h.task_types)
  )
ORDER BY d.name;

-- name: active_versions
-- The active versions of workflows that use a type, by the workflows' names.
SELECT d.name, v.state
FROM workflows.definitions AS d
JOIN workflows.version_heads AS h
    ON h.tenant_id = d.tenant_id AND h.workflow_id = d.id AND h.version = d.active_version
JOIN workflows.object_versions AS v
    ON v.tenant_id = d.tenant_id AND v.kind = 'workflow' AND v.object_id = d.id::text AND v.version = h.version
WHERE d.tenant_id = $1 AND d.active AND d.archived_at IS NULL AND $2::text = ANY(h.task_types)
ORDER BY d.name;
