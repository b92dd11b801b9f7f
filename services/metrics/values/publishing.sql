-- Statements of the publisher, over the tables of all tenants.

-- name: unpublished
-- Of the next $4 metrics, behind one ($2, $3), that have any: up to $1 values of each that differ from what subscribers know,
-- and what they know, if that is of a former edition.
SELECT v.tenant_id, v.metric_id, v.edition, v.customer, v.dims, v.value, v.records, v.computed_at,
    coalesce(v.published, former.published) AS previous, d.name, e.window_days, s.source
FROM (
    SELECT * FROM metrics.definitions AS d
    WHERE (d.tenant_id, d.id) > ($2, $3::uuid) AND EXISTS (
        SELECT FROM metrics.metric_values AS v
        WHERE (v.tenant_id, v.metric_id, v.edition) = (d.tenant_id, d.id, d.serving) AND NOT v.is_published
    )
    ORDER BY d.tenant_id, d.id LIMIT $4
) AS d
JOIN metrics.editions AS e ON (e.tenant_id, e.metric_id, e.edition) = (d.tenant_id, d.id, d.serving)
JOIN metrics.series AS s ON (s.tenant_id, s.id) = (e.tenant_id, e.series_id)
CROSS JOIN LATERAL (
    SELECT * FROM metrics.metric_values AS v
    WHERE (v.tenant_id, v.metric_id, v.edition) = (e.tenant_id, e.metric_id, e.edition) AND NOT v.is_published
    ORDER BY v.customer, v.dims LIMIT $1
) AS v
LEFT JOIN LATERAL (
    SELECT p.published
    FROM metrics.editions AS r
    JOIN metrics.metric_values AS p ON (p.tenant_id, p.metric_id, p.edition) = (r.tenant_id, r.metric_id, r.edition)
    WHERE (r.tenant_id, r.metric_id) = (v.tenant_id, v.metric_id) AND r.state = 'retired'
        AND (p.customer, p.dims) = (v.customer, v.dims) AND p.published IS NOT NULL
    ORDER BY r.edition DESC LIMIT 1
) AS former ON v.published IS NULL
ORDER BY v.tenant_id, v.metric_id, v.edition, v.customer, v.dims;

-- name: mark_published
-- Note of values what was appended of them; one that changed meanwhile still has to be.
WITH appended AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::numeric[])
        AS a (tenant_id, metric_id, edition, customer, dims, value)
), held AS (
    SELECT v.tenant_id, v.metric_id, v.edition, v.customer, v.dims, a.value
    FROM metrics.metric_values AS v
    JOIN appended AS a USING (tenant_id, metric_id, edition, customer, dims)
    ORDER BY v.tenant_id, v.metric_id, v.edition, v.customer, v.dims
    FOR NO KEY UPDATE OF v
)
UPDATE metrics.metric_values AS v
SET published = h.value, is_published = v.value IS NOT DISTINCT FROM h.value
FROM held AS h
WHERE (v.tenant_id, v.metric_id, v.edition, v.customer, v.dims)
    = (h.tenant_id, h.metric_id, h.edition, h.customer, h.dims);

-- name: remove_succeeded
-- Remove the values of retired editions that others were appended in place of, and what is gone of the shown ones.
DELETE FROM metrics.metric_values AS v
USING unnest($1::text[], $2::uuid[], $3::integer[], $4::text[], $5::text[])
    AS a (tenant_id, metric_id, edition, customer, dims), metrics.editions AS e
WHERE (v.tenant_id, v.metric_id, v.customer, v.dims) = (a.tenant_id, a.metric_id, a.customer, a.dims)
    AND (e.tenant_id, e.metric_id, e.edition) = (v.tenant_id, v.metric_id, v.edition)
    AND (
        e.state = 'retired' AND v.edition < a.edition
        OR v.edition = a.edition AND v.value IS NULL AND v.published IS NULL AND v.next_change_at IS NULL
    );

-- name: retired_values
-- Of the next $1 values of each retired edition those that no change is to be appended in place of; those `is_gone` that subscribers
-- may know, as the edition was shown, and the one that is shown has not.
SELECT v.tenant_id, v.metric_id, v.edition, v.customer, v.dims,
    (v.published IS NOT NULL OR NOT v.is_published AND e.computed_at IS NOT NULL) AND shown.published IS NULL AS is_gone
FROM metrics.editions AS e
LEFT JOIN metrics.definitions AS d ON (d.tenant_id, d.id) = (e.tenant_id, e.metric_id)
CROSS JOIN LATERAL (
    SELECT * FROM metrics.metric_values AS v
    WHERE (v.tenant_id, v.metric_id, v.edition) = (e.tenant_id, e.metric_id, e.edition)
    ORDER BY v.customer, v.dims LIMIT $1
) AS v
LEFT JOIN metrics.metric_values AS shown
    ON (shown.tenant_id, shown.metric_id, shown.edition, shown.customer, shown.dims)
    = (v.tenant_id, v.metric_id, d.serving, v.customer, v.dims)
WHERE e.state = 'retired' AND shown.is_published IS NOT FALSE
ORDER BY v.tenant_id, v.metric_id, v.edition, v.customer, v.dims;

-- name: remove_retired
-- Remove values of retired editions.
DELETE FROM metrics.metric_values AS v
USING unnest($1::text[], $2::uuid[], $3::integer[], $4::text[], $5::text[])
    AS r (tenant_id, metric_id, edition, customer, dims)
WHERE (v.tenant_id, v.metric_id, v.edition, v.customer, v.dims)
    = (r.tenant_id, r.metric_id, r.edition, r.customer, r.dims);

-- name: count_unpublished
-- How many values that are shown differ from what subscribers know; $1 at most.
SELECT count(*) FROM (
    SELECT
    FROM metrics.definitions AS d
    JOIN metrics.metric_values AS v ON (v.tenant_id, v.metric_id, v.edition) = (d.tenant_id, d.id, d.serving)
    WHERE NOT v.is_published
    LIMIT $1
) AS waiting;
