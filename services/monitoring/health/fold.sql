-- Statements that fold results; the schema of a generation is first on the search path.

-- name: known
-- Of results ($1 tenants, $2 ids) those that have been folded before. Each is looked up by itself (LIMIT).
SELECT k.tenant_id, k.id::text
FROM unnest($1::text[], $2::uuid[]) AS w (tenant_id, id)
CROSS JOIN LATERAL (
    SELECT r.tenant_id, r.id FROM results AS r WHERE r.tenant_id = w.tenant_id AND r.id = w.id LIMIT 1
) AS k;

-- name: numbers
-- The numbers of values, those that have one, in the order given.
SELECT k.number
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY
    AS w (tenant_id, definition_id, dimension, value_key, place)
LEFT JOIN LATERAL (
    SELECT s.number
    FROM series AS s
    WHERE s.tenant_id = w.tenant_id AND s.definition_id = w.definition_id AND s.dimension = w.dimension
        AND s.value_key = w.value_key
    LIMIT 1
) AS k ON true
ORDER BY w.place;

-- name: taken
-- How many values of each dimension of these definitions have a number but `~other` ($3), the highest of the numbers,
-- and the number of `~other`.
SELECT
    s.tenant_id, s.definition_id, s.dimension, count(*) FILTER (WHERE s.value_key <> $3) AS values,
    max(s.number) AS highest, max(s.number) FILTER (WHERE s.value_key = $3) AS other
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::bigint[]) AS w (tenant_id, definition_id)) AS w
JOIN series AS s USING (tenant_id, definition_id)
GROUP BY s.tenant_id, s.definition_id, s.dimension;

-- name: add_series
-- Give values their numbers.
INSERT INTO series (tenant_id, definition_id, dimension, value_key, number, value)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[])
ORDER BY 1, 2, 3, 4;

-- name: add
-- Add results that are new, and say what there is to count of each. `series` come as texts of arrays.
INSERT INTO results (
    tenant_id, id, definition_id, version, match_key, kind, ended_at, duration_ms, score_millionths, result, series
)
SELECT
    a.tenant_id, a.id, a.definition_id, a.version, a.match_key, a.kind, a.ended_at, a.duration_ms, a.score_millionths,
    a.result, a.series::integer[]
FROM unnest(
    $1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
    $9::integer[], $10::text[], $11::text[]
) AS a (
    tenant_id, id, definition_id, version, match_key, kind, ended_at, duration_ms, score_millionths, result, series
)
ORDER BY a.tenant_id, a.id
ON CONFLICT DO NOTHING
RETURNING tenant_id, definition_id, series, kind, ended_at, duration_ms, score_millionths;

-- name: count
-- Count `results` by series, span and part, in key order: here all there are, at the end of a rebuild. A fold puts the
-- rows that it adds under that name. Milliseconds are counted from 0001-01-01 on.
INSERT INTO rollups AS c (
    tenant_id, definition_id, series, length, span, part,
    excellent, good, average, poor, timeout, sequence_violation, global, forbidden, stopped, deleted,
    score_millionths, duration_ms, counts
)
SELECT
    p.tenant_id, p.definition_id, p.series, l.length, p.minute / l.length, p.part,
    sum(p.excellent), sum(p.good), sum(p.average), sum(p.poor), sum(p.timeout), sum(p.sequence_violation),
    sum(p.global), sum(p.forbidden), sum(p.stopped), sum(p.deleted),
    sum(p.score_millionths), sum(p.duration_ms), sum(p.counts)
FROM (
    SELECT
        b.tenant_id, b.definition_id, b.series, b.minute, coalesce(b.bucket, 0) / 100 AS part,
        sum(b.excellent)::integer AS excellent, sum(b.good)::integer AS good,
        sum(b.average)::integer AS average, sum(b.poor)::integer AS poor,
        sum(b.timeout)::integer AS timeout, sum(b.sequence_violation)::integer AS sequence_violation,
        sum(b.global)::integer AS global,
        sum(b.forbidden)::integer AS forbidden, sum(b.stopped)::integer AS stopped, sum(b.deleted)::integer AS deleted,
        sum(b.score_millionths) AS score_millionths, sum(b.duration_ms) AS duration_ms,
        coalesce(sum(b.n * one_of_bucket(b.bucket)), 0) AS counts
    FROM (
        SELECT
            r.tenant_id, r.definition_id, s.series, (r.ended_at + 62135596800000) / 60000 AS minute,
            latency_bucket(r.duration_ms) AS bucket, count(*) AS n,
            count(*) FILTER (WHERE r.kind = 'excellent')::integer AS excellent,
            count(*) FILTER (WHERE r.kind = 'good')::integer AS good,
            count(*) FILTER (WHERE r.kind = 'average')::integer AS average,
            count(*) FILTER (WHERE r.kind = 'poor')::integer AS poor,
            count(*) FILTER (WHERE r.kind = 'timeout')::integer AS timeout,
            count(*) FILTER (WHERE r.kind = 'sequence_violation')::integer AS sequence_violation,
            count(*) FILTER (WHERE r.kind = 'global')::integer AS global,
            count(*) FILTER (WHERE r.kind = 'forbidden')::integer AS forbidden,
            count(*) FILTER (WHERE r.kind = 'stopped')::integer AS stopped,
            count(*) FILTER (WHERE r.kind = 'deleted')::integer AS deleted,
            coalesce(sum(r.score_millionths), 0) AS score_millionths, coalesce(sum(r.duration_ms), 0) AS duration_ms
        FROM results AS r
        CROSS JOIN LATERAL unnest(0 || r.series) AS s (series)
        GROUP BY 1, 2, 3, 4, 5
    ) AS b
    GROUP BY 1, 2, 3, 4, 5
) AS p
CROSS JOIN (VALUES (1), (60), (1440), (14400), (144000)) AS l (length)
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (tenant_id, definition_id, series, length, span, part) DO UPDATE
SET
    excellent = c.excellent + excluded.excellent, good = c.good + excluded.good,
    average = c.average + excluded.average, poor = c.poor + excluded.poor, timeout = c.timeout + excluded.timeout,
    sequence_violation = c.sequence_violation + excluded.sequence_violation, global = c.global + excluded.global,
    forbidden = c.forbidden + excluded.forbidden, stopped = c.stopped + excluded.stopped,
    deleted = c.deleted + excluded.deleted, score_millionths = c.score_millionths + excluded.score_millionths,
    duration_ms = c.duration_ms + excluded.duration_ms, counts = c.counts + excluded.counts;
