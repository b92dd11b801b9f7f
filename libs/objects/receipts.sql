-- Statements of a service's receipts; `schema` is the service's.

-- name: try_lock
-- Mark a key as in flight until the transaction ends; false when another transaction has marked it.
SELECT pg_try_advisory_xact_lock($1);

-- name: find
-- The receipt of a tenant's key, unless it is older than $3.
SELECT body_hash, status, response FROM :"schema".idempotency_receipts
WHERE tenant_id = $1 AND key = $2 AND created_at >= $3;

-- name: keep
-- Keep the receipt of a key in place of one that is too old.
INSERT INTO :"schema".idempotency_receipts (tenant_id, key, body_hash, status, response, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, key) DO UPDATE
SET body_hash = EXCLUDED.body_hash, status = EXCLUDED.status, response = EXCLUDED.response,
    created_at = EXCLUDED.created_at;

-- name: purge
-- Remove the receipts from before a moment.
DELETE FROM :"schema".idempotency_receipts WHERE created_at < $1;
