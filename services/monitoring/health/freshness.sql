-- Looks at how far the stages between a record and its result are, under the projector's role.

-- name: oldest_waiting
-- Since when the oldest record of a topic waits in the outbox.
SELECT min(created_at) FROM monitoring.outbox WHERE appended_at IS NULL AND topic = $1;
