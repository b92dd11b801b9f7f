-- Reads and writes of service level objectives; every statement names the tenant.

-- name: insert_slo
-- A new objective.
INSERT INTO monitoring.slos (
    tenant_id, id, version, interaction_id, name, good_when, target, window_minutes, min_events, burn_rules, webhook_ids,
    created_at, created_by, updated_at, updated_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: update_slo
-- The objective as its version $3 is.
UPDATE monitoring.slos
SET version = $3, name = $4, good_when = $5, target = $6, window_minutes = $7, min_events = $8, burn_rules = $9,
    webhook_ids = $10, updated_at = $11, updated_by = $12
WHERE tenant_id = $1 AND id = $2;

-- name: delete_slo
-- Remove an objective.
DELETE FROM monitoring.slos WHERE tenant_id = $1 AND id = $2;

-- name: get_slo
-- One objective, with the name of its critical interaction.
SELECT s.*, i.name AS interaction_name
FROM monitoring.slos AS s
JOIN monitoring.critical_interactions AS i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id
WHERE s.tenant_id = $1 AND s.id = $2;

-- name: lock_slo
-- The same, held against other writers until the transaction ends.
SELECT s.*, i.name AS interaction_name
FROM monitoring.slos AS s
JOIN monitoring.critical_interactions AS i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id
WHERE s.tenant_id = $1 AND s.id = $2
FOR UPDATE OF s;

-- name: lock_slos_of
-- The objectives of a critical interaction, held against other writers until the transaction ends, by id.
SELECT s.*, i.name AS interaction_name
FROM monitoring.slos AS s
JOIN monitoring.critical_interactions AS i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id
WHERE s.tenant_id = $1 AND s.interaction_id = $2
ORDER BY s.id
FOR UPDATE OF s;

-- name: list_slos
-- The objectives of the critical interaction named $2 (null: of all), by name: $3 rows after $4 skipped ones.
SELECT s.*, i.name AS interaction_name
FROM monitoring.slos AS s
JOIN monitoring.critical_interactions AS i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id
WHERE s.tenant_id = $1 AND ($2::text IS NULL OR i.name = $2)
ORDER BY s.name
LIMIT $3::bigint OFFSET $4::bigint;

-- name: count_slos
-- How many objectives list_slos has in all.
SELECT count(*)
FROM monitoring.slos AS s
JOIN monitoring.critical_interactions AS i ON i.tenant_id = s.tenant_id AND i.id = s.interaction_id
WHERE s.tenant_id = $1 AND ($2::text IS NULL OR i.name = $2);
