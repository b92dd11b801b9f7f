-- Statements of the valuer; the path has the generation of the read model that serves.

-- name: waiting_editions
-- The editions of active realtime metrics that are shown and of which keys are touched, or values due to change before $1.
SELECT e.tenant_id, e.metric_id, e.edition
FROM metrics.definitions AS d
JOIN metrics.editions AS e ON (e.tenant_id, e.metric_id, e.edition) = (d.tenant_id, d.id, d.serving)
WHERE d.status = 'active' AND e.mode = 'realtime' AND (
    EXISTS (
        SELECT FROM touched AS t
        WHERE (t.tenant_id, t.metric_id, t.edition) = (e.tenant_id, e.metric_id, e.edition)
    ) OR EXISTS (
        SELECT FROM metrics.metric_values AS v
        WHERE (v.tenant_id, v.metric_id, v.edition) = (e.tenant_id, e.metric_id, e.edition) AND v.next_change_at < $1
    )
)
ORDER BY e.tenant_id, e.metric_id;

-- name: is_kept_up
-- Whether an edition's values are shown and kept up by the valuer: from all contributions to its series, or not at all.
SELECT EXISTS (
    SELECT FROM metrics.definitions AS d
    JOIN metrics.editions AS e ON (e.tenant_id, e.metric_id, e.edition) = (d.tenant_id, d.id, d.serving)
    JOIN metrics.series AS s ON (s.tenant_id, s.id) = (e.tenant_id, e.series_id)
    WHERE d.tenant_id = $1 AND d.id = $2 AND d.serving = $3 AND d.status = 'active' AND e.mode = 'realtime'
        AND s.refused IS NULL AND is_filled(s.tenant_id, s.id, s.revision)
);
