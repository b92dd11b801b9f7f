-- What waits in the outbox.

-- name: pending_records
-- The keys of the records of a topic that wait to be appended.
SELECT DISTINCT record_key FROM accounts.outbox WHERE appended_at IS NULL AND topic = $1;
