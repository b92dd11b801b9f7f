-- Reads and writes of the event types' schemas.

-- name: add_event_type
-- An event type without a version yet; one that is there stays as it is.
INSERT INTO catalog.event_types (tenant_id, event_type, revision, latest_version, created_at, modified_at)
VALUES ($1, $2, 0, 0, $3, $3)
ON CONFLICT DO NOTHING;

-- name: lock_event_type
-- An event type, held against other writers until the transaction ends.
SELECT * FROM catalog.event_types WHERE tenant_id = $1 AND event_type = $2 FOR UPDATE;

-- name: change_event_type
-- The event type's new state, one revision on: $3 its latest version, $4 whether it is archived; dates never go back.
UPDATE catalog.event_types
SET revision = revision + 1, latest_version = $3, modified_at = greatest(modified_at, $5),
    archived_at = CASE WHEN $4 THEN greatest(modified_at, $5) END
WHERE tenant_id = $1 AND event_type = $2
RETURNING *;

-- name: add_version
-- A new version of a schema.
INSERT INTO catalog.event_type_schemas (tenant_id, event_type, version, schema, forced, created_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: get_version
-- One version of an event type's schema with the event type: $3, or null for the latest.
SELECT t.*, s.version, s.schema, s.forced, s.created_at AS version_created_at, s.created_by
FROM catalog.event_types AS t
JOIN catalog.event_type_schemas AS s USING (tenant_id, event_type)
WHERE t.tenant_id = $1 AND t.event_type = $2 AND s.version = coalesce($3::integer, t.latest_version);

-- name: list_versions
-- An event type's versions, newest first: $3 rows after $4 skipped ones.
SELECT t.*, s.version, s.schema, s.forced, s.created_at AS version_created_at, s.created_by
FROM catalog.event_types AS t
JOIN catalog.event_type_schemas AS s USING (tenant_id, event_type)
WHERE t.tenant_id = $1 AND t.event_type = $2
ORDER BY s.version DESC
LIMIT $3 OFFSET $4;

-- name: list_event_types
-- A tenant's event types that are archived or not ($2; null: both), by name: $3 rows after $4 skipped ones.
SELECT * FROM catalog.event_types
WHERE tenant_id = $1 AND ($2::boolean IS NULL OR (archived_at IS NOT NULL) = $2)
ORDER BY event_type
LIMIT $3 OFFSET $4;

-- name: count_event_types
-- How many event types list_event_types has in all.
SELECT count(*) FROM catalog.event_types
WHERE tenant_id = $1 AND ($2::boolean IS NULL OR (archived_at IS NOT NULL) = $2);

-- name: every_latest_version
-- The latest version of every event type of all tenants, for publishing again what the topic lacks.
SELECT t.*, s.version, s.schema, s.forced, s.created_at AS version_created_at, s.created_by
FROM catalog.event_types AS t
JOIN catalog.event_type_schemas AS s
    ON (s.tenant_id, s.event_type, s.version) = (t.tenant_id, t.event_type, t.latest_version)
ORDER BY t.tenant_id, t.event_type;

-- name: take_up_event_types
-- Event types as the log has them, where there is none of that name, or an older revision.
INSERT INTO catalog.event_types AS t (
    tenant_id, event_type, revision, latest_version, created_at, modified_at, archived_at
)
SELECT n.tenant_id, n.event_type, n.revision, n.version, n.created_at, n.written_at,
    CASE WHEN n.archived THEN n.written_at END
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::integer[], $5::timestamptz[], $6::timestamptz[], $7::boolean[])
    AS n (tenant_id, event_type, revision, version, created_at, written_at, archived)
ORDER BY n.tenant_id, n.event_type
ON CONFLICT (tenant_id, event_type) DO UPDATE
SET revision = excluded.revision, latest_version = excluded.latest_version, modified_at = excluded.modified_at,
    archived_at = excluded.archived_at
WHERE t.revision < excluded.revision
RETURNING true;

-- name: take_up_versions
-- The versions that were the latest ones when the log had them.
INSERT INTO catalog.event_type_schemas (tenant_id, event_type, version, schema, forced, created_at, created_by)
SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::boolean[], $6::timestamptz[], $7::text[])
ON CONFLICT (tenant_id, event_type, version) DO UPDATE
SET schema = excluded.schema, forced = excluded.forced, created_at = excluded.created_at,
    created_by = excluded.created_by;
