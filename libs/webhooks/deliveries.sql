-- Statements of the deliveries that a service keeps; `schema` is the service's.

-- name: add
-- New deliveries of one message: their ids $2 and endpoints $3, in the same order. Those that are there already stay.
INSERT INTO :"schema".webhook_deliveries (tenant_id, id, endpoint_id, type, incident_id, body)
SELECT $1, d.id, d.endpoint_id, $4, $5, $6
FROM unnest($2::uuid[], $3::uuid[]) AS d (id, endpoint_id)
ON CONFLICT DO NOTHING
RETURNING id, endpoint_id;

-- name: get
-- One delivery.
SELECT id, endpoint_id, type, incident_id, state, attempts, created_at, next_attempt_at FROM :"schema".webhook_deliveries
WHERE tenant_id = $1 AND id = $2;

-- name: get_body
-- The body of a delivery that waits.
SELECT endpoint_id, body, jsonb_array_length(attempts) AS attempts_made FROM :"schema".webhook_deliveries
WHERE tenant_id = $1 AND id = $2 AND state = 'PENDING';

-- name: list
-- An endpoint's deliveries, newest first: those before the one created at $3 with the id $4 (null: from the newest).
SELECT id, endpoint_id, type, incident_id, state, attempts, created_at, next_attempt_at FROM :"schema".webhook_deliveries
WHERE tenant_id = $1 AND endpoint_id = $2
  AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
ORDER BY created_at DESC, id DESC
LIMIT $5;

-- name: count_waiting
-- How many of an endpoint's messages of a type wait.
SELECT count(*) FROM :"schema".webhook_deliveries
WHERE tenant_id = $1 AND endpoint_id = $2 AND type = $3 AND state = 'PENDING';

-- name: retry
-- Note a failed attempt ($3) after which another follows in $4 seconds; no row when the delivery has ended meanwhile.
UPDATE :"schema".webhook_deliveries
SET attempts = attempts || $3::jsonb, next_attempt_at = clock_timestamp() + make_interval(secs => $4)
WHERE tenant_id = $1 AND id = $2 AND state = 'PENDING'
RETURNING true;

-- name: finish
-- Note the last attempt ($3) and how the delivery ended ($4). What ended without a delivery meanwhile may still be one.
UPDATE :"schema".webhook_deliveries
SET attempts = attempts || $3::jsonb, state = $4, next_attempt_at = NULL, ended_at = clock_timestamp()
WHERE tenant_id = $1 AND id = $2 AND (state = 'PENDING' OR $4 = 'DELIVERED');

-- name: remove_waiting
-- Remove a delivery that waits.
DELETE FROM :"schema".webhook_deliveries WHERE tenant_id = $1 AND id = $2 AND state = 'PENDING';

-- name: fail_waiting
-- End an endpoint's deliveries that wait, with $3 as the last entry of their attempts.
UPDATE :"schema".webhook_deliveries
SET attempts = attempts || $3::jsonb, state = 'FAILED', next_attempt_at = NULL, ended_at = clock_timestamp()
WHERE tenant_id = $1 AND endpoint_id = $2 AND state = 'PENDING';

-- name: remove_of
-- Remove an endpoint's deliveries.
DELETE FROM :"schema".webhook_deliveries WHERE tenant_id = $1 AND endpoint_id = $2;

-- name: purge
-- Remove the deliveries that ended before a moment.
DELETE FROM :"schema".webhook_deliveries WHERE ended_at < $1;

-- name: count_all_waiting
-- How many deliveries of all tenants wait.
SELECT count(*) FROM :"schema".webhook_deliveries WHERE state = 'PENDING';
