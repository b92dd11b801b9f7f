-- The outbox of the service that owns `schema`. Rows of all tenants lie in it, so the role `request` may add them and see
-- their ids, nothing else of them.
CREATE TABLE :"schema".outbox (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    object_key         text NOT NULL,
    topic              text NOT NULL,
    record_key         text NOT NULL,
    headers            bytea NOT NULL,
    value              bytea,
    timestamp_ms       bigint NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now(),
    attempts           int NOT NULL DEFAULT 0,
    last_error         text,
    appended_partition int,
    appended_offset    bigint,
    appended_at        timestamptz
);
CREATE INDEX outbox_pending ON :"schema".outbox (id) WHERE appended_at IS NULL;
CREATE INDEX outbox_appended ON :"schema".outbox (appended_at) WHERE appended_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON :"schema".outbox TO :"projector";
GRANT INSERT, SELECT (id) ON :"schema".outbox TO :"request";
