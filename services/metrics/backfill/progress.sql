-- How far series are filled in, read in the snapshot of whoever answers; a generation's schema is first on the search path.

-- name: is_filled
-- Whether the generation has all contributions to a series, but for what the live fold has yet to read.
SELECT EXISTS (
    SELECT FROM metrics.series
    WHERE tenant_id = $1 AND id = $2 AND refused IS NULL AND is_filled(tenant_id, id, revision)
);

-- name: unfilled
-- The series of which the generation has not all contributions; those that are refused, or given up for now, are left out.
SELECT s.tenant_id, s.id
FROM metrics.series AS s
WHERE s.ended_at IS NULL AND s.refused IS NULL AND NOT is_filled(s.tenant_id, s.id, s.revision)
    AND NOT EXISTS (
        SELECT FROM backfill_failures AS f
        WHERE (f.tenant_id, f.series_id) = (s.tenant_id, s.id) AND f.attempts >= $1
    );

-- name: states
-- How far the newest edition of each of a tenant's metrics is: its series, and the first run over all of its values. `starts`
-- is 0 for a series that waits for its cut, and for one that the generation folds from the beginning. A run at request that
-- failed, as by a pause, says nothing of the values.
SELECT d.id AS metric_id, d.serving = d.edition AS is_served, served.version AS serving_version,
    s.refused IS NOT NULL AS is_refused, s.revision <= o.revision AS is_folded_from_the_beginning,
    p.starts, p.unfilled, p.records_read, p.records_total,
    nullif(CASE WHEN s.revision <= o.revision THEN o.covered_from ELSE p.covered_from END, 0) AS covered_from,
    coalesce(s.refused, f.error, r.error) AS error
FROM metrics.definitions AS d
JOIN metrics.editions AS e ON (e.tenant_id, e.metric_id, e.edition) = (d.tenant_id, d.id, d.edition)
JOIN metrics.series AS s ON (s.tenant_id, s.id) = (e.tenant_id, e.series_id)
CROSS JOIN origin AS o
CROSS JOIN LATERAL (
    SELECT count(*) AS starts, count(*) FILTER (WHERE b.filled_to < b.next_offset) AS unfilled,
        coalesce(sum(b.filled_to - b.beginning), 0)::bigint AS records_read,
        coalesce(sum(b.next_offset - b.beginning), 0)::bigint AS records_total,
        max(b.covered_from) AS covered_from
    FROM series_starts AS b
    WHERE (b.tenant_id, b.series_id) = (s.tenant_id, s.id)
) AS p
LEFT JOIN metrics.editions AS served ON (served.tenant_id, served.metric_id, served.edition)
    = (d.tenant_id, d.id, d.serving)
LEFT JOIN backfill_failures AS f ON (f.tenant_id, f.series_id) = (s.tenant_id, s.id) AND f.attempts >= $3
LEFT JOIN LATERAL (
    SELECT CASE WHEN r.state = 'failed' THEN coalesce(r.error, '') END AS error
    FROM metrics.runs AS r
    WHERE (r.tenant_id, r.metric_id, r.edition) = (d.tenant_id, d.id, d.edition)
        AND (r.kind = 'backfill' OR r.state <> 'failed')
    ORDER BY r.id DESC
    LIMIT 1
) AS r ON true
WHERE d.tenant_id = $1 AND d.id = ANY($2::uuid[]);
