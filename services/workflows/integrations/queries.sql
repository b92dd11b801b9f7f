-- Reads and writes of providers and integrations: rows of one table, told apart by `kind`.

-- name: insert_account
-- A new provider or integration; $7 is the id of an integration's provider.
INSERT INTO workflows.accounts (
    tenant_id, kind, id, name, name_folded, type, provider_id, version, settings, secrets, created_at, created_by,
    updated_at, updated_by
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: update_account
-- The account as its version $4 is.
UPDATE workflows.accounts
SET version = $4, provider_id = $5, settings = $6, secrets = $7, updated_at = $8, updated_by = $9
WHERE tenant_id = $1 AND kind = $2 AND id = $3;

-- name: delete_account
-- Remove an account.
DELETE FROM workflows.accounts WHERE tenant_id = $1 AND kind = $2 AND id = $3;

-- name: get_account
-- The account of a folded name.
SELECT a.*, p.name AS provider
FROM workflows.accounts AS a
LEFT JOIN workflows.accounts AS p ON p.tenant_id = a.tenant_id AND p.id = a.provider_id
WHERE a.tenant_id = $1 AND a.kind = $2 AND a.name_folded = $3;

-- name: get_account_of_id
-- The account of an id.
SELECT a.*, p.name AS provider
FROM workflows.accounts AS a
LEFT JOIN workflows.accounts AS p ON p.tenant_id = a.tenant_id AND p.id = a.provider_id
WHERE a.tenant_id = $1 AND a.kind = $2 AND a.id = $3;

-- name: lock_account
-- The account of a folded name, held against other writers until the transaction ends.
SELECT a.*, p.name AS provider
FROM workflows.accounts AS a
LEFT JOIN workflows.accounts AS p ON p.tenant_id = a.tenant_id AND p.id = a.provider_id
WHERE a.tenant_id = $1 AND a.kind = $2 AND a.name_folded = $3
FOR UPDATE OF a;

-- name: list_accounts
-- The accounts by name: those whose folded name has the text $3 (null: all) and of the type $4 (null: of any); $5 rows
-- after $6 skipped ones.
SELECT a.*, p.name AS provider
FROM workflows.accounts AS a
LEFT JOIN workflows.accounts AS p ON p.tenant_id = a.tenant_id AND p.id = a.provider_id
WHERE a.tenant_id = $1 AND a.kind = $2
  AND ($3::text IS NULL OR position($3 IN a.name_folded) > 0)
  AND ($4::text IS NULL OR a.type = $4)
ORDER BY a.name_folded
LIMIT $5::bigint OFFSET $6::bigint;

-- name: count_accounts
-- How many accounts `list_accounts` has to list.
SELECT count(*) FROM workflows.accounts AS a
WHERE a.tenant_id = $1 AND a.kind = $2
  AND ($3::text IS NULL OR position($3 IN a.name_folded) > 0)
  AND ($4::text IS NULL OR a.type = $4);

-- name: lock_provider
-- The provider of a folded name, which cannot be removed until the transaction ends.
SELECT id, name, type FROM workflows.accounts
WHERE tenant_id = $1 AND kind = 'provider' AND name_folded = $2
FOR KEY SHARE;

-- name: integrations_of_provider
-- The names of the integrations that use a provider.
SELECT name FROM workflows.accounts
WHERE tenant_id = $1 AND kind = 'integration' AND provider_id = $2
ORDER BY name_folded
LIMIT 20;

-- name: named_integrations
-- The folded names among $2 that integrations have, and their types.
SELECT name_folded, type FROM workflows.accounts
WHERE tenant_id = $1 AND kind = 'integration' AND name_folded = ANY ($2::text[]);

-- name: known_integrations
-- The same, and none of them can be removed until the transaction ends.
SELECT name_folded, type FROM workflows.accounts
WHERE tenant_id = $1 AND kind = 'integration' AND name_folded = ANY ($2::text[])
ORDER BY name_folded
FOR KEY SHARE;

-- name: connect
-- The account of a folded name with its provider, as tasks need them.
SELECT a.id, a.name, a.type, a.settings, a.secrets,
       p.id AS provider_id, p.settings AS provider_settings, p.secrets AS provider_secrets
FROM workflows.accounts AS a
LEFT JOIN workflows.accounts AS p ON p.tenant_id = a.tenant_id AND p.id = a.provider_id
WHERE a.tenant_id = $1 AND a.kind = $2 AND a.name_folded = $3;

-- name: lock_secrets
-- The secrets of all tenants' accounts, held against other writers until the transaction ends.
SELECT tenant_id, kind, id, secrets FROM workflows.accounts ORDER BY tenant_id, id FOR UPDATE;

-- name: encrypt_secrets
-- The secrets of an account, encrypted anew.
UPDATE workflows.accounts SET secrets = $3 WHERE tenant_id = $1 AND id = $2;
