-- A login that names no tenant looks its users up by e-mail alone.
CREATE INDEX users_by_email ON users (email_folded);
ALTER TABLE users ADD CONSTRAINT email_is_unique_within_tenant UNIQUE (tenant_id, email_folded);
ALTER TABLE users DROP CONSTRAINT email_is_unique;
