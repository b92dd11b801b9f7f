-- Reads and writes of webhooks.

-- name: insert_webhook
-- A new webhook.
INSERT INTO monitoring.webhooks (tenant_id, id, version, url, description, enabled, secret, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8);

-- name: get_webhook
-- One webhook.
SELECT * FROM monitoring.webhooks WHERE tenant_id = $1 AND id = $2;

-- name: lock_webhook
-- One webhook, held against other writers until the transaction ends.
SELECT * FROM monitoring.webhooks WHERE tenant_id = $1 AND id = $2 FOR UPDATE;

-- name: update_webhook
-- The webhook as it is now.
UPDATE monitoring.webhooks
SET version = $3, url = $4, description = $5, enabled = $6, secret = $7, previous_secret = $8, rotated_at = $9,
    updated_at = $10
WHERE tenant_id = $1 AND id = $2;

-- name: delete_webhook
-- Remove a webhook.
DELETE FROM monitoring.webhooks WHERE tenant_id = $1 AND id = $2;

-- name: list_webhooks
-- The tenant's webhooks, the first made first: $2 rows after $3 skipped ones.
SELECT * FROM monitoring.webhooks WHERE tenant_id = $1
ORDER BY created_at, id
LIMIT $2::bigint OFFSET $3::bigint;

-- name: count_webhooks
-- How many webhooks the tenant has.
SELECT count(*) FROM monitoring.webhooks WHERE tenant_id = $1;

-- name: known_webhooks
-- Those of the ids $2 that are the tenant's webhooks, and whether they are enabled.
SELECT id, enabled FROM monitoring.webhooks WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id;

-- name: lock_secrets
-- The secrets of all tenants' webhooks, held against other writers until the transaction ends.
SELECT tenant_id, id, secret, previous_secret FROM monitoring.webhooks ORDER BY tenant_id, id FOR UPDATE;

-- name: encrypt_secrets
-- The secrets of a webhook, encrypted anew.
UPDATE monitoring.webhooks SET secret = $3, previous_secret = $4 WHERE tenant_id = $1 AND id = $2;
