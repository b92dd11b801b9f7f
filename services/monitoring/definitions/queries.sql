-- Reads and writes of critical interactions' definitions, and of their versions as the matching needs them.

-- name: insert_interaction
-- A new critical interaction, under an id that the tenant has not used before ($2).
INSERT INTO monitoring.critical_interactions (
    tenant_id, id, version, name, name_folded, is_running, definition, created_at, created_by, updated_at, updated_by
) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $7, $8);

-- name: next_id
-- The id after the highest that the tenant has used.
SELECT coalesce(max(id), 0) + 1 FROM monitoring.critical_interactions WHERE tenant_id = $1;

-- name: get_interaction
-- One critical interaction by its id, deleted or not.
SELECT * FROM monitoring.critical_interactions WHERE tenant_id = $1 AND id = $2;

-- name: lock_interaction
-- One critical interaction by its id, deleted or not, held against other writers until the transaction ends.
SELECT * FROM monitoring.critical_interactions WHERE tenant_id = $1 AND id = $2 FOR UPDATE;

-- name: find_interaction
-- The critical interaction of a name.
SELECT * FROM monitoring.critical_interactions WHERE tenant_id = $1 AND name = $2 AND deleted_at IS NULL;

-- name: lock_named
-- The critical interaction of a name, held against other writers until the transaction ends.
SELECT * FROM monitoring.critical_interactions WHERE tenant_id = $1 AND name = $2 AND deleted_at IS NULL FOR UPDATE;

-- name: share_named
-- The critical interaction of a name, which until the transaction ends nobody changes or deletes.
SELECT * FROM monitoring.critical_interactions WHERE tenant_id = $1 AND name = $2 AND deleted_at IS NULL FOR SHARE;

-- name: update_interaction
-- The critical interaction as its version $3 is; $9 is null unless it is deleted.
UPDATE monitoring.critical_interactions
SET version = $3, is_running = $4, definition = $5, created_at = $6, updated_at = $7, updated_by = $8, deleted_at = $9
WHERE tenant_id = $1 AND id = $2;

-- name: list_interactions
-- The critical interactions that fit the filters, by name: $2 a part of the name, folded, $3 the creator, $4 whether they
-- run (null: any); $5 rows after $6 skipped ones.
SELECT * FROM monitoring.critical_interactions
WHERE tenant_id = $1 AND deleted_at IS NULL
  AND ($2::text IS NULL OR strpos(name_folded, $2) > 0)
  AND ($3::text IS NULL OR created_by = $3)
  AND ($4::boolean IS NULL OR is_running = $4)
ORDER BY name
LIMIT $5::bigint OFFSET $6::bigint;

-- name: count_interactions
-- How many critical interactions fit the filters of list_interactions.
SELECT count(*) FROM monitoring.critical_interactions
WHERE tenant_id = $1 AND deleted_at IS NULL
  AND ($2::text IS NULL OR strpos(name_folded, $2) > 0)
  AND ($3::text IS NULL OR created_by = $3)
  AND ($4::boolean IS NULL OR is_running = $4);

-- name: count_running
-- How many running critical interactions the tenant has.
SELECT count(*) FROM monitoring.critical_interactions WHERE tenant_id = $1 AND deleted_at IS NULL AND is_running;

-- name: count_definitions
-- How many critical interactions the tenant has, running or not.
SELECT count(*) FROM monitoring.critical_interactions WHERE tenant_id = $1 AND deleted_at IS NULL;

-- name: list_creators
-- Who has created the tenant's critical interactions.
SELECT created_by FROM monitoring.critical_interactions
WHERE tenant_id = $1 AND deleted_at IS NULL
GROUP BY created_by
ORDER BY created_by COLLATE "C";

-- name: every_interaction
-- The critical interactions of all tenants, deleted ones too, for publishing again what the topic lacks.
SELECT * FROM monitoring.critical_interactions ORDER BY tenant_id, id;

-- name: take_up_interaction
-- A critical interaction as the log has it, where there is none of that id, or an older version.
INSERT INTO monitoring.critical_interactions AS i (
    tenant_id, id, version, name, name_folded, is_running, definition, created_at, created_by, updated_at, updated_by,
    deleted_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant_id, id) DO UPDATE
SET version = excluded.version, name = excluded.name, name_folded = excluded.name_folded,
    is_running = excluded.is_running, definition = excluded.definition, created_at = excluded.created_at,
    created_by = excluded.created_by, updated_at = excluded.updated_at, updated_by = excluded.updated_by,
    deleted_at = excluded.deleted_at
WHERE i.version < excluded.version
RETURNING true;

-- name: raise_revision
-- Say that a definition changes; the changes of all tenants follow each other until their transactions end.
UPDATE monitoring.definition_changes SET revision = revision + 1 RETURNING revision;

