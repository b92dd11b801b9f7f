-- Figures for Prometheus, under the projector's role.

-- name: totals
-- The results of every definition that runs or has some, by part of the histogram, from the longest spans; without a
-- part: none.
SELECT
    i.tenant_id, i.name, r.part,
    sum(r.excellent)::bigint AS excellent, sum(r.good)::bigint AS good,
    sum(r.average)::bigint AS average, sum(r.poor)::bigint AS poor,
    sum(r.timeout)::bigint AS timeout,
    sum(r.sequence_violation)::bigint AS sequence_violation,
    sum(r.global)::bigint AS global, sum(r.forbidden)::bigint AS forbidden,
    sum(r.stopped)::bigint AS stopped,
    sum(r.duration_ms)::float8 AS duration_ms, numeric_send(sum(r.counts)) AS counts
FROM monitoring.critical_interactions AS i
LEFT JOIN rollups AS r
    ON r.tenant_id = i.tenant_id AND r.definition_id = i.id AND r.series = 0 AND r.length = 144000
WHERE i.deleted_at IS NULL AND (r.part IS NOT NULL OR i.is_running)
GROUP BY i.tenant_id, i.name, r.part
ORDER BY i.tenant_id, i.name;
