-- How far health is decided, and the outbox between the matches and the log.

-- name: waiting
-- The last row of the outbox (0: none), and the oldest of a topic that waits for the log, if any does.
SELECT
    (SELECT coalesce(max(id), 0) FROM monitoring.outbox) AS last_id,
    (SELECT min(id) FROM monitoring.outbox WHERE appended_at IS NULL AND topic = $1) AS waiting_id;

-- name: earliest_waiting
-- The earliest timestamp of a topic's records that wait for the log.
SELECT min(timestamp_ms) FROM monitoring.outbox WHERE appended_at IS NULL AND topic = $1;

-- name: keep
-- Store up to when all is decided.
UPDATE monitoring.decided SET as_of_ms = $1 WHERE as_of_ms < $1;

-- name: decided
-- Up to when all is decided.
SELECT as_of_ms FROM monitoring.decided;
