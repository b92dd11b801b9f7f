-- Reads of sessions by requests; every statement names its tenant. Totals: `counted` adds whole minutes up, of which
-- `counted_rows` counts the cut ones by their rows.

-- name: page
-- Sessions before a place ($2 and $3) that began at $4 or later, with these values (null: any): workflow, status, key of
-- the unit of work, parent; newest first.
SELECT started_at, session_id::text, summary
FROM sessions
WHERE tenant_id = $1 AND (started_at, session_id) < ($2::bigint, $3::uuid) AND started_at >= $4
    AND ($5::text IS NULL OR workflow = $5) AND ($6::text IS NULL OR status = $6)
    AND ($7::text IS NULL OR uow_key = $7) AND ($8::uuid IS NULL OR parent_id = $8)
ORDER BY started_at DESC, session_id DESC
LIMIT $9;

-- name: counted_rows
-- How many sessions began in [$2, $3), with the values of `page`.
SELECT count(*)
FROM sessions
WHERE tenant_id = $1 AND started_at >= $2 AND started_at < $3
    AND ($4::text IS NULL OR workflow = $4) AND ($5::text IS NULL OR status = $5)
    AND ($6::text IS NULL OR uow_key = $6) AND ($7::uuid IS NULL OR parent_id = $7);

-- name: counted
-- How many sessions began in runs of spans ($2 lengths, $3 firsts, $4 ends, $5 signs) by workflow and status; of one
-- workflow ($6) or status ($7), unless they are null.
SELECT c.workflow, c.status, sum(c.n * s.sign)::bigint AS n
FROM unnest($2::integer[], $3::bigint[], $4::bigint[], $5::integer[]) AS s (length, first, until, sign)
JOIN session_counts AS c
    ON c.tenant_id = $1 AND c.length = s.length AND c.span >= s.first AND c.span < s.until
WHERE ($6::text IS NULL OR c.workflow = $6) AND ($7::text IS NULL OR c.status = $7)
GROUP BY 1, 2;

-- name: place
-- The partition that the records of a session lie in, and the offset after the last one that counted.
SELECT partition, next_offset FROM sessions WHERE tenant_id = $1 AND session_id = $2;
