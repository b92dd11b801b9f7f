-- Reads and writes of contact policies and qualification rules; every statement names the tenant and the kind.

-- name: insert_rule
-- A new rule.
INSERT INTO metrics.rules (
    tenant_id, kind, id, version, name, name_folded, description, status, rule_type, metric_id, condition, priority,
    created_at, created_by, updated_at, updated_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: update_rule
-- The rule as its version $4 is.
UPDATE metrics.rules
SET version = $4, name = $5, name_folded = $6, description = $7, status = $8, rule_type = $9, metric_id = $10,
    condition = $11, priority = $12, updated_at = $13, updated_by = $14
WHERE tenant_id = $1 AND kind = $2 AND id = $3;

-- name: delete_rule
-- Remove a rule.
DELETE FROM metrics.rules WHERE tenant_id = $1 AND kind = $2 AND id = $3;

-- name: get_rule
-- One rule.
SELECT * FROM metrics.rules WHERE tenant_id = $1 AND kind = $2 AND id = $3;

-- name: lock_rule
-- One rule, held against other writers until the transaction ends.
SELECT * FROM metrics.rules WHERE tenant_id = $1 AND kind = $2 AND id = $3 FOR UPDATE;

-- name: list_rules
-- The rules of a status ($3; null: of any) by priority, then newest first: $7 rows after the one of priority $4 that was
-- created at $5 under the id $6 (null: from the first).
SELECT * FROM metrics.rules
WHERE tenant_id = $1 AND kind = $2
  AND ($3::text IS NULL OR status = $3)
  AND ($4::integer IS NULL OR (priority, created_at, id) < ($4, $5::timestamptz, $6::uuid))
ORDER BY priority DESC, created_at DESC, id DESC
LIMIT $7;

-- name: count_rules
-- How many rules there are of a status ($3; null: of any).
SELECT count(*) FROM metrics.rules WHERE tenant_id = $1 AND kind = $2 AND ($3::text IS NULL OR status = $3);

-- name: rules_to_evaluate
-- The active rules, or those of the ids ($3) whatever their status, by priority, then newest first.
SELECT * FROM metrics.rules
WHERE tenant_id = $1 AND kind = $2 AND CASE WHEN $3::uuid[] IS NULL THEN status = 'active' ELSE id = ANY ($3) END
ORDER BY priority DESC, created_at DESC, id DESC;

-- name: active_referrers
-- The active rules of both kinds that refer to a metric, by kind and name.
SELECT kind, id, name FROM metrics.rules
WHERE tenant_id = $1 AND metric_id = $2 AND status = 'active'
ORDER BY kind, name;
