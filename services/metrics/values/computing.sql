-- Statements by which stored values are computed. The path has the generation of the read model that serves.

-- name: instant
-- The database's clock, rounded up to the next millisecond.
SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1;

-- name: find_edition
-- An edition.
SELECT * FROM metrics.editions WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3;

-- name: hold_edition
-- An edition; nobody else computes values of it until the transaction ends.
SELECT * FROM metrics.editions WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 FOR NO KEY UPDATE;

-- name: all_keys
-- The next $7 keys behind ($5, $6) of an edition ($3) of the series $4: those that have records, and those with a value.
SELECT customer, dims FROM (
    (
        SELECT DISTINCT customer, dims FROM tiles
        WHERE tenant_id = $1 AND series_id = $4 AND (customer, dims) > ($5, $6)
        ORDER BY customer, dims LIMIT $7
    ) UNION (
        SELECT customer, dims FROM metrics.metric_values
        WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND (customer, dims) > ($5, $6)
        ORDER BY customer, dims LIMIT $7
    )
) AS keys
ORDER BY customer, dims
LIMIT $7;

-- name: count_all_keys
-- How many keys of the series $2 have records.
SELECT count(*) FROM (SELECT DISTINCT customer, dims FROM tiles WHERE tenant_id = $1 AND series_id = $2) AS keys;

-- name: changed_keys
-- The next $7 touched keys of an edition behind ($4, $5), and of the values that are older than $8, the $6 in milliseconds,
-- the $7 that have been due to change for longest.
SELECT customer, dims, bool_or(touched) AS is_touched, bool_or(NOT touched) AS is_due FROM (
    (
        SELECT customer, dims, true AS touched FROM touched
        WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND (customer, dims) > ($4, $5)
        ORDER BY customer, dims LIMIT $7
    ) UNION ALL (
        SELECT customer, dims, false FROM metrics.metric_values
        WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND next_change_at < $6 AND computed_at < $8
        ORDER BY next_change_at LIMIT $7
    )
) AS keys
GROUP BY customer, dims
ORDER BY customer, dims;

-- name: count_changed_keys
-- How many keys of an edition are touched, and how many values are due to change before $4.
SELECT
    (SELECT count(*) FROM touched WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3)
    + (
        SELECT count(*) FROM metrics.metric_values
        WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND next_change_at < $4
    );

-- name: clear_touched
-- Take keys off those that have to be looked at, but for those with a newer value than $6, and those that a fold holds.
DELETE FROM touched WHERE (tenant_id, metric_id, edition, customer, dims) IN (
    SELECT t.tenant_id, t.metric_id, t.edition, t.customer, t.dims
    FROM touched AS t
    JOIN unnest($4::text[], $5::text[]) AS k (customer, dims) ON (t.customer, t.dims) = (k.customer, k.dims)
    WHERE t.tenant_id = $1 AND t.metric_id = $2 AND t.edition = $3 AND NOT EXISTS (
        SELECT FROM metrics.metric_values AS v
        WHERE (v.tenant_id, v.metric_id, v.edition) = ($1, $2, $3)
            AND (v.customer, v.dims) = (t.customer, t.dims) AND v.computed_at > $6
    )
    FOR UPDATE OF t SKIP LOCKED
);

-- name: store_values
-- Compute the values of keys ($4, $5) as of $6, in milliseconds $7, from the window of $10 days of the series $8 by the
-- function $9, and store those that are not older than what is there: how many differ from it, how many more there are,
-- and how many keys have none. A row that is not published stays so until the publisher marks it, whatever its value is by
-- then: one in between may have been appended, and not been marked.
WITH computed AS (
    SELECT w.customer, w.dims, w.value, w.records, w.total, w.next_change_at, v.value AS former
    FROM window_values($1, $8, $9, $10, $7, $4::text[], $5::text[]) AS w
    LEFT JOIN metrics.metric_values AS v
        ON (v.tenant_id, v.metric_id, v.edition, v.customer, v.dims) = ($1, $2, $3, w.customer, w.dims)
    WHERE w.value IS NOT NULL OR w.next_change_at IS NOT NULL OR v.tenant_id IS NOT NULL
), stored AS (
    INSERT INTO metrics.metric_values AS v
        (tenant_id, metric_id, edition, customer, dims, value, records, total, computed_at, next_change_at, is_published)
    SELECT $1, $2, $3, customer, dims, value, records, total, $6, next_change_at, value IS NULL
    FROM computed ORDER BY customer COLLATE "C", dims COLLATE "C"
    ON CONFLICT (tenant_id, metric_id, edition, customer, dims) DO UPDATE
        SET value = excluded.value, records = excluded.records, total = excluded.total,
            computed_at = excluded.computed_at, next_change_at = excluded.next_change_at,
            is_published = v.is_published AND v.value IS NOT DISTINCT FROM excluded.value
        WHERE v.computed_at <= excluded.computed_at
    RETURNING v.customer, v.dims, v.value
)
SELECT count(*) FILTER (WHERE s.value IS DISTINCT FROM c.former) AS changed,
    count(s.value) - count(c.former) AS more, count(*) - count(s.value) AS empty
FROM stored AS s JOIN computed AS c USING (customer, dims);

-- name: drop_empty_values
-- Remove those of the keys that have no value, none to come, and none that subscribers may know.
DELETE FROM metrics.metric_values AS v
USING unnest($4::text[], $5::text[]) AS k (customer, dims)
WHERE v.tenant_id = $1 AND v.metric_id = $2 AND v.edition = $3 AND (v.customer, v.dims) = (k.customer, k.dims)
    AND v.value IS NULL AND v.is_published AND v.next_change_at IS NULL;

-- name: count_values
-- Keep how many values an edition has, and the instant ($5, null: as before) for which they are up to date.
UPDATE metrics.editions
SET value_count = value_count + $4, computed_at = greatest(computed_at, $5::timestamptz)
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3;
