-- Statements of the versions that a service keeps of its objects; `schema` is the service's.

-- name: latest_state
-- The state of an object's latest version.
SELECT state FROM :"schema".object_versions
WHERE tenant_id = $1 AND kind = $2 AND object_id = $3
ORDER BY version DESC LIMIT 1;

-- name: add
-- A new version, in force from now on: in whole milliseconds, as records are dated, and never before the one it follows.
INSERT INTO :"schema".object_versions (tenant_id, kind, object_id, version, state, changed, in_force_from)
SELECT $1, $2, $3, $4, $5, $6, greatest(date_trunc('milliseconds', clock_timestamp()), max(in_force_from))
FROM :"schema".object_versions
WHERE tenant_id = $1 AND kind = $2 AND object_id = $3
RETURNING in_force_from;

-- name: list
-- An object's versions, newest first: the one numbered $4 (null: all), those in force at $5 (null: whenever); $6 rows
-- (null: all) after $7 skipped ones.
SELECT version, state, changed, in_force_from, in_force_to
FROM (
    SELECT version, state, changed, in_force_from, lead(in_force_from) OVER (ORDER BY version) AS in_force_to
    FROM :"schema".object_versions
    WHERE tenant_id = $1 AND kind = $2 AND object_id = $3
) AS v
WHERE state IS NOT NULL
  AND ($4::bigint IS NULL OR version = $4)
  AND ($5::timestamptz IS NULL OR (in_force_from <= $5 AND (in_force_to IS NULL OR in_force_to > $5)))
ORDER BY version DESC
LIMIT $6::bigint OFFSET $7::bigint;

-- name: count
-- How many versions an object has.
SELECT count(*) FROM :"schema".object_versions
WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND state IS NOT NULL;
