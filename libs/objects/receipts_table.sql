-- Receipts of requests that create objects, by their idempotency keys, in the schema of the service that has the objects.
CREATE TABLE :"schema".idempotency_receipts (
    tenant_id  text        NOT NULL,
    key        text        NOT NULL,
    body_hash  bytea       NOT NULL,
    status     smallint    NOT NULL,
    response   bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_receipts_created_at ON :"schema".idempotency_receipts (created_at);
