-- Reads and writes of metric definitions, their editions and series; every statement names the tenant.

-- name: insert_definition
-- A new definition.
INSERT INTO metrics.definitions (
    tenant_id, id, version, name, name_folded, status, definition, edition, created_at, created_by, updated_at, updated_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: update_definition
-- The definition as its version $3 is.
UPDATE metrics.definitions
SET version = $3, name = $4, name_folded = $5, status = $6, definition = $7, edition = $8, updated_at = $9,
    updated_by = $10
WHERE tenant_id = $1 AND id = $2;

-- name: delete_definition
-- Remove a definition.
DELETE FROM metrics.definitions WHERE tenant_id = $1 AND id = $2;

-- name: get_definition
-- One definition.
SELECT * FROM metrics.definitions WHERE tenant_id = $1 AND id = $2;

-- name: lock_definition
-- One definition, held against other writers until the transaction ends.
SELECT * FROM metrics.definitions WHERE tenant_id = $1 AND id = $2 FOR UPDATE;

-- name: share_definition
-- One definition, which until the transaction ends nobody locks or deletes.
SELECT * FROM metrics.definitions WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE;

-- name: list_definitions
-- The definitions of a status (null: any), newest first, before the id $3 (null: from the first): $4 rows.
SELECT * FROM metrics.definitions
WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4::bigint;

-- name: count_definitions
-- How many definitions of a status (null: any) there are.
SELECT count(*) FROM metrics.definitions WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2);

-- name: figures
-- Of definitions ($2): how many values are shown, as of when they were computed, when they will be, and how many
-- contributions have no number where one is needed; the generation's schema is on the search path.
SELECT d.id, coalesce(served.value_count, 0) AS value_count, served.computed_at AS last_computed_at,
    CASE WHEN newest.mode = 'batch' THEN due.due_at END AS next_compute_at,
    CASE WHEN newest.function = 'count' THEN 0 ELSE coalesce(skips.not_numeric, 0) END AS not_numeric
FROM metrics.definitions AS d
JOIN metrics.editions AS newest ON (newest.tenant_id, newest.metric_id, newest.edition)
    = (d.tenant_id, d.id, d.edition)
LEFT JOIN metrics.editions AS served ON (served.tenant_id, served.metric_id, served.edition)
    = (d.tenant_id, d.id, d.serving)
LEFT JOIN metrics.schedule AS due ON (due.tenant_id, due.kind, due.id) = (d.tenant_id, 'interval', d.id::text)
LEFT JOIN skips ON (skips.tenant_id, skips.series_id) = (d.tenant_id, newest.series_id)
WHERE d.tenant_id = $1 AND d.id = ANY ($2::uuid[]);

-- name: raise_revision
-- Say that what is computed changes; the changes of all tenants follow each other until their transactions end.
UPDATE metrics.definition_changes SET revision = revision + 1 RETURNING revision;

-- name: find_or_add_series
-- The series of a source's digest ($2), made now by the revision $4 unless it is there.
WITH found AS (
    SELECT id FROM metrics.series WHERE tenant_id = $1 AND digest = $2 AND ended_at IS NULL AND refused IS NULL
), added AS (
    INSERT INTO metrics.series (tenant_id, digest, source, revision)
    SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM found)
    RETURNING id
)
SELECT id FROM found UNION ALL SELECT id FROM added;

-- name: end_series
-- Let the series of a tenant that no edition needs any more end.
UPDATE metrics.series AS s
SET ended_at = now()
WHERE s.tenant_id = $1 AND s.ended_at IS NULL AND NOT EXISTS (
    SELECT FROM metrics.editions AS e
    WHERE e.tenant_id = s.tenant_id AND e.series_id = s.id AND e.state <> 'retired'
);

-- name: insert_edition
-- A new edition, which is being built.
INSERT INTO metrics.editions (tenant_id, metric_id, edition, version, series_id, function, window_days, mode, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'building');

-- name: keep_edition
-- An edition that version $4 of its metric goes on with.
UPDATE metrics.editions SET version = $4, mode = $5
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3;

-- name: retire_editions
-- Retire the editions of a metric other than $3.
UPDATE metrics.editions SET state = 'retired'
WHERE tenant_id = $1 AND metric_id = $2 AND state <> 'retired' AND edition <> ALL ($3::integer[])
RETURNING edition;

-- name: serve_edition
-- Let the values of an edition that is being built be shown; no row where it is not being built any more.
UPDATE metrics.editions SET state = 'serving'
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND state = 'building'
RETURNING edition;

-- name: show_edition
-- Note at the definition which edition's values are shown.
UPDATE metrics.definitions SET serving = $3 WHERE tenant_id = $1 AND id = $2;
