-- The number store: counters, reservations, leases and receipts.

-- name: allocate
-- Numbers for each tenant, and a date that never goes back; wanting none only locks the counter.
WITH clock AS MATERIALIZED (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms)
INSERT INTO gateway.counters AS c (tenant_id, last_number, last_created_ms)
SELECT w.tenant_id, w.n, clock.now_ms
FROM unnest($1::text[], $2::bigint[]) AS w (tenant_id, n), clock
ORDER BY w.tenant_id
ON CONFLICT (tenant_id) DO UPDATE
SET last_number = c.last_number + excluded.last_number,
    last_created_ms = greatest(c.last_created_ms, excluded.last_created_ms)
RETURNING c.tenant_id, c.last_number, c.last_created_ms;

-- name: allocate_and_reserve
-- As allocate, with one reservation per tenant in the name of a gateway whose lease holds; none when it does not.
-- Reservations of earlier groups that are settled by now are forgotten on the way.
WITH settled AS (
    DELETE FROM gateway.reservations r
    USING unnest($5::text[], $6::bigint[], $7::bigint[]) AS s (tenant_id, first_number, created_ms)
    WHERE r.tenant_id = s.tenant_id AND r.first_number = s.first_number AND r.created_ms = s.created_ms
),
clock AS MATERIALIZED (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms),
lease AS MATERIALIZED (
    SELECT gateway_id FROM gateway.leases
    WHERE gateway_id = $3::uuid AND expires_at > clock_timestamp() AND server_started_at = pg_postmaster_start_time()
    FOR KEY SHARE
),
wanted AS (SELECT * FROM unnest($1::text[], $2::bigint[]) AS w (tenant_id, n)),
granted AS (
    INSERT INTO gateway.counters AS c (tenant_id, last_number, last_created_ms)
    SELECT wanted.tenant_id, wanted.n, clock.now_ms FROM wanted, clock, lease ORDER BY wanted.tenant_id
    ON CONFLICT (tenant_id) DO UPDATE
    SET last_number = c.last_number + excluded.last_number,
        last_created_ms = greatest(c.last_created_ms, excluded.last_created_ms)
    RETURNING c.tenant_id, c.last_number, c.last_created_ms
),
reserved AS (
    INSERT INTO gateway.reservations (tenant_id, first_number, last_number, gateway_id, created_ms, log_floor)
    SELECT granted.tenant_id, granted.last_number - wanted.n + 1, granted.last_number, $3::uuid,
           granted.last_created_ms, $4::bigint[]
    FROM granted JOIN wanted USING (tenant_id)
)
SELECT tenant_id, last_number, last_created_ms FROM granted;

-- name: find_receipts
-- Every receipt of the given keys and ids, whatever the item, and whether another living gateway works on it.
SELECT r.tenant_id, r.kind, r.value, r.item, r.body_hash, r.interaction_id, r.number, r.uow_id, r.created_ms,
       r.partition, r.next_offset, l.gateway_id IS NOT NULL AS handled
FROM unnest($1::text[], $2::text[], $3::text[]) AS s (tenant_id, kind, value)
JOIN gateway.receipts r USING (tenant_id, kind, value)
LEFT JOIN gateway.leases l
    ON l.gateway_id = r.gateway_id AND l.gateway_id IS DISTINCT FROM $4::uuid AND l.expires_at > clock_timestamp()
    AND l.server_started_at = pg_postmaster_start_time()
WHERE r.created_ms > (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $5::bigint;

-- name: write_receipts
-- New receipts; one that is past its time but not yet purged gives way.
INSERT INTO gateway.receipts AS r (
    tenant_id, kind, value, item, body_hash, interaction_id, number, uow_id, created_ms, partition, next_offset,
    gateway_id
)
SELECT n.*, $12::uuid
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bytea[], $6::uuid[], $7::bigint[], $8::text[],
            $9::bigint[], $10::int[], $11::bigint[]) AS n
ON CONFLICT (tenant_id, kind, value, item) DO UPDATE
SET body_hash = excluded.body_hash, interaction_id = excluded.interaction_id, number = excluded.number,
    uow_id = excluded.uow_id, created_ms = excluded.created_ms, partition = excluded.partition,
    next_offset = excluded.next_offset, gateway_id = excluded.gateway_id;

