-- Statements of a service's schedule; `schema` is the service's. A statement's time is `statement_timestamp()`: now() is
-- when the transaction began, and no index is searched by clock_timestamp().

-- name: put
-- Make rows due, at a time or so many seconds from now; whoever leases them has lost them. Hint when it is soon.
WITH put AS (
    INSERT INTO :"schema".schedule AS s (tenant_id, kind, id, due_at, attempt, lane)
    SELECT r.tenant_id, $1, r.id,
        coalesce(r.due_at, statement_timestamp() + r.due_in_s * interval '1 second'), r.attempt, r.lane
    FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::float8[], $6::int[], $7::text[])
        AS r (tenant_id, id, due_at, due_in_s, attempt, lane)
    ON CONFLICT (tenant_id, kind, id)
        DO UPDATE SET due_at = excluded.due_at, attempt = excluded.attempt, lane = excluded.lane, claim = NULL
    RETURNING due_at
)
SELECT pg_notify('waymark_schedule_' || :'schema', $1)
FROM put HAVING min(due_at) < statement_timestamp() + $8 * interval '1 second';

-- name: remove
-- Take a row off the schedule.
DELETE FROM :"schema".schedule WHERE tenant_id = $1 AND kind = $2 AND id = $3;

-- name: hold
-- Hold a row until the transaction ends.
SELECT true FROM :"schema".schedule WHERE tenant_id = $1 AND kind = $2 AND id = $3 FOR UPDATE;

-- name: take_due
-- Hold the rows that have been due for longest, passing over those that others hold.
SELECT tenant_id, id, due_at, attempt
FROM :"schema".schedule
WHERE kind = $1 AND due_at <= statement_timestamp()
ORDER BY due_at
LIMIT $2
FOR UPDATE SKIP LOCKED;

-- name: lease
-- Claim the rows that have been due for longest until some seconds from now, and count the attempt.
WITH due AS (
    SELECT tenant_id, id, due_at
    FROM :"schema".schedule
    WHERE kind = $1 AND due_at <= statement_timestamp()
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE :"schema".schedule AS s
SET claim = gen_random_uuid(), attempt = s.attempt + 1, due_at = statement_timestamp() + $3 * interval '1 second'
FROM due
WHERE s.tenant_id = due.tenant_id AND s.kind = $1 AND s.id = due.id
RETURNING s.tenant_id, s.id, due.due_at, s.attempt, s.claim, s.lane;

-- name: lease_in_lanes
-- As lease, but no more than there is room for: of each lane $4 less those that the caller has already ($5 lanes, $6 how
-- many of each), of each tenant $8 less those ($9 tenants, $10 how many of each). Lanes and tenants without room ($7, $11)
-- are not looked at, nor more than 1,000 rows: what lies behind those comes once their lanes, or tenants, are full.
WITH waiting AS (
    SELECT tenant_id, id, lane, due_at
    FROM :"schema".schedule
    WHERE kind = $1 AND due_at <= statement_timestamp() AND lane <> ALL($7::text[]) AND tenant_id <> ALL($11::text[])
    ORDER BY due_at
    LIMIT 1000
), in_lanes AS (
    SELECT w.tenant_id, w.id, w.due_at, $4 - coalesce(b.leases, 0) AS room,
        row_number() OVER (PARTITION BY w.lane ORDER BY w.due_at) AS place
    FROM waiting AS w
    LEFT JOIN unnest($5::text[], $6::int[]) AS b (lane, leases) ON b.lane = w.lane
), of_tenants AS (
    SELECT l.tenant_id, l.id, l.due_at, $8 - coalesce(b.leases, 0) AS room,
        row_number() OVER (PARTITION BY l.tenant_id ORDER BY l.due_at) AS place
    FROM in_lanes AS l
    LEFT JOIN unnest($9::text[], $10::int[]) AS b (tenant_id, leases) ON b.tenant_id = l.tenant_id
    WHERE l.place <= l.room
), due AS (
    SELECT tenant_id, id, due_at
    FROM :"schema".schedule
    WHERE kind = $1 AND due_at <= statement_timestamp() AND (tenant_id, id) IN (
        SELECT tenant_id, id FROM of_tenants WHERE place <= room ORDER BY due_at LIMIT $2
    )
    FOR UPDATE SKIP LOCKED
)
UPDATE :"schema".schedule AS s
SET claim = gen_random_uuid(), attempt = s.attempt + 1, due_at = statement_timestamp() + $3 * interval '1 second'
FROM due
WHERE s.tenant_id = due.tenant_id AND s.kind = $1 AND s.id = due.id
RETURNING s.tenant_id, s.id, due.due_at, s.attempt, s.claim, s.lane;

-- name: renew
-- Let leases end some seconds from now; which of them are still held.
UPDATE :"schema".schedule AS s
SET due_at = statement_timestamp() + $5 * interval '1 second'
FROM unnest($2::text[], $3::text[], $4::uuid[]) AS r (tenant_id, id, claim)
WHERE s.tenant_id = r.tenant_id AND s.kind = $1 AND s.id = r.id AND s.claim = r.claim
RETURNING s.claim;

-- name: release
-- Give a leased row back as it was before: due since then, the attempt not counted.
UPDATE :"schema".schedule
SET due_at = $5, attempt = attempt - 1, claim = NULL
WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND claim = $4;

-- name: fence
-- Hold a leased row until the transaction ends, if it is still leased under this claim.
SELECT true FROM :"schema".schedule WHERE tenant_id = $1 AND kind = $2 AND id = $3 AND claim = $4 FOR UPDATE;

-- name: next_due
-- In how many seconds the next row of a kind is due; negative when it is overdue.
SELECT extract(epoch FROM min(due_at) - statement_timestamp())::float8 FROM :"schema".schedule WHERE kind = $1;

-- name: next_due_elsewhere
-- As next_due, but for the rows of some lanes ($2) and tenants ($3).
SELECT extract(epoch FROM min(due_at) - statement_timestamp())::float8
FROM :"schema".schedule
WHERE kind = $1 AND lane <> ALL($2::text[]) AND tenant_id <> ALL($3::text[]);
