-- The schedule of the service that owns `schema`: what is to be done, and from when on. A row that is leased is due at the
-- end of its lease; `claim` is the fence of whoever leased it last. Of a lane few rows are leased at a time.
CREATE TABLE :"schema".schedule (
    tenant_id text NOT NULL,
    kind      text NOT NULL,
    id        text NOT NULL,
    due_at    timestamptz NOT NULL,
    attempt   int NOT NULL DEFAULT 0,
    lane      text NOT NULL DEFAULT '',
    claim     uuid,
    PRIMARY KEY (tenant_id, kind, id)
);
CREATE INDEX schedule_due ON :"schema".schedule (kind, due_at);
