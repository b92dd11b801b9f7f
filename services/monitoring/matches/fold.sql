-- name: see
-- Note records as taken, and return those that had been before.
WITH r AS (SELECT r.tenant_id, r.id FROM unnest($1::text[], $2::bytea[]) AS r (tenant_id, id)),
added AS (
    INSERT INTO seen (tenant_id, id) SELECT r.tenant_id, r.id FROM r ORDER BY r.tenant_id, r.id
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, id
)
SELECT r.tenant_id, r.id FROM r EXCEPT ALL SELECT a.tenant_id, a.id FROM added AS a;

-- name: clocks
-- The clocks of partitions.
SELECT partition, clock_ms FROM clocks WHERE partition = ANY ($1::int[]);

-- name: named_keys
-- The states of some keys, by their places among those given. Each is looked up by itself (LIMIT), whatever is guessed
-- of how many there are.
SELECT w.place, found.waits, found.due_ms, found.state
FROM unnest($1::text[], $2::bigint[], $3::text[]) WITH ORDINALITY AS w (tenant_id, definition_id, match_key, place)
CROSS JOIN LATERAL (
    SELECT k.waits, k.due_ms, k.state
    FROM keys AS k
    WHERE k.tenant_id = w.tenant_id AND k.definition_id = w.definition_id AND k.match_key = w.match_key
    LIMIT 1
) AS found;

-- name: due_keys
-- The first keys of a partition for which something happens by a time.
SELECT tenant_id, definition_id, match_key, waits, due_ms, state
FROM keys
WHERE partition = $1 AND waits AND due_ms <= $2
ORDER BY due_ms, tenant_id COLLATE "C", definition_id, match_key
LIMIT $3;

-- name: open_keys
-- The keys of a definition in a partition that have a match open or records held.
SELECT tenant_id, definition_id, match_key, waits, due_ms, state
FROM keys
WHERE tenant_id = $1 AND definition_id = $2 AND partition = $3 AND waits;

-- name: closings
-- When definitions ended after some version, as partitions know it.
SELECT c.tenant_id, c.definition_id, c.partition, c.version, c.at_ms, c.cause, c.watermark_ms
FROM unnest($1::text[], $2::bigint[], $3::int[], $4::bigint[]) AS w (tenant_id, definition_id, partition, version)
JOIN closings AS c
    ON c.tenant_id = w.tenant_id AND c.definition_id = w.definition_id AND c.partition = w.partition
    AND c.version > w.version
ORDER BY c.version;

-- name: open_counts
-- How many matches of definitions are open in partitions.
SELECT o.tenant_id, o.definition_id, o.partition, o.n
FROM unnest($1::text[], $2::bigint[], $3::int[]) AS w (tenant_id, definition_id, partition)
JOIN open_matches AS o USING (tenant_id, definition_id, partition);

-- name: keep_keys
-- Store the states of keys, in key order.
INSERT INTO keys (tenant_id, definition_id, match_key, partition, waits, due_ms, state)
SELECT r.tenant_id, r.definition_id, r.match_key, r.partition, r.waits, r.due_ms, r.state
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::bool[], $6::bigint[], $7::bytea[])
    AS r (tenant_id, definition_id, match_key, partition, waits, due_ms, state)
ORDER BY r.tenant_id, r.definition_id, r.match_key
ON CONFLICT (tenant_id, definition_id, match_key) DO UPDATE
SET waits = EXCLUDED.waits, due_ms = EXCLUDED.due_ms, state = EXCLUDED.state;

-- name: forget_keys
-- Remove keys that have been idle for as long as they are remembered, a bounded number at once.
DELETE FROM keys
WHERE (tenant_id, definition_id, match_key) IN (
    SELECT k.tenant_id, k.definition_id, k.match_key
    FROM keys AS k
    WHERE k.partition = $1 AND NOT k.waits AND k.due_ms <= $2
    ORDER BY k.due_ms
    LIMIT $3
);

-- name: keep_clocks
-- Store the clocks of partitions.
INSERT INTO clocks (partition, clock_ms)
SELECT r.partition, r.clock_ms FROM unnest($1::int[], $2::bigint[]) AS r (partition, clock_ms)
ORDER BY r.partition
ON CONFLICT (partition) DO UPDATE SET clock_ms = EXCLUDED.clock_ms;

-- name: keep_closings
-- Store the ends of definitions.
INSERT INTO closings (tenant_id, definition_id, partition, version, at_ms, cause, watermark_ms)
SELECT r.tenant_id, r.definition_id, r.partition, r.version, r.at_ms, r.cause, r.watermark_ms
FROM unnest($1::text[], $2::bigint[], $3::int[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[])
    AS r (tenant_id, definition_id, partition, version, at_ms, cause, watermark_ms)
ORDER BY r.tenant_id, r.definition_id, r.partition, r.version
ON CONFLICT DO NOTHING;

-- name: keep_open_counts
-- Store how many matches are open.
INSERT INTO open_matches (tenant_id, definition_id, partition, n)
SELECT r.tenant_id, r.definition_id, r.partition, r.n
FROM unnest($1::text[], $2::bigint[], $3::int[], $4::int[]) AS r (tenant_id, definition_id, partition, n)
ORDER BY r.tenant_id, r.definition_id, r.partition
ON CONFLICT (tenant_id, definition_id, partition) DO UPDATE SET n = EXCLUDED.n;

-- name: add_counts
-- Add to the counts of minutes.
INSERT INTO counts AS c (tenant_id, definition_id, minute, partition, opened, late, not_opened)
SELECT r.tenant_id, r.definition_id, r.minute, r.partition, r.opened, r.late, r.not_opened
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS r (tenant_id, definition_id, minute, partition, opened, late, not_opened)
ORDER BY r.tenant_id, r.definition_id, r.minute, r.partition
ON CONFLICT (tenant_id, definition_id, minute, partition) DO UPDATE
SET opened = c.opened + EXCLUDED.opened,
    late = c.late + EXCLUDED.late,
    not_opened = c.not_opened + EXCLUDED.not_opened;
