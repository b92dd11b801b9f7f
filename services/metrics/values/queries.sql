-- Reads of values for requests: of the edition that is shown, stored or computed from the windows of its series. The path
-- has the generation of the read model that serves.

-- name: shown
-- Metrics with the edition whose values are shown, nulls where there is none yet; whether its series is filled here.
SELECT
    d.id, d.name, d.status, e.edition, e.series_id, e.function, e.window_days, e.mode, e.computed_at, s.source,
    coalesce(s.refused IS NULL AND is_filled(s.tenant_id, s.id, s.revision), false) AS is_filled
FROM metrics.definitions AS d
LEFT JOIN metrics.editions AS e ON e.tenant_id = d.tenant_id AND e.metric_id = d.id AND e.edition = d.serving
LEFT JOIN metrics.series AS s ON s.tenant_id = e.tenant_id AND s.id = e.series_id
WHERE d.tenant_id = $1 AND d.id = ANY ($2::uuid[]);

-- name: stored_top
-- The greatest stored values of an edition.
SELECT customer, dims, value, records, computed_at
FROM metrics.metric_values
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND value IS NOT NULL
ORDER BY value DESC, customer, dims
LIMIT $4::bigint;

-- name: stored_of_customer
-- The stored values of a customer.
SELECT customer, dims, value, records, computed_at
FROM metrics.metric_values
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND customer = $5 AND value IS NOT NULL
ORDER BY value DESC, dims
LIMIT $4::bigint;

-- name: stored_at
-- The instant that a stored value is of.
SELECT computed_at FROM metrics.metric_values
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND customer = $4 AND dims = $5;

-- name: computed_top
-- The greatest values at an instant, $5, of all that have contributions to the series.
WITH keys AS MATERIALIZED (
    SELECT DISTINCT customer, dims FROM tiles WHERE tenant_id = $1 AND series_id = $2 ORDER BY customer, dims
)
SELECT w.customer, w.dims, w.value, w.records
FROM window_values(
    $1, $2, $3, $4, $5, ARRAY(SELECT customer FROM keys)::text[], ARRAY(SELECT dims FROM keys)::text[]
) AS w
WHERE w.value IS NOT NULL
ORDER BY w.value DESC, w.customer COLLATE "C", w.dims COLLATE "C"
LIMIT $6::bigint;

-- name: computed_of_customer
-- The values of a customer ($6) at an instant, of the dimensions $7, null for all.
SELECT w.dims, value_of($3, w.n, w.numbers, w.total, w.low, w.high) AS value, records_of($3, w.n, w.numbers) AS records
FROM customer_windows($1, $2, $6, $7::text[], $4, $5) AS w
WHERE records_of($3, w.n, w.numbers) > 0
ORDER BY value DESC, w.dims COLLATE "C"
LIMIT $8::bigint;

-- name: rolling_of_customer
-- The values of a customer ($6) at each instant of $5, where there is one.
SELECT a.at, w.dims, value_of($3, w.n, w.numbers, w.total, w.low, w.high) AS value
FROM unnest($5::bigint[]) AS a (at)
CROSS JOIN LATERAL customer_windows($1, $2, $6, NULL, $4, a.at) AS w
WHERE records_of($3, w.n, w.numbers) > 0
ORDER BY w.dims COLLATE "C", a.at;

-- name: contributions
-- The contributions of a key in the window of $6 days before $5, latest first, behind ($7, $8): $9 rows.
SELECT record_id, event_at, number
FROM contributions
WHERE tenant_id = $1 AND series_id = $2 AND customer = $3 AND dims = $4
    AND event_at < $5 AND ($6::integer IS NULL OR event_at >= $5 - $6 * 86400000::bigint)
    AND ($7::bigint IS NULL OR event_at <= $7 AND (event_at, record_id) < ($7, $8))
ORDER BY event_at DESC, record_id DESC
LIMIT $9::bigint;

-- name: computed_together
-- For each of the windows $4 to $7 the value of the customer $2 at the instant $3: of some dimensions, over all where null.
SELECT value_of(q.function, w.n, w.numbers, w.total, w.low, w.high) AS value
FROM unnest($4::bigint[], $5::text[], $6::integer[], $7::text[])
    WITH ORDINALITY AS q (series_id, function, days, dims, place)
CROSS JOIN LATERAL (
    SELECT
        sum(c.n)::bigint AS n, sum(c.numbers)::bigint AS numbers,
        sum(c.total) AS total, min(c.low) AS low, max(c.high) AS high
    FROM customer_windows(
        $1, q.series_id, $2, CASE WHEN q.dims IS NOT NULL THEN ARRAY[q.dims] END, q.days, $3
    ) AS c
) AS w
ORDER BY q.place;

-- name: stored_together
-- For each of the editions $3 to $6 the stored value of the customer $2: of some dimensions, over all where null; and the
-- latest instant that it is of.
SELECT value_of(q.function, w.records, w.records, w.total, w.low, w.high) AS value, w.computed_at
FROM unnest($3::uuid[], $4::integer[], $5::text[], $6::text[])
    WITH ORDINALITY AS q (metric_id, edition, function, dims, place)
CROSS JOIN LATERAL (
    SELECT
        sum(v.records)::bigint AS records, sum(v.total) AS total, min(v.value) AS low, max(v.value) AS high,
        max(v.computed_at) AS computed_at
    FROM metrics.metric_values AS v
    WHERE v.tenant_id = $1 AND v.metric_id = q.metric_id AND v.edition = q.edition AND v.customer = $2
        AND (q.dims IS NULL OR v.dims = q.dims) AND v.value IS NOT NULL
) AS w
ORDER BY q.place;
