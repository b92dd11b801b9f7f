-- Statements on the copying of one log to another, schema `projections`.

-- name: progress
-- How far a copy is.
SELECT topic, partition, next_offset FROM projections.copies WHERE source = $1 AND target = $2;

-- name: begin
-- A partition's copy starts at its beginning.
INSERT INTO projections.copies (source, target, topic, partition, next_offset)
SELECT $1, $2, * FROM unnest($3::text[], $4::int[], $5::bigint[]) ON CONFLICT DO NOTHING;

-- name: advance
-- The target has acknowledged everything before these offsets.
UPDATE projections.copies c SET next_offset = b.next_offset
FROM unnest($3::text[], $4::int[], $5::bigint[]) AS b (topic, partition, next_offset)
WHERE (c.source, c.target, c.topic, c.partition) = ($1, $2, b.topic, b.partition);

-- name: boundary
-- Where the target ended when it held exactly what everything that acts on records had read.
SELECT topic, partition, next_offset FROM projections.copy_boundaries WHERE source = $1 AND target = $2;

-- name: note_boundary
-- The target holds exactly what everything that acts on records had read, up to these offsets.
INSERT INTO projections.copy_boundaries (source, target, topic, partition, next_offset)
SELECT $1, $2, * FROM unnest($3::text[], $4::int[], $5::bigint[]);

-- name: forget_boundary
-- What acts on records has been put there.
DELETE FROM projections.copy_boundaries WHERE source = $1 AND target = $2;

-- name: forget
-- The copy is over.
DELETE FROM projections.copies WHERE source = $1 AND target = $2;
