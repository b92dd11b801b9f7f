-- Statements that fold contributions; the schema of a generation is first on the search path.

-- name: revision
-- The number that every change of what is computed raises.
SELECT revision FROM metrics.definition_changes;

-- name: indexed
-- All series that have not ended and are not refused, each with the revision up to which these are all; that alone where
-- there are none.
SELECT c.revision, s.tenant_id, s.id AS series_id, s.source
FROM metrics.definition_changes AS c
LEFT JOIN metrics.series AS s ON s.ended_at IS NULL AND s.refused IS NULL;

-- name: refuse
-- Note why ($3) nothing is folded for a series any more.
UPDATE metrics.series SET refused = $3 WHERE tenant_id = $1 AND id = $2 AND refused IS NULL;

-- name: add
-- Add the contributions that arrive, take those off that are repeats, and say which. In key order, so that two writers
-- cannot deadlock.
WITH added AS (
    INSERT INTO contributions (tenant_id, series_id, record_id, customer, dims, event_at, number)
    SELECT tenant_id, series_id, record_id, customer, dims, event_at, number
    FROM pg_temp.arriving_contributions
    ORDER BY tenant_id, series_id, record_id
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, series_id, record_id
)
DELETE FROM pg_temp.arriving_contributions AS a
WHERE NOT EXISTS (
    SELECT FROM added AS n
    WHERE (n.tenant_id, n.series_id, n.record_id) = (a.tenant_id, a.series_id, a.record_id)
)
RETURNING a.tenant_id, a.series_id, a.record_id;

-- name: arrived
-- The contributions that arrived.
SELECT tenant_id, series_id, record_id, customer, dims, event_at, number FROM pg_temp.arriving_contributions;

-- name: arrived_on
-- Those of them that are of these days.
SELECT a.*
FROM pg_temp.arriving_contributions AS a
JOIN unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::integer[])
    AS d (tenant_id, series_id, customer, dims, day) USING (tenant_id, series_id, customer, dims)
WHERE d.day = day_of(a.event_at);

-- name: of_days
-- All contributions of these days.
SELECT c.*
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::integer[])
    AS d (tenant_id, series_id, customer, dims, day)
CROSS JOIN LATERAL (
    SELECT *
    FROM contributions AS o
    WHERE o.tenant_id = d.tenant_id AND o.series_id = d.series_id AND o.customer = d.customer AND o.dims = d.dims
        AND o.event_at >= d.day * 86400000::bigint AND o.event_at < (d.day + 1) * 86400000::bigint
) AS c;

-- name: of_busy_days
-- All contributions of days that have as many as quarter hours are kept for.
SELECT c.*
FROM contributions AS c
JOIN tiles AS t USING (tenant_id, series_id, customer, dims)
WHERE t.day = day_of(c.event_at) AND is_busy(t.n);

-- name: tile
-- Add `contributions` to the tiles of their days, or to their quarter hours, in key order: here all there are, at the end of
-- a rebuild. Others put theirs under that name.
INSERT INTO :"tiles" AS t (tenant_id, series_id, customer, dims, :"unit", n, numbers, total, least, most, first_at)
SELECT
    c.tenant_id, c.series_id, c.customer, c.dims, :"unit_of"(c.event_at), count(*), count(c.number), sum(c.number),
    min(c.number), max(c.number), min(c.event_at)
FROM contributions AS c
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (tenant_id, series_id, customer, dims, :"unit") DO UPDATE
SET
    n = t.n + excluded.n, numbers = t.numbers + excluded.numbers,
    total = coalesce(t.total + excluded.total, t.total, excluded.total),
    least = least(t.least, excluded.least), most = greatest(t.most, excluded.most),
    first_at = least(t.first_at, excluded.first_at);

-- name: skip
-- Count `contributions` without a number, as `tile` does.
INSERT INTO skips AS s (tenant_id, series_id, not_numeric)
SELECT c.tenant_id, c.series_id, count(*)
FROM contributions AS c
WHERE c.number IS NULL
GROUP BY 1, 2
ORDER BY 1, 2
ON CONFLICT (tenant_id, series_id) DO UPDATE SET not_numeric = s.not_numeric + excluded.not_numeric;

-- name: touch
-- Have the values of `contributions` looked at, of all `editions`: a fold puts those that it is about under that name. A row
-- that is there is written again, and so held: whoever removes it would otherwise do so before these contributions can be
-- seen.
INSERT INTO touched (tenant_id, metric_id, edition, customer, dims)
SELECT DISTINCT e.tenant_id, e.metric_id, e.edition, c.customer, c.dims
FROM contributions AS c
JOIN editions AS e USING (tenant_id, series_id)
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (tenant_id, metric_id, edition, customer, dims) DO UPDATE SET dims = excluded.dims;
