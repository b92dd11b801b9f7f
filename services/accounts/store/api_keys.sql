-- API keys, by hash and by id.

-- name: insert_key
-- A new key.
INSERT INTO accounts.api_keys (
    tenant_id, key_id, prefix, hash, label, roles, rate_limit_per_minute, created_by, version, created_at, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)
RETURNING *;

-- name: get_key
-- One key by id.
SELECT * FROM accounts.api_keys WHERE tenant_id = $1 AND key_id = $2;

-- name: lock_key
-- One key by id, held against other writers until the transaction ends.
SELECT * FROM accounts.api_keys WHERE tenant_id = $1 AND key_id = $2 FOR UPDATE;

-- name: find_key
-- The key of a hash, with whether its tenant is active.
SELECT k.*, t.status = 'active' AS tenant_is_active
FROM accounts.api_keys k JOIN accounts.tenants t USING (tenant_id)
WHERE k.hash = $1;

-- name: revoke_key
-- End a key that was not revoked before, one version on.
UPDATE accounts.api_keys SET revoked_at = $3, version = version + 1
WHERE tenant_id = $1 AND key_id = $2 AND revoked_at IS NULL
RETURNING *;

-- name: note_uses
-- Move the keys' last use forward; an older use changes nothing.
UPDATE accounts.api_keys k SET last_used_at = u.used_at
FROM (
    SELECT tenant_id, key_id, max(used_at) AS used_at
    FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS given (tenant_id, key_id, used_at)
    GROUP BY tenant_id, key_id
    ORDER BY tenant_id, key_id
) u
WHERE k.tenant_id = u.tenant_id AND k.key_id = u.key_id
  AND (k.last_used_at IS NULL OR k.last_used_at < u.used_at);

-- name: list_keys
-- A page of the tenant's keys, newest first.
SELECT * FROM accounts.api_keys WHERE tenant_id = $1 ORDER BY created_at DESC, key_id DESC LIMIT $2 OFFSET $3;

-- name: count_keys
-- How many keys the tenant has, revoked ones too.
SELECT count(*) FROM accounts.api_keys WHERE tenant_id = $1;

-- name: every_key
-- All keys of all tenants.
SELECT * FROM accounts.api_keys ORDER BY tenant_id, key_id;

-- name: take_up_keys
-- Keys as the log has them, where there is none of that id, or an older version; $12 stands for who made one.
INSERT INTO accounts.api_keys AS k (
    tenant_id, key_id, prefix, hash, label, roles, rate_limit_per_minute, created_by, version, created_at, expires_at,
    revoked_at
)
SELECT n.tenant_id, n.key_id, n.prefix, n.hash, n.label, string_to_array(n.roles, ','), n.rate_limit_per_minute, $12,
    n.version, n.written_at, n.expires_at, n.revoked_at
FROM unnest(
    $1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::bigint[],
    $9::timestamptz[], $10::timestamptz[], $11::timestamptz[]
) AS n (
    tenant_id, key_id, prefix, hash, label, roles, rate_limit_per_minute, version, written_at, expires_at, revoked_at
)
JOIN accounts.tenants USING (tenant_id)
ORDER BY n.tenant_id, n.key_id
ON CONFLICT (tenant_id, key_id) DO UPDATE
SET label = excluded.label, roles = excluded.roles, rate_limit_per_minute = excluded.rate_limit_per_minute,
    version = excluded.version, expires_at = excluded.expires_at, revoked_at = excluded.revoked_at
WHERE k.version < excluded.version
RETURNING true;
