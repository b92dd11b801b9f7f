-- Statements about executors, of all tenants.

-- name: tell
-- Write what waits at an executor ($1): how many starts ($2), the oldest of which was accepted at $3.
INSERT INTO executors (member, waiting, oldest_waiting_at, told_at) VALUES ($1, $2, $3, now())
ON CONFLICT (member) DO UPDATE SET
    waiting = excluded.waiting, oldest_waiting_at = excluded.oldest_waiting_at, told_at = excluded.told_at;

-- name: forget_gone
-- Remove the rows of executors that told nothing for a minute.
DELETE FROM executors WHERE told_at < now() - interval '1 minute';
