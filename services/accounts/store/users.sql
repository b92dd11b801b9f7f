-- Users and the hashes of their passwords.

-- name: insert_user
-- A new user; an e-mail that is taken in the tenant gives no row.
INSERT INTO accounts.users (
    tenant_id, user_id, email, email_folded, name, password_hash, roles, status, version, created_at, modified_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', 1, $8, $8)
ON CONFLICT DO NOTHING
RETURNING tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at;

-- name: get_user
-- One user by id.
SELECT tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at
FROM accounts.users WHERE tenant_id = $1 AND user_id = $2;

-- name: share_user
-- One user by id, held as it is until the transaction ends, for issuing a token that says so.
SELECT tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at
FROM accounts.users WHERE tenant_id = $1 AND user_id = $2 FOR SHARE;

-- name: find_logins
-- The first $3 active users of an e-mail in lower case, in tenant $2 or in all that are active, with the passwords' hashes.
SELECT u.tenant_id, u.user_id, u.email, u.name, u.roles, u.status, u.tokens_valid_from, u.version, u.created_at, u.modified_at,
       u.password_hash
FROM accounts.users u JOIN accounts.tenants t USING (tenant_id)
WHERE u.email_folded = $1 AND u.status = 'active' AND t.status = 'active' AND u.tenant_id = coalesce($2, u.tenant_id)
ORDER BY u.created_at, u.tenant_id LIMIT $3;

-- name: get_password_hash
-- The hash of one user's password.
SELECT password_hash FROM accounts.users WHERE tenant_id = $1 AND user_id = $2;

-- name: set_password_hash
-- Put another password in place of the one whose hash is $3, unless somebody was quicker.
UPDATE accounts.users
SET password_hash = $4, tokens_valid_from = coalesce($6, tokens_valid_from), version = version + 1, modified_at = greatest(modified_at, $5)
WHERE tenant_id = $1 AND user_id = $2 AND password_hash = $3
RETURNING tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at;

-- name: lock_users
-- Every user of the tenant, held against other writers: which of them are admins decides about each change.
SELECT tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at
FROM accounts.users WHERE tenant_id = $1 ORDER BY user_id FOR UPDATE;

-- name: update_user
-- Another name, roles or status for one user, one version on.
UPDATE accounts.users
SET name = $3, roles = $4, status = $5, tokens_valid_from = $6, version = version + 1,
    modified_at = greatest(modified_at, $7)
WHERE tenant_id = $1 AND user_id = $2
RETURNING tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at;

-- name: list_users
-- A page of the tenant's users, by e-mail.
SELECT tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at
FROM accounts.users WHERE tenant_id = $1 ORDER BY email_folded LIMIT $2 OFFSET $3;

-- name: count_users
-- How many users the tenant has.
SELECT count(*) FROM accounts.users WHERE tenant_id = $1;

-- name: first_admin_email
-- The e-mail of the tenant's longest-standing active admin.
SELECT email FROM accounts.users
WHERE tenant_id = $1 AND status = 'active' AND 'admin' = ANY (roles)
ORDER BY created_at, user_id LIMIT 1;

-- name: lock_user
-- One user by id, held against other writers until the transaction ends.
SELECT tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at
FROM accounts.users WHERE tenant_id = $1 AND user_id = $2 FOR UPDATE;

-- name: every_user_with_refused_tokens
-- The users of all tenants whose tokens are refused up to a time at most an interval ago.
SELECT tenant_id, user_id, email, name, roles, status, tokens_valid_from, version, created_at, modified_at
FROM accounts.users WHERE tokens_valid_from > now() - $1::interval;

-- name: take_up_refused_tokens
-- From when on the tokens of users are good, where the log has a later moment.
UPDATE accounts.users AS u SET tokens_valid_from = n.valid_from
FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS n (tenant_id, user_id, valid_from)
WHERE u.tenant_id = n.tenant_id AND u.user_id = n.user_id
  AND (u.tokens_valid_from IS NULL OR u.tokens_valid_from < n.valid_from)
RETURNING true;
