-- Receipts of requests with events that came under an Idempotency-Key.

-- name: keep_receipt
-- Write a request's receipt; no row when the key has one that is not past its time.
INSERT INTO gateway.event_receipts AS r (
    tenant_id, key, body_hash, actor_id, actor_type, correlation_id, traceparent, accepted_ms
)
VALUES ($1::text, $2::text, $3::bytea, $4::text, $5::text, $6::text, $7::text,
        floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)
ON CONFLICT (tenant_id, key) DO UPDATE
SET body_hash = excluded.body_hash, actor_id = excluded.actor_id, actor_type = excluded.actor_type,
    correlation_id = excluded.correlation_id, traceparent = excluded.traceparent, accepted_ms = excluded.accepted_ms
WHERE r.accepted_ms <= excluded.accepted_ms - $8::bigint
RETURNING body_hash, accepted_ms, actor_id, actor_type, correlation_id, traceparent;

-- name: find_receipt
-- The receipt a key has.
SELECT body_hash, accepted_ms, actor_id, actor_type, correlation_id, traceparent
FROM gateway.event_receipts
WHERE tenant_id = $1::text AND key = $2::text;

-- name: purge_receipts
-- Remove a bounded number of receipts that are past their time.
DELETE FROM gateway.event_receipts
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM gateway.event_receipts
    WHERE accepted_ms < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1::bigint
    LIMIT $2::int
))
RETURNING 1;
