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

-- name: lock_tenant
-- One tenant by its id, held against other writers until the transaction ends.
SELECT * FROM accounts.tenants WHERE tenant_id = $1 FOR UPDATE;

-- name: every_tenant
-- All tenants by their ids.
SELECT * FROM accounts.tenants ORDER BY tenant_id;