-- name: add_revision
-- Note by which revision, and by whom, a version came to be.
INSERT INTO monitoring.version_revisions (tenant_id, id, version, revision, outlasts_ms, changed_by)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: authors
-- Who made the versions of a critical interaction.
SELECT version, changed_by FROM monitoring.version_revisions WHERE tenant_id = $1 AND id = $2;

-- name: revision
-- The revision of the last change of any definition.
SELECT revision FROM monitoring.definition_changes;

-- name: versions_since
-- The running versions of definitions that changed after revision $1 which may still judge a record accepted at or after
-- $2 (milliseconds since the epoch), and those that such a change ended, unless nothing is known yet ($1 = 0).
SELECT tenant_id, id, version, state, from_ms, to_ms, ended_ms
FROM (
    SELECT r.tenant_id, r.id, r.version, r.outlasts_ms, v.state,
        (extract(epoch FROM v.in_force_from) * 1000)::bigint AS from_ms,
        (extract(epoch FROM min(v.in_force_from) OVER later) * 1000)::bigint AS to_ms,
        (extract(epoch FROM min(v.in_force_from) FILTER (WHERE v.status <> 'RUNNING') OVER later) * 1000)::bigint AS ended_ms,
        greatest(
            min(r.revision) OVER later, min(r.revision) FILTER (WHERE v.status <> 'RUNNING') OVER later
        ) AS end_revision,
        v.status
    FROM monitoring.version_revisions AS r
    CROSS JOIN LATERAL (
        SELECT o.state, o.in_force_from, coalesce(o.state ->> 'status', 'DELETED') AS status
        FROM monitoring.object_versions AS o
        WHERE o.tenant_id = r.tenant_id AND o.kind = 'critical_interaction' AND o.object_id = r.id::text
            AND o.version = r.version
    ) AS v
    WHERE (r.tenant_id, r.id) IN (SELECT c.tenant_id, c.id FROM monitoring.version_revisions AS c WHERE c.revision > $1)
    WINDOW later AS (
        PARTITION BY r.tenant_id, r.id ORDER BY r.version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    )
) AS v
WHERE status = 'RUNNING'
  AND (
    to_ms IS NULL
    OR least(to_ms + outlasts_ms, ended_ms) > $2
    OR ($1 > 0 AND end_revision > $1)
  )
ORDER BY tenant_id, id, version;

-- name: closings_since
-- When running definitions were stopped or deleted, from $1 on (milliseconds since the epoch).
SELECT tenant_id, id, version, at_ms, CASE status WHEN 'DELETED' THEN 'deleted' ELSE 'stopped' END AS cause
FROM (
    SELECT r.tenant_id, r.id, r.version, floor(extract(epoch FROM v.in_force_from) * 1000)::bigint AS at_ms,
        coalesce(v.state ->> 'status', 'DELETED') AS status,
        lag(v.state ->> 'status') OVER (PARTITION BY r.tenant_id, r.id ORDER BY r.version) AS status_before
    FROM monitoring.version_revisions AS r
    JOIN monitoring.object_versions AS v
        ON v.tenant_id = r.tenant_id AND v.kind = 'critical_interaction' AND v.object_id = r.id::text
        AND v.version = r.version
) AS v
WHERE status_before = 'RUNNING' AND status <> 'RUNNING' AND at_ms >= $1::bigint
ORDER BY at_ms, tenant_id, id;

-- name: judged_until
-- Until when versions of a running critical interaction that others followed judge records, with watermark $3 (milliseconds;
-- instants since the epoch). Left out are those that judge none after $4, whichever watermark is set.
SELECT to_ms + (json_array_length(state -> 'events') - 1) * ((state ->> 'thresholdInMs')::bigint + $3) AS until_ms
FROM (
    SELECT r.version, r.outlasts_ms, v.state,
        (extract(epoch FROM lead(v.in_force_from) OVER (ORDER BY r.version)) * 1000)::bigint AS to_ms,
        max(r.version) FILTER (WHERE 'status' = ANY(v.changed)) OVER () AS started
    FROM monitoring.version_revisions AS r
    JOIN monitoring.object_versions AS v
        ON v.tenant_id = r.tenant_id AND v.kind = 'critical_interaction' AND v.object_id = r.id::text
        AND v.version = r.version
    WHERE r.tenant_id = $1 AND r.id = $2
) AS v
WHERE version >= coalesce(started, 1) AND to_ms + outlasts_ms > $4
ORDER BY until_ms;

-- name: load_versions
-- Versions by their tenants ($1), ids ($2) and numbers ($3), also of definitions that are deleted.
SELECT w.tenant_id, w.id, w.version, v.state
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS w (tenant_id, id, version)
JOIN monitoring.object_versions AS v
    ON v.tenant_id = w.tenant_id AND v.kind = 'critical_interaction' AND v.object_id = w.id::text
    AND v.version = w.version
WHERE v.state IS NOT NULL;
