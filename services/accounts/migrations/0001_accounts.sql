-- Tenants, users, API keys, sessions, signing keys, counted logins.
CREATE TABLE tenants (
    tenant_id text PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9-]{1,63}$'),
    status text NOT NULL CHECK (status IN ('active', 'suspended')),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL
);

CREATE TABLE users (
    tenant_id text NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL,
    email text NOT NULL,
    email_folded text NOT NULL,
    name text,
    password_hash text NOT NULL,
    roles text[] NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'disabled')),
    tokens_valid_from timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT email_is_unique UNIQUE (email_folded)
);

CREATE TABLE api_keys (
    tenant_id text NOT NULL REFERENCES tenants,
    key_id uuid NOT NULL,
    prefix text NOT NULL,
    hash text NOT NULL,
    label text NOT NULL,
    roles text[] NOT NULL,
    rate_limit_per_minute integer,
    created_by text NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, key_id),
    CONSTRAINT hash_is_unique UNIQUE (hash)
);
CREATE INDEX api_keys_by_creation ON api_keys (tenant_id, created_at DESC, key_id DESC);

CREATE TABLE sessions (
    tenant_id text NOT NULL,
    session_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text,
    PRIMARY KEY (tenant_id, session_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users
);
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    tenant_id text NOT NULL,
    token_hash text NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, token_hash),
    CONSTRAINT token_hash_is_unique UNIQUE (token_hash),
    FOREIGN KEY (tenant_id, session_id) REFERENCES sessions ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (tenant_id, session_id);

-- These two belong to the installation, not to a tenant; only the projector role may look.
CREATE TABLE signing_keys (
    key_id text PRIMARY KEY,
    algorithm text NOT NULL,
    public_jwk jsonb NOT NULL,
    private_encrypted bytea NOT NULL,
    version bigint NOT NULL,
    not_before timestamptz NOT NULL,
    retired_at timestamptz
);

CREATE TABLE login_attempts (
    subject text PRIMARY KEY,
    window_start timestamptz NOT NULL,
    attempts integer NOT NULL
);
