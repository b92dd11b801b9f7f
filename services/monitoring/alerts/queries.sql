-- Reads and writes of alert rules and their history. `read_at` is the moment of a look, by the database's clock.

-- name: insert_rule
-- A new rule, which has no data yet.
INSERT INTO monitoring.alert_rules (
    tenant_id, id, version, interaction_id, slo_id, kind, name, settings, state, since, reason, entries,
    created_at, created_by, updated_at, updated_by
) VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $11, $12);

-- name: update_rule
-- What is said of a rule, as its version $3 has it.
UPDATE monitoring.alert_rules
SET version = $3, name = $4, settings = $5, updated_at = $6, updated_by = $7
WHERE tenant_id = $1 AND id = $2;

-- name: delete_rules
-- Remove rules ($2).
DELETE FROM monitoring.alert_rules WHERE tenant_id = $1 AND id = ANY ($2::uuid[]);

-- name: delete_history
-- Remove the history of rules ($2).
DELETE FROM monitoring.alert_history WHERE tenant_id = $1 AND rule_id = ANY ($2::uuid[]);

-- name: get_rule
-- One rule.
SELECT r.*, i.name AS interaction_name, clock_timestamp() AS read_at
FROM monitoring.alert_rules AS r
JOIN monitoring.critical_interactions AS i ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id
WHERE r.tenant_id = $1 AND r.id = $2;

-- name: lock_rule
-- One rule, held against other writers until the transaction ends.
SELECT r.*, i.name AS interaction_name, clock_timestamp() AS read_at
FROM monitoring.alert_rules AS r
JOIN monitoring.critical_interactions AS i ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id
WHERE r.tenant_id = $1 AND r.id = $2
FOR UPDATE OF r;

-- name: lock_rules_of_slo
-- The rules of an objective, held against other writers until the transaction ends, by id.
SELECT r.*, i.name AS interaction_name, clock_timestamp() AS read_at
FROM monitoring.alert_rules AS r
JOIN monitoring.critical_interactions AS i ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id
WHERE r.tenant_id = $1 AND r.slo_id = $2
ORDER BY r.id
FOR UPDATE OF r;

-- name: lock_rules_of_interaction
-- The rules of a critical interaction, held against other writers until the transaction ends, by id.
SELECT r.*, i.name AS interaction_name, clock_timestamp() AS read_at
FROM monitoring.alert_rules AS r
JOIN monitoring.critical_interactions AS i ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id
WHERE r.tenant_id = $1 AND r.interaction_id = $2
ORDER BY r.id
FOR UPDATE OF r;

-- name: lock_free
-- Those of the rules of any tenants ($1 tenants, $2 ids) that nobody else holds, held until the transaction ends.
SELECT r.*, i.name AS interaction_name, clock_timestamp() AS read_at
FROM unnest($1::text[], $2::uuid[]) AS w (tenant_id, id)
JOIN monitoring.alert_rules AS r ON r.tenant_id = w.tenant_id AND r.id = w.id
JOIN monitoring.critical_interactions AS i ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id
FOR UPDATE OF r SKIP LOCKED;

-- name: list_rules
-- The rules that fit the filters, by name: $2 a state as it is shown, $3 the critical interaction's name, $4 the objective
-- (null: any); $5 rows after $6 skipped ones.
SELECT r.*, i.name AS interaction_name, clock_timestamp() AS read_at
FROM monitoring.alert_rules AS r
JOIN monitoring.critical_interactions AS i ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id
WHERE r.tenant_id = $1
  AND ($2::text IS NULL OR CASE WHEN r.snoozed_until > now() THEN 'SNOOZED' ELSE r.state END = $2)
  AND ($3::text IS NULL OR i.name = $3)
  AND ($4::uuid IS NULL OR r.slo_id = $4)
ORDER BY r.name, r.id
LIMIT $5::bigint OFFSET $6::bigint;

-- name: count_rules
-- How many rules fit the filters of list_rules.
SELECT count(*)
FROM monitoring.alert_rules AS r
JOIN monitoring.critical_interactions AS i ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id
WHERE r.tenant_id = $1
  AND ($2::text IS NULL OR CASE WHEN r.snoozed_until > now() THEN 'SNOOZED' ELSE r.state END = $2)
  AND ($3::text IS NULL OR i.name = $3)
  AND ($4::uuid IS NULL OR r.slo_id = $4);

-- name: count_metric_rules
-- How many rules of the kind `metric` the tenant has.
SELECT count(*) FROM monitoring.alert_rules WHERE tenant_id = $1 AND kind = 'metric';

-- name: save_standings
-- How rules stand from now on ($1 tenants, $2 ids); the webhooks that know of an incident come as texts of arrays.
UPDATE monitoring.alert_rules AS r
SET state = s.state, since = s.since, reason = s.reason, value = s.value, held_from_ms = s.held_from_ms,
    evaluated_at = s.evaluated_at, as_of_ms = s.as_of_ms, snoozed_until = s.snoozed_until, entries = s.entries,
    incident_id = s.incident_id, incident_at = s.incident_at, incident_notified = s.incident_notified::uuid[]
FROM unnest(
    $1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::float8[], $7::bigint[], $8::timestamptz[],
    $9::bigint[], $10::timestamptz[], $11::bigint[], $12::uuid[], $13::timestamptz[], $14::text[]
) AS s (
    tenant_id, id, state, since, reason, value, held_from_ms, evaluated_at, as_of_ms, snoozed_until, entries, incident_id,
    incident_at, incident_notified
)
WHERE r.tenant_id = s.tenant_id AND r.id = s.id;

-- name: add_history
-- Changes of rules' states.
INSERT INTO monitoring.alert_history (
    tenant_id, rule_id, number, at, before, after, value, reason, incident_id, as_of_ms
)
SELECT * FROM unnest(
    $1::text[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::float8[], $8::text[], $9::uuid[],
    $10::bigint[]
);

-- name: history
-- Up to $4 changes of a rule's state before its $3th, newest first.
SELECT number, at, before, after, value, reason, incident_id, as_of_ms
FROM monitoring.alert_history
WHERE tenant_id = $1 AND rule_id = $2 AND number < $3
ORDER BY number DESC
LIMIT $4;

-- name: purge_history
-- Remove what is older than an interval (projector role).
DELETE FROM monitoring.alert_history WHERE at < now() - $1::interval;

-- name: clock
-- The present.
SELECT clock_timestamp();
