-- Sessions and the refresh tokens that carry them on.

-- name: insert_session
-- A new session.
INSERT INTO accounts.sessions (tenant_id, session_id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5);

-- name: insert_refresh_token
-- The next token of a session.
INSERT INTO accounts.refresh_tokens (tenant_id, token_hash, session_id, issued_at) VALUES ($1, $2, $3, $4);

-- name: lock_session_of_token
-- The session of a refresh token, held against other writers, with whether the token was used before.
SELECT s.tenant_id, s.session_id, s.user_id, s.created_at, s.expires_at, s.ended_at, s.end_reason, r.used_at
FROM accounts.refresh_tokens r JOIN accounts.sessions s USING (tenant_id, session_id)
WHERE r.token_hash = $1
FOR UPDATE;

-- name: use_refresh_token
-- Note that a token has been exchanged for the next one.
UPDATE accounts.refresh_tokens SET used_at = $3 WHERE tenant_id = $1 AND token_hash = $2;

-- name: end_session
-- End a session that is still going.
UPDATE accounts.sessions SET ended_at = $3, end_reason = $4
WHERE tenant_id = $1 AND session_id = $2 AND ended_at IS NULL
RETURNING tenant_id, session_id, user_id, created_at, expires_at, ended_at, end_reason;

-- name: end_sessions_of_user
-- End all of a user's sessions that are still going.
UPDATE accounts.sessions SET ended_at = $3, end_reason = $4
WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL
RETURNING tenant_id, session_id, user_id, created_at, expires_at, ended_at, end_reason;

-- name: is_session_going
-- Whether a session may still be used at a moment.
SELECT ended_at IS NULL AND expires_at > $3 FROM accounts.sessions WHERE tenant_id = $1 AND session_id = $2;

-- name: purge_sessions
-- Remove sessions, and with them their tokens, that expired before a moment.
DELETE FROM accounts.sessions WHERE expires_at < $1;

-- name: every_ended_session
-- The sessions of all tenants that ended at most an interval ago.
SELECT tenant_id, session_id, user_id, created_at, expires_at, ended_at, end_reason
FROM accounts.sessions WHERE ended_at > now() - $1::interval;

-- name: take_up_ended_sessions
-- End sessions that the log has ended.
UPDATE accounts.sessions AS s SET ended_at = n.ended_at, end_reason = $4
FROM unnest($1::text[], $2::uuid[], $3::timestamptz[]) AS n (tenant_id, session_id, ended_at)
WHERE s.tenant_id = n.tenant_id AND s.session_id = n.session_id AND s.ended_at IS NULL
RETURNING true;
