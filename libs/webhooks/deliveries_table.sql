-- Messages on their way to endpoints, in the schema of the service that sends them: one row for each endpoint. An attempt is
-- kept as it is shown. When the next is due is in the service's schedule, `next_attempt_at` says it to readers.
CREATE TABLE :"schema".webhook_deliveries (
    tenant_id       text NOT NULL,
    id              uuid NOT NULL,
    endpoint_id     uuid NOT NULL,
    type            text NOT NULL,
    incident_id     text,
    body            bytea NOT NULL,
    state           text NOT NULL DEFAULT 'PENDING',
    attempts        jsonb NOT NULL DEFAULT '[]',
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_attempt_at timestamptz DEFAULT clock_timestamp(),
    ended_at        timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX webhook_deliveries_listed ON :"schema".webhook_deliveries (tenant_id, endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_waiting ON :"schema".webhook_deliveries (tenant_id, endpoint_id) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_ended ON :"schema".webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;
