-- Statements of the backfill; a generation's schema is first on the search path.

-- name: note_coverage
-- Note the accept time from which on the log has all records, 0 where it has all, unless it is noted already.
UPDATE origin SET covered_from = $1 WHERE covered_from IS NULL;

-- name: is_cut_wanted
-- Whether there are series that came after the generation and are not cut yet.
SELECT EXISTS (
    SELECT FROM metrics.series AS s
    CROSS JOIN origin AS o
    WHERE s.ended_at IS NULL AND s.refused IS NULL AND s.revision > o.revision
        AND NOT EXISTS (SELECT FROM series_starts AS c WHERE (c.tenant_id, c.series_id) = (s.tenant_id, s.id))
);

-- name: cut
-- Cut every series that came after the generation and is not cut yet where the positions stand, which the transaction holds.
-- $1 to $4: where the log's partitions begin, and the accept time of the first record there, where it is not the very first.
INSERT INTO series_starts (tenant_id, series_id, topic, partition, beginning, next_offset, filled_to, covered_from)
SELECT s.tenant_id, s.id, p.topic, p.partition, least(b.beginning, p.next_offset), p.next_offset,
    least(b.beginning, p.next_offset), b.covered_from
FROM metrics.series AS s
CROSS JOIN origin AS o
CROSS JOIN positions AS p
JOIN unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS b (topic, partition, beginning, covered_from)
    ON (b.topic, b.partition) = (p.topic, p.partition)
WHERE s.ended_at IS NULL AND s.refused IS NULL AND s.revision > o.revision
    AND NOT EXISTS (SELECT FROM series_starts AS c WHERE (c.tenant_id, c.series_id) = (s.tenant_id, s.id))
ORDER BY s.tenant_id, s.id, p.topic, p.partition
RETURNING series_id;

-- name: waiting
-- The series that lack something: how often it failed to fill them in, and whether they may be tried by now.
SELECT s.tenant_id, s.id AS series_id, s.source, coalesce(f.attempts, 0) AS attempts,
    coalesce(f.retry_at <= now(), true) AS is_due
FROM metrics.series AS s
LEFT JOIN backfill_failures AS f ON (f.tenant_id, f.series_id) = (s.tenant_id, s.id)
WHERE s.ended_at IS NULL AND s.refused IS NULL
    AND (s.tenant_id, s.id) IN (SELECT b.tenant_id, b.series_id FROM series_starts AS b WHERE b.filled_to < b.next_offset)
ORDER BY s.tenant_id, s.id;

-- name: lacking
-- What series ($1, $2) lack of each partition: from the least offset up to the greatest.
SELECT topic, partition, min(filled_to) AS since, max(next_offset) AS upto
FROM series_starts
WHERE filled_to < next_offset AND (tenant_id, series_id) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))
GROUP BY topic, partition
ORDER BY topic, partition;

-- name: hold
-- How far series ($1, $2) are filled in, held until the transaction ends; those that are removed are not there.
SELECT tenant_id, series_id, topic, partition, filled_to, next_offset FROM series_starts
WHERE filled_to < next_offset AND (tenant_id, series_id) IN (SELECT * FROM unnest($1::text[], $2::bigint[]))
ORDER BY topic, partition, tenant_id, series_id FOR UPDATE;

-- name: advance
-- Note that series ($1, $2), held, are filled in over ranges of partitions: from one offset ($5) up to another ($6). One
-- that lacks what lies before a range stays where it is.
UPDATE series_starts AS b SET filled_to = least(b.next_offset, t.upto)
FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[]) AS t (topic, partition, since, upto)
WHERE (b.topic, b.partition) = (t.topic, t.partition)
    AND b.filled_to >= t.since AND b.filled_to < least(b.next_offset, t.upto)
    AND (b.tenant_id, b.series_id) IN (SELECT * FROM unnest($1::text[], $2::bigint[]));

-- name: pass_deleted
-- Note of partitions ($1, $2) that begin later than series are filled in: at offset $3, whose record was accepted at $4.
UPDATE series_starts AS b SET
    filled_to = least(b.next_offset, t.beginning),
    beginning = least(b.next_offset, t.beginning),
    covered_from = t.covered_from
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS t (topic, partition, beginning, covered_from)
WHERE (b.topic, b.partition) = (t.topic, t.partition) AND b.filled_to < least(b.next_offset, t.beginning);

-- name: late
-- Where the live fold has applied nothing that was accepted within the last seconds.
SELECT topic, partition, next_offset FROM positions WHERE as_of < clock_timestamp() - make_interval(secs => $1);

-- name: note_failure
-- Note that series ($1, $2) could not be filled in; they are tried again later each time, after five seconds doubling, at
-- most ten minutes.
INSERT INTO backfill_failures AS f (tenant_id, series_id, attempts, error, retry_at)
SELECT tenant_id, series_id, 1, $3, now() + interval '5 s'
FROM unnest($1::text[], $2::bigint[]) AS t (tenant_id, series_id)
ORDER BY tenant_id, series_id
ON CONFLICT (tenant_id, series_id) DO UPDATE SET
    attempts = f.attempts + 1,
    error = excluded.error,
    retry_at = now() + least(interval '10 min', interval '5 s' * 2 ^ f.attempts);

-- name: forget_failures
-- Forget that series ($1, $2) could not be filled in.
DELETE FROM backfill_failures WHERE (tenant_id, series_id) IN (SELECT * FROM unnest($1::text[], $2::bigint[]));
