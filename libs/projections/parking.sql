-- Statements on a consumer's parked records; its schema is first on the search path.

-- name: add
-- Keep a record that could not be applied, with its reason.
INSERT INTO :"parked" (topic, partition, "offset", stage, reason, first_seen, ordinal, key, value, headers, timestamp_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: recent
-- Which of the last records of the consumer were parked, by their place in the order of reading.
SELECT ordinal FROM :"parked" WHERE ordinal > $1 ORDER BY ordinal;

-- name: unpublished
-- Records of which no copy is known to be in the dead-letter topic.
SELECT * FROM :"parked" WHERE published_at IS NULL AND topic = ANY ($1::text[])
ORDER BY first_seen, topic, partition, "offset" LIMIT $2 FOR UPDATE SKIP LOCKED;

-- name: mark_published
-- The dead-letter topic holds these.
UPDATE :"parked" SET published_at = $4
WHERE (topic, partition, "offset") IN (SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[]));

-- name: keep_published
-- The dead-letter topic holds these, which the generation in schema `model` has published.
UPDATE :"parked" n SET published_at = o.published_at
FROM :"model".parked o
WHERE o.published_at IS NOT NULL AND (n.topic, n.partition, n."offset") = (o.topic, o.partition, o."offset");

-- name: list
-- What is parked, oldest first.
SELECT topic, partition, "offset", stage, reason, first_seen, last_tried FROM :"parked"
ORDER BY first_seen, topic, partition, "offset" LIMIT $1;

-- name: after
-- Parked records in the order of their partitions, for a replay.
SELECT * FROM :"parked" WHERE (topic, partition, "offset") > ($1, $2, $3)
ORDER BY topic, partition, "offset" LIMIT $4 FOR UPDATE;

-- name: one
-- One parked record, for a replay.
SELECT * FROM :"parked" WHERE topic = $1 AND partition = $2 AND "offset" = $3 FOR UPDATE;

-- name: remove
-- Records that are applied now.
DELETE FROM :"parked"
WHERE (topic, partition, "offset") IN (SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[]));

-- name: still_invalid
-- A replay that failed again, with its new reason.
UPDATE :"parked" SET stage = $4, reason = $5, last_tried = $6 WHERE topic = $1 AND partition = $2 AND "offset" = $3;

-- name: recount
-- Replayed records count as applied.
UPDATE :"positions" SET applied = applied + $3, parked = parked - $3 WHERE topic = $1 AND partition = $2;