-- name: settle_reservations
-- Forget reservations whose every number is acknowledged or voided. One of another date is another: a store that went back
-- to an older state has given the number anew.
DELETE FROM gateway.reservations r
USING unnest($1::text[], $2::bigint[], $3::bigint[]) AS s (tenant_id, first_number, created_ms)
WHERE r.tenant_id = s.tenant_id AND r.first_number = s.first_number AND r.created_ms = s.created_ms;

-- name: mark_receipts
-- Note where the records of receipts lie; from then on a repeat is answered without appending. A receipt of another number
-- is another: a store that went back to an older state has given the number anew.
UPDATE gateway.receipts r
SET partition = m.partition, next_offset = m.next_offset, gateway_id = NULL
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::int[], $7::bigint[])
    AS m (tenant_id, kind, value, item, number, partition, next_offset)
WHERE (r.tenant_id, r.kind, r.value, r.item, r.number) = (m.tenant_id, m.kind, m.value, m.item, m.number);

-- name: free_receipts
-- Let go of receipts whose request was answered 503: whoever is asked next may append the record again.
UPDATE gateway.receipts r
SET gateway_id = NULL
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS m (tenant_id, kind, value, item)
WHERE (r.tenant_id, r.kind, r.value, r.item) = (m.tenant_id, m.kind, m.value, m.item) AND r.partition IS NULL;

-- name: purge_receipts
-- Remove a bounded number of receipts that are past their time.
DELETE FROM gateway.receipts
WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM gateway.receipts
    WHERE created_ms < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1::bigint
    LIMIT $2::int
))
RETURNING 1;

-- name: take_lease
-- A lease for a gateway that has none. It holds until the server starts again: the one that answers then may be a backup
-- or a standby, and lack numbers that were given.
INSERT INTO gateway.leases (gateway_id, expires_at)
VALUES ($1::uuid, clock_timestamp() + make_interval(secs => $2::float8))
RETURNING extract(epoch FROM expires_at)::float8 AS expires_s;

-- name: renew_lease
-- Prolong a lease that still holds; no row when it is over.
UPDATE gateway.leases SET expires_at = clock_timestamp() + make_interval(secs => $2::float8)
WHERE gateway_id = $1::uuid AND expires_at > clock_timestamp() AND server_started_at = pg_postmaster_start_time()
RETURNING extract(epoch FROM expires_at)::float8 AS expires_s;

-- name: timeline
-- The timeline of the server's log: another one once a standby was promoted, or a backup recovered.
SELECT substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS timeline;

-- name: end_lease
-- Give a lease up; waits for allocations that are under way in its name.
DELETE FROM gateway.leases WHERE gateway_id = $1::uuid;

-- name: end_expired_leases
-- End the leases of gateways that died; waits for allocations that are under way in their names.
DELETE FROM gateway.leases
WHERE gateway_id IN (
    SELECT gateway_id FROM gateway.leases
    WHERE expires_at < clock_timestamp() OR server_started_at <> pg_postmaster_start_time()
    FOR UPDATE SKIP LOCKED
);

-- name: adopt_reservations
-- Take over, under a lease that holds, the reservations nobody living stands for.
UPDATE gateway.reservations r
SET gateway_id = l.gateway_id
FROM (SELECT gateway_id FROM gateway.leases
      WHERE gateway_id = $1::uuid AND expires_at > clock_timestamp()
        AND server_started_at = pg_postmaster_start_time()
      FOR KEY SHARE) AS l
WHERE NOT EXISTS (SELECT FROM gateway.leases o WHERE o.gateway_id = r.gateway_id)
RETURNING r.tenant_id, r.first_number, r.last_number, r.created_ms, r.log_floor;

-- name: frontiers
-- For each tenant: the number below which nothing is reserved any more, and the next number to be given.
SELECT c.tenant_id, c.last_number + 1 AS next_number,
       coalesce((SELECT min(r.first_number) FROM gateway.reservations r WHERE r.tenant_id = c.tenant_id),
                c.last_number + 1) AS below
FROM gateway.counters c
WHERE $1::text[] IS NULL OR c.tenant_id = ANY ($1::text[]);

-- name: log_ends
-- How far a log's interactions were read for the numbers they hold.
SELECT partition, next_offset FROM gateway.log_ends WHERE log_id = $1;

