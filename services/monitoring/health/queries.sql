-- Reads of health by requests and evaluations; every statement names its tenants.

-- name: values_of
-- The values of a definition's dimension that are counted apart, with the numbers of their series.
SELECT number, value FROM series WHERE tenant_id = $1 AND definition_id = $2 AND dimension = $3;

-- name: counts
-- Results by number, bucket and part of the histogram: numbers ($4) stand for series of definitions ($1 to $3), of which
-- runs of spans ($6 to $12) are added up, and some taken away; see ranges.py. Each run is read from the index by itself
-- (OFFSET), as the planner cannot know how few its spans are. Histograms, where they are wanted ($5), take most of the
-- time, so spans that are buckets by themselves ($12) are not added up.
WITH k AS (
    SELECT
        s.number, (s.bucket + (k.span - s.first) / s.per)::integer AS bucket, s.durations, s.sign, s.alone,
        k.part, k.excellent, k.good, k.average, k.poor, k.timeout, k.sequence_violation, k.global, k.forbidden,
        k.stopped, k.deleted, k.score_millionths, k.counts
    FROM unnest(
        $1::text[], $2::bigint[], $3::integer[], $4::integer[], $5::boolean[],
        $6::integer[], $7::bigint[], $8::bigint[], $9::integer[], $10::integer[], $11::bigint[], $12::boolean[]
    ) AS s (tenant_id, definition_id, series, number, durations, length, first, until, sign, bucket, per, alone)
    CROSS JOIN LATERAL (
        SELECT r.*
        FROM rollups AS r
        WHERE r.tenant_id = s.tenant_id AND r.definition_id = s.definition_id AND r.series = s.series
            AND r.length = s.length AND r.span >= s.first AND r.span < s.until
        OFFSET 0
    ) AS k
)
SELECT
    number, bucket, part, excellent, good, average, poor, timeout, sequence_violation, global, forbidden, stopped,
    deleted, score_millionths, CASE WHEN durations THEN numeric_send(counts) END AS counts
FROM k
WHERE alone
UNION ALL
SELECT
    number, bucket, part, sum(excellent * sign)::bigint, sum(good * sign)::bigint, sum(average * sign)::bigint,
    sum(poor * sign)::bigint, sum(timeout * sign)::bigint, sum(sequence_violation * sign)::bigint,
    sum(global * sign)::bigint, sum(forbidden * sign)::bigint, sum(stopped * sign)::bigint,
    sum(deleted * sign)::bigint, sum(score_millionths * sign)::bigint,
    numeric_send(sum(counts * sign) FILTER (WHERE durations))
FROM k
WHERE NOT alone
GROUP BY 1, 2, 3;

-- name: page
-- Results of a definition that ended as one of $3, before a place ($4 and $5) and not before $6, of version $7 (null: any),
-- latest first. Each kind's latest are read from the index by themselves.
SELECT p.ended_at, p.id::text, r.result
FROM (
    SELECT k.ended_at, k.id
    FROM unnest($3::text[]) AS w (kind)
    CROSS JOIN LATERAL (
        SELECT r.ended_at, r.id
        FROM results AS r
        WHERE r.tenant_id = $1 AND r.definition_id = $2 AND r.kind = w.kind
            AND (r.ended_at, r.id) < ($4::bigint, $5::uuid) AND r.ended_at >= $6
            AND ($7::bigint IS NULL OR r.version = $7)
        ORDER BY r.ended_at DESC, r.id DESC
        LIMIT $8
    ) AS k
    ORDER BY k.ended_at DESC, k.id DESC
    LIMIT $8
) AS p
JOIN results AS r ON r.tenant_id = $1 AND r.id = p.id
ORDER BY p.ended_at DESC, p.id DESC;

-- name: page_of_key
-- The same of one match key ($9).
SELECT r.ended_at, r.id::text, r.result
FROM results AS r
WHERE r.tenant_id = $1 AND r.definition_id = $2 AND r.match_key = $9 AND r.kind = ANY ($3::text[])
    AND (r.ended_at, r.id) < ($4::bigint, $5::uuid) AND r.ended_at >= $6
    AND ($7::bigint IS NULL OR r.version = $7)
ORDER BY r.ended_at DESC, r.id DESC
LIMIT $8;
