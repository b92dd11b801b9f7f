-- Statements on the reactors of the registry, schema `projections`, and on what earlier versions kept of one as a model.

-- name: add
-- Register a reactor whose tables have just been created.
INSERT INTO projections.reactors (service, name) VALUES ($1, $2);

-- name: find
-- One reactor.
SELECT * FROM projections.reactors WHERE service = $1 AND name = $2;

-- name: all
-- Every reactor, for operators.
SELECT * FROM projections.reactors ORDER BY service, name;

-- name: enter
-- Put the service's schema on the search path of the transaction and bound how long it may hold rows idle.
SELECT 'reacting' AS state, r.stopped_reason, r.parking_floor,
    set_config('search_path', $1, true),
    set_config('idle_in_transaction_session_timeout', $2, true)
FROM projections.reactors r WHERE r.service = $3 AND r.name = $4;

-- name: stop
-- Stop a reactor until an operator resumes it.
UPDATE projections.reactors SET stopped_at = now(), stopped_reason = $1
WHERE service = $2 AND name = $3 AND stopped_at IS NULL;

-- name: resume
-- Let a stopped reactor go on; what was parked below the floor no longer counts against it.
UPDATE projections.reactors SET stopped_at = NULL, stopped_reason = NULL, parking_floor = $1
WHERE service = $2 AND name = $3;

-- name: models
-- The generations that earlier versions kept of a reactor, and which of them served.
SELECT g.*, m.serving FROM projections.models m JOIN projections.generations g USING (service, name)
WHERE m.service = $1 AND m.name = $2 ORDER BY g.generation;

-- name: fence_model
-- Wait for the batch that a process of an earlier version writes, and let it write no other.
UPDATE :"model".positions SET owner_epoch = owner_epoch + 1, owner = NULL;

-- name: inherit_positions
-- Go on where the model of an earlier version stood.
INSERT INTO :"positions" (topic, partition, next_offset, owner_epoch, as_of, applied, parked)
SELECT topic, partition, next_offset, owner_epoch, as_of, applied, parked FROM :"model".positions;

-- name: inherit_parked
-- Keep the records that the model of an earlier version had parked.
INSERT INTO :"parked" (
    tenant_id, topic, partition, "offset", stage, reason, first_seen, last_tried, published_at, ordinal, key, value,
    headers, timestamp_ms
)
SELECT
    tenant_id, topic, partition, "offset", stage, reason, first_seen, last_tried, published_at, ordinal, key, value,
    headers, timestamp_ms
FROM :"model".parked;

-- name: inherit_stop
-- Stay stopped, and count parked records, as the model of an earlier version did.
UPDATE projections.reactors r
SET stopped_at = g.stopped_at, stopped_reason = g.stopped_reason, parking_floor = g.parking_floor
FROM projections.generations g
WHERE (r.service, r.name) = (g.service, g.name) AND (g.service, g.name, g.generation) = ($1, $2, $3);

-- name: forget_model
-- Remove the model of an earlier version, whose generations are gone, and the rebuild asked for it.
WITH forgotten AS (DELETE FROM projections.rebuilds WHERE service = $1 AND name = $2)
DELETE FROM projections.models WHERE service = $1 AND name = $2;