-- name: note_log_ends
-- The counters lie at or above every number that the log holds before these offsets. With a gateway given, only while
-- its lease holds: the offsets were seen under it, and this may be an older database by now.
INSERT INTO gateway.log_ends AS e (log_id, partition, next_offset)
SELECT $1, n.partition, n.next_offset
FROM unnest($2::int[], $3::bigint[]) AS n (partition, next_offset)
WHERE $4::uuid IS NULL OR EXISTS (
    SELECT FROM gateway.leases l
    WHERE l.gateway_id = $4::uuid AND l.expires_at > clock_timestamp()
      AND l.server_started_at = pg_postmaster_start_time()
)
ORDER BY n.partition
ON CONFLICT (log_id, partition) DO UPDATE SET next_offset = greatest(e.next_offset, excluded.next_offset);

-- name: settling_s
-- For how many seconds yet records may come whose numbers an older store gave. A server that started again may be a
-- backup or a standby that lagged: leases from before are all that is left of gateways that may still be appending, and
-- those of a standby may look expired. The caller's own do not count, by id and the end that it saw, unless they end before
-- it: this is an older database then.
INSERT INTO gateway.log_settling AS s (log_id, server_started_at, raised_at)
SELECT $1, pg_postmaster_start_time(), (
    SELECT clock_timestamp() FROM gateway.leases l
    WHERE l.server_started_at <> pg_postmaster_start_time() AND NOT EXISTS (
        SELECT FROM unnest($3::uuid[], $4::float8[]) AS own (gateway_id, expires_s)
        WHERE own.gateway_id = l.gateway_id AND own.expires_s <= extract(epoch FROM l.expires_at)::float8
    )
    LIMIT 1
)
ON CONFLICT (log_id) DO UPDATE
SET server_started_at = excluded.server_started_at,
    raised_at = CASE WHEN s.server_started_at = excluded.server_started_at THEN s.raised_at
                     WHEN s.raised_at > clock_timestamp() THEN clock_timestamp()
                     ELSE coalesce(excluded.raised_at, s.raised_at) END
RETURNING coalesce(extract(epoch FROM raised_at - clock_timestamp())::float8 + $2::float8, 0.0) AS left_s;

-- name: note_raised
-- The counters were behind the log just now.
INSERT INTO gateway.log_settling (log_id, server_started_at, raised_at)
VALUES ($1, pg_postmaster_start_time(), clock_timestamp())
ON CONFLICT (log_id) DO UPDATE
SET server_started_at = excluded.server_started_at, raised_at = excluded.raised_at;

-- name: forget_log_ends
-- Let the log be read from its beginning for the numbers it holds.
DELETE FROM gateway.log_ends;

-- name: lock_counters
-- Let nobody else raise counters until the transaction ends.
SELECT pg_advisory_xact_lock($1);

-- name: last_numbers
-- The last number given to each tenant, held until the transaction ends.
SELECT tenant_id, last_number FROM gateway.counters WHERE tenant_id = ANY ($1::text[]) ORDER BY tenant_id FOR UPDATE;

-- name: raise_counters
-- Counters and dates at or above what the log holds of each tenant.
INSERT INTO gateway.counters AS c (tenant_id, last_number, last_created_ms)
SELECT g.tenant_id, g.last_number, g.created_ms
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS g (tenant_id, last_number, created_ms)
ORDER BY g.tenant_id
ON CONFLICT (tenant_id) DO UPDATE
SET last_number = greatest(c.last_number, excluded.last_number),
    last_created_ms = greatest(c.last_created_ms, excluded.last_created_ms);

-- name: reserve_for_nobody
-- Reservations in the name of a gateway that has no lease, to be adopted.
INSERT INTO gateway.reservations (tenant_id, first_number, last_number, gateway_id, created_ms, log_floor)
SELECT r.tenant_id, r.first_number, r.last_number, $5::uuid, r.created_ms, $6::bigint[]
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
    AS r (tenant_id, first_number, last_number, created_ms)
ON CONFLICT DO NOTHING;

-- name: forget_settled
-- Forget the reservations below each tenant's frontier, which the log says are settled.
DELETE FROM gateway.reservations r
USING unnest($1::text[], $2::bigint[]) AS s (tenant_id, below)
WHERE r.tenant_id = s.tenant_id AND r.last_number < s.below;

-- name: ping
-- Whether the store takes writes: false on a standby.
SELECT NOT pg_is_in_recovery() AS writable;
