-- The installation's signing keys; the private halves are encrypted.

-- name: insert_signing_key
-- A new key.
INSERT INTO accounts.signing_keys (key_id, algorithm, public_jwk, private_encrypted, version, not_before)
VALUES ($1, $2, $3, $4, 1, $5);

-- name: every_signing_key
-- All keys, the newest first.
SELECT key_id, algorithm, public_jwk, private_encrypted, version, not_before, retired_at
FROM accounts.signing_keys ORDER BY not_before DESC, key_id;

-- name: lock_signing_key
-- One key by id, held against other writers until the transaction ends.
SELECT key_id, algorithm, public_jwk, private_encrypted, version, not_before, retired_at
FROM accounts.signing_keys WHERE key_id = $1 FOR UPDATE;

-- name: retire_signing_key
-- Let a key be trusted until a moment only, one version on.
UPDATE accounts.signing_keys SET retired_at = $2, version = version + 1
WHERE key_id = $1 AND retired_at IS NULL
RETURNING key_id, algorithm, public_jwk, private_encrypted, version, not_before, retired_at;

-- name: encrypt_signing_key
-- Put the private half, encrypted anew, in place of what was stored.
UPDATE accounts.signing_keys SET private_encrypted = $2 WHERE key_id = $1;

-- name: take_up_signing_keys
-- The ends of keys as the log has them, where they are in a later version. A key without its private half is none.
UPDATE accounts.signing_keys AS k SET retired_at = n.retired_at, version = n.version
FROM unnest($1::text[], $2::timestamptz[], $3::bigint[]) AS n (key_id, retired_at, version)
WHERE k.key_id = n.key_id AND k.version < n.version
RETURNING true;
