-- Statements of a service's outbox; `schema` is the service's.

-- name: add
-- Put records behind each other and wake the relay when the transaction commits.
WITH added AS (
    INSERT INTO :"schema".outbox (object_key, topic, record_key, headers, value, timestamp_ms)
    SELECT r.object_key, r.topic, r.record_key, r.headers, r.value, r.timestamp_ms
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[])
        WITH ORDINALITY AS r (object_key, topic, record_key, headers, value, timestamp_ms, place)
    ORDER BY r.place
    RETURNING id
)
SELECT id, pg_notify('waymark_outbox_' || :'schema', 'added') FROM added;

-- name: pending
-- The oldest rows not yet appended, leaving out objects that are held back.
SELECT id, object_key, topic, record_key, headers, value, timestamp_ms
FROM :"schema".outbox
WHERE appended_at IS NULL AND object_key <> ALL ($1::text[])
ORDER BY id
LIMIT $2;

-- name: pending_keys
-- The keys of a topic's records that are not yet appended.
SELECT DISTINCT record_key FROM :"schema".outbox WHERE appended_at IS NULL AND topic = $1;

-- name: forget_pending
-- Remove the records of a topic that are not yet appended, under the given keys.
DELETE FROM :"schema".outbox WHERE appended_at IS NULL AND topic = $1 AND record_key = ANY ($2::text[]);

-- name: mark
-- Note where rows lie in the log and wake those who wait for them.
WITH marked AS (
    UPDATE :"schema".outbox o
    SET appended_partition = a.partition, appended_offset = a.record_offset, appended_at = now()
    FROM unnest($1::bigint[], $2::int[], $3::bigint[]) AS a (id, partition, record_offset)
    WHERE o.id = a.id
    RETURNING 1
)
SELECT count(*), pg_notify('waymark_outbox_' || :'schema', 'appended') FROM marked;

-- name: remove
-- Remove rows that are appended.
DELETE FROM :"schema".outbox WHERE id = ANY ($1::bigint[]);

-- name: note_failure
-- Count a row's failed attempts and keep the last reason for the operator.
UPDATE :"schema".outbox o SET attempts = attempts + 1, last_error = f.reason
FROM unnest($1::bigint[], $2::text[]) AS f (id, reason)
WHERE o.id = f.id;

-- name: appended
-- Where those of the rows that are appended lie.
SELECT id, topic, appended_partition, appended_offset
FROM :"schema".outbox WHERE id = ANY ($1::bigint[]) AND appended_at IS NOT NULL;

-- name: purge
-- Remove what was appended longer ago than an interval.
DELETE FROM :"schema".outbox WHERE appended_at < now() - $1::interval;

-- name: figures
-- How many rows wait, and for how many seconds the oldest of them has.
SELECT count(*) AS pending, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS oldest_s
FROM :"schema".outbox WHERE appended_at IS NULL;
