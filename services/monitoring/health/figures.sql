-- Figures for Prometheus, under the projector's role.

-- name: totals
-- The results of every definition there is, by part of the histogram, from the longest spans: a row without results for a
-- definition that has none.
SELECT
    i.tenant_id, i.name, coalesce(r.part, 0) AS part,
    coalesce(sum(r.excellent), 0)::bigint AS excellent, coalesce(sum(r.good), 0)::bigint AS good,
    coalesce(sum(r.average), 0)::bigint AS average, coalesce(sum(r.poor), 0)::bigint AS poor,
    coalesce(sum(r.timeout), 0)::bigint AS timeout,
    coalesce(sum(r.sequence_violation), 0)::bigint AS sequence_violation,
    coalesce(sum(r.global), 0)::bigint AS global, coalesce(sum(r.forbidden), 0)::bigint AS forbidden,
    coalesce(sum(r.stopped), 0)::bigint AS stopped, coalesce(sum(r.deleted), 0)::bigint AS deleted,
    coalesce(sum(r.duration_ms), 0)::float8 AS duration_ms, coalesce(sum(r.counts), 0)::text AS counts
FROM monitoring.critical_interactions AS i
LEFT JOIN rollups AS r
    ON r.tenant_id = i.tenant_id AND r.definition_id = i.id AND r.series = 0 AND r.length = 144000
WHERE i.deleted_at IS NULL
GROUP BY i.tenant_id, i.name, r.part
ORDER BY i.tenant_id, i.name;
