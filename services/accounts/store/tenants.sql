-- Tenants.

-- name: insert_tenant
-- A new tenant; one that exists gives no row.
INSERT INTO accounts.tenants (tenant_id, status, version, created_at, modified_at)
VALUES ($1, 'active', 1, $2, $2)
ON CONFLICT DO NOTHING
RETURNING *;

-- name: get_tenant
-- One tenant by its id.
SELECT * FROM accounts.tenants WHERE tenant_id = $1;

-- name: count_active_tenants
-- How many tenants are active, counted up to $1.
SELECT count(*) FROM (SELECT FROM accounts.tenants WHERE status = 'active' LIMIT $1) AS active;

-- name: lock_tenant
-- One tenant by its id, held against other writers until the transaction ends.
SELECT * FROM accounts.tenants WHERE tenant_id = $1 FOR UPDATE;

-- name: every_tenant
-- All tenants by their ids.
SELECT * FROM accounts.tenants ORDER BY tenant_id;

-- name: take_up_tenants
-- Tenants as the log has them, where there is none of that id, or an older version.
INSERT INTO accounts.tenants AS t (tenant_id, status, version, created_at, modified_at)
SELECT n.tenant_id, n.status, n.version, n.written_at, n.written_at
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) AS n (tenant_id, status, version, written_at)
ORDER BY n.tenant_id
ON CONFLICT (tenant_id) DO UPDATE
SET status = excluded.status, version = excluded.version, modified_at = excluded.modified_at
WHERE t.version < excluded.version
RETURNING true;
