-- Statements on a consumer's parked records; its schema is first on the search path.

-- name: add
-- Keep a record that could not be applied, with its reason.
INSERT INTO :"parked" (
    tenant_id, topic, partition, "offset", stage, reason, first_seen, ordinal, key, value, headers, timestamp_ms
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: recent
-- Which of the last records of the consumer were parked, by their place in the order of reading.
SELECT ordinal, tenant_id FROM :"parked" WHERE ordinal > $1 ORDER BY ordinal;

-- name: tenantless
-- Parked records without a tenant, in the order of their partitions as replays take them.
SELECT topic, partition, "offset", headers FROM :"parked"
WHERE tenant_id IS NULL AND (topic, partition, "offset") > ($1, $2, $3)
ORDER BY topic, partition, "offset" LIMIT $4 FOR UPDATE;

-- name: set_tenants
-- Note whose parked records are.
UPDATE :"parked" AS p SET tenant_id = n.tenant_id
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[]) AS n (topic, partition, "offset", tenant_id)
WHERE (p.topic, p.partition, p."offset") = (n.topic, n.partition, n."offset");

-- name: discarded
-- Which of these records ($3 to $5) an operator has discarded for a consumer.
SELECT d.topic, d.partition, d."offset"
FROM projections.discarded d JOIN projections.log l ON l.log_id = d.log_id
JOIN unnest($3::text[], $4::int[], $5::bigint[]) AS r (topic, partition, "offset") USING (topic, partition, "offset")
WHERE d.service = $1 AND d.name = $2;

-- name: discard
-- Keep which records an operator has discarded for a consumer, and why ($9).
INSERT INTO projections.discarded (service, name, log_id, topic, partition, "offset", tenant_id, number, reason)
SELECT $1, $2, $3, r.topic, r.partition, r."offset", r.tenant_id, r.number, $9
FROM unnest($4::text[], $5::int[], $6::bigint[], $7::text[], $8::bigint[])
    AS r (topic, partition, "offset", tenant_id, number)
ON CONFLICT DO NOTHING;

-- name: remove_discarded
-- Records that an operator has discarded for a consumer, in the log $3, count as applied.
WITH removed AS (
    DELETE FROM :"parked" p USING projections.discarded d
    WHERE d.service = $1 AND d.name = $2 AND d.log_id = $3
        AND (p.topic, p.partition, p."offset") = (d.topic, d.partition, d."offset")
    RETURNING p.topic, p.partition
)
UPDATE :"positions" p SET applied = p.applied + r.n, parked = p.parked - r.n
FROM (SELECT topic, partition, count(*) AS n FROM removed GROUP BY topic, partition) r
WHERE (p.topic, p.partition) = (r.topic, r.partition);

-- name: forget_discarded
-- Forget what was discarded for a consumer at or beyond the end of the log $3; $4 to $6 are the ends.
DELETE FROM projections.discarded d WHERE d.service = $1 AND d.name = $2 AND d.log_id = $3 AND d."offset" >= coalesce((
    SELECT e.next_offset FROM unnest($4::text[], $5::int[], $6::bigint[]) AS e (topic, partition, next_offset)
    WHERE (e.topic, e.partition) = (d.topic, d.partition)
), 0);

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
-- Records that are replayed or discarded count as applied.
UPDATE :"positions" SET applied = applied + $3, parked = parked - $3 WHERE topic = $1 AND partition = $2;
