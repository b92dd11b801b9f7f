-- Statements of the sweeper; those on contributions, tiles, quarters, skips, starts and touched keys see a generation.

-- name: ended_series
-- The series that no metric needs any more.
SELECT tenant_id, id AS series_id FROM metrics.series WHERE ended_at IS NOT NULL ORDER BY tenant_id, id;

-- name: retired_editions
-- The editions whose values are shown no longer.
SELECT tenant_id, metric_id, edition FROM metrics.editions WHERE state = 'retired' ORDER BY tenant_id, metric_id, edition;

-- name: forget_filling
-- Fill a series in no further; waits for who does so now.
WITH failures AS (
    DELETE FROM backfill_failures WHERE tenant_id = $1 AND series_id = $2
)
DELETE FROM series_starts WHERE tenant_id = $1 AND series_id = $2;

-- name: remove_contributions
-- Remove the next contributions to a series, $3 at most, behind the record $4; return the last of them.
WITH chunk AS (
    SELECT ctid, record_id FROM contributions
    WHERE tenant_id = $1 AND series_id = $2 AND record_id > $4
    ORDER BY record_id LIMIT $3
), removed AS (
    DELETE FROM contributions AS c USING chunk WHERE c.ctid = chunk.ctid
)
SELECT record_id FROM chunk ORDER BY record_id DESC LIMIT 1;

-- name: remove_tiles
-- Remove the next tiles of a series, of days or of quarter hours, $3 at most, behind $4 to $6; return the key of the last.
WITH chunk AS (
    SELECT ctid, customer, dims, :"unit" FROM :"tiles"
    WHERE tenant_id = $1 AND series_id = $2 AND (customer, dims, :"unit") > ($4, $5, $6::integer)
    ORDER BY customer, dims, :"unit" LIMIT $3
), removed AS (
    DELETE FROM :"tiles" AS t USING chunk WHERE t.ctid = chunk.ctid
)
SELECT customer, dims, :"unit" FROM chunk ORDER BY customer DESC, dims DESC, :"unit" DESC LIMIT 1;

-- name: remove_skips
-- Remove the count of a series' contributions without a number.
DELETE FROM skips WHERE tenant_id = $1 AND series_id = $2;

-- name: remove_touched
-- Remove the next keys that are noted for an edition, $4 at most, behind $5 and $6; return the last.
WITH chunk AS (
    SELECT ctid, customer, dims FROM touched
    WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND (customer, dims) > ($5, $6)
    ORDER BY customer, dims LIMIT $4
), removed AS (
    DELETE FROM touched AS t USING chunk WHERE t.ctid = chunk.ctid
)
SELECT customer, dims FROM chunk ORDER BY customer DESC, dims DESC LIMIT 1;

-- name: remove_series
-- Remove a series that no generation has rows of.
DELETE FROM metrics.series WHERE tenant_id = $1 AND id = $2 AND ended_at IS NOT NULL;

-- name: remove_edition
-- Remove a retired edition, once its values are removed.
DELETE FROM metrics.editions AS e
WHERE e.tenant_id = $1 AND e.metric_id = $2 AND e.edition = $3 AND e.state = 'retired' AND NOT EXISTS (
    SELECT FROM metrics.metric_values AS v
    WHERE (v.tenant_id, v.metric_id, v.edition) = (e.tenant_id, e.metric_id, e.edition)
);
