-- The library's tables of one consumer. `as_of` begins with the epoch: a partition that nobody has read yet makes the whole
-- consumer that old. A parked record whose headers name no tenant has none.
CREATE TABLE :"positions" (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    owner_epoch bigint NOT NULL DEFAULT 0,
    owner text,
    as_of timestamptz NOT NULL DEFAULT 'epoch',
    applied bigint NOT NULL DEFAULT 0,
    parked bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE :"parked" (
    tenant_id text,
    topic text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    stage text NOT NULL CHECK (stage IN ('decode', 'apply')),
    reason text NOT NULL,
    first_seen timestamptz NOT NULL,
    last_tried timestamptz,
    published_at timestamptz,
    ordinal bigint NOT NULL,
    key bytea,
    value bytea,
    headers bytea NOT NULL,
    timestamp_ms bigint NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX ON :"parked" (ordinal);
CREATE INDEX ON :"parked" (tenant_id, first_seen);
CREATE INDEX ON :"parked" (first_seen) WHERE published_at IS NULL;
