-- What the matcher asks and notes; of every tenant.

-- name: awaited_types
-- The types of events that versions of workflows wait for.
SELECT DISTINCT h.tenant_id, t.event_type
FROM workflows.version_heads AS h
CROSS JOIN LATERAL unnest(h.event_types) AS t (event_type)
WHERE h.event_types <> '{}';

-- name: noted
-- Up to when the events of partitions ($1) were compared with all waits.
SELECT partition, level_at FROM workflows.matcher_positions WHERE partition = ANY ($1::integer[]);

-- name: note
-- Note up to when ($2) the events of partitions ($1) were compared with all waits; never earlier than noted before.
INSERT INTO workflows.matcher_positions AS p (partition, level_at)
SELECT n.partition, $2 FROM unnest($1::integer[]) AS n (partition) ORDER BY 1
ON CONFLICT (partition) DO UPDATE SET level_at = greatest(p.level_at, excluded.level_at);
