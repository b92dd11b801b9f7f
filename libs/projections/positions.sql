-- Statements on a consumer's positions; its schema is first on the search path.

-- name: create
-- Positions of partitions that have none yet, at the offset to begin with.
INSERT INTO :"positions" (topic, partition, next_offset)
SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[]) ON CONFLICT DO NOTHING;

-- name: parked_now
-- How many records are parked at this moment.
SELECT coalesce(sum(parked), 0)::bigint FROM :"positions";

-- name: take_over
-- Become the owner: every earlier owner's epoch is too low from now on.
WITH locked AS (
    SELECT topic, partition FROM :"positions"
    WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
    ORDER BY topic, partition FOR UPDATE
)
UPDATE :"positions" p SET owner_epoch = p.owner_epoch + 1, owner = $3
FROM locked l WHERE (p.topic, p.partition) = (l.topic, l.partition)
RETURNING p.topic, p.partition, p.next_offset, p.owner_epoch;

-- name: lock
-- Hold the positions of a batch until its transaction ends.
SELECT topic, partition, next_offset, owner_epoch FROM :"positions"
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::int[]))
ORDER BY topic, partition FOR UPDATE;

-- name: lock_all
-- Hold every position until the transaction ends.
SELECT topic, partition, next_offset FROM :"positions" ORDER BY topic, partition FOR UPDATE;

-- name: fence_all
-- End everybody's ownership.
UPDATE :"positions" SET owner_epoch = owner_epoch + 1, owner = NULL;

-- name: forget_others
-- Remove the positions of partitions that are not given.
DELETE FROM :"positions" WHERE (topic, partition) NOT IN (SELECT * FROM unnest($1::text[], $2::int[]));

-- name: start_over
-- Put positions where they are told to be, and end everybody's ownership. What is parked from there on is read again, or
-- lies in a log that was left: it counts as applied.
WITH starts AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[]) AS s (topic, partition, next_offset)
), forgotten AS (
    DELETE FROM :"parked" p USING starts s
    WHERE (p.topic, p.partition) = (s.topic, s.partition) AND p."offset" >= s.next_offset
    RETURNING p.topic, p.partition
)
UPDATE :"positions" p SET next_offset = s.next_offset, owner_epoch = p.owner_epoch + 1, owner = NULL,
    applied = p.applied + s.forgotten, parked = p.parked - s.forgotten
FROM (
    SELECT *, (SELECT count(*) FROM forgotten f WHERE (f.topic, f.partition) = (t.topic, t.partition)) AS forgotten
    FROM starts t
) s WHERE (p.topic, p.partition) = (s.topic, s.partition);

-- name: advance
-- Move positions whose rows are locked past what was applied and parked.
UPDATE :"positions" p SET
    next_offset = b.next_offset,
    as_of = greatest(p.as_of, b.as_of),
    applied = p.applied + b.applied,
    parked = p.parked + b.parked
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::bigint[])
    AS b (topic, partition, next_offset, as_of, applied, parked)
WHERE (p.topic, p.partition) = (b.topic, b.partition);

-- name: renew
-- Positions at the log's end are as fresh as the moment the end was asked for.
WITH locked AS (
    SELECT p.topic, p.partition FROM :"positions" p
    JOIN unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS b (topic, partition, owner_epoch, next_offset)
        ON (p.topic, p.partition, p.owner_epoch, p.next_offset) = (b.topic, b.partition, b.owner_epoch, b.next_offset)
    ORDER BY p.topic, p.partition FOR UPDATE OF p
)
UPDATE :"positions" p SET as_of = greatest(p.as_of, $5)
FROM locked l WHERE (p.topic, p.partition) = (l.topic, l.partition)
RETURNING p.partition;

-- name: all
-- Where the consumer stands.
SELECT topic, partition, next_offset, owner_epoch, as_of, applied, parked FROM :"positions" ORDER BY topic, partition;

-- name: as_of
-- Everything the log accepted up to here is in the tables.
SELECT min(as_of) FROM :"positions";

-- name: totals
-- How many records were read, over all partitions.
SELECT coalesce(sum(applied + parked), 0)::bigint FROM :"positions";
