-- Webhooks; their secrets are encrypted. While a secret is rotated, the one before signs too.
CREATE TABLE webhooks (
    tenant_id       text NOT NULL,
    id              uuid NOT NULL,
    version         bigint NOT NULL,
    url             text NOT NULL,
    description     text,
    enabled         boolean NOT NULL,
    secret          bytea NOT NULL,
    previous_secret bytea,
    rotated_at      timestamptz,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
