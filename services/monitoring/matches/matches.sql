-- Tables of the read model `matches`, created in one schema per generation. A key lies in one partition, so writers of
-- different partitions never meet in a row.

-- The ledger: records of a key that were taken, by the beginning of their id and a hash of what they are and of the key.
CREATE TABLE seen (
    tenant_id text NOT NULL,
    id bytea NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- What is known of each key of a definition; `state` is packed (state.py). While it `waits`, something happens when the
-- clock reaches `due_ms`; else it may be forgotten then.
CREATE TABLE keys (
    tenant_id text NOT NULL,
    definition_id bigint NOT NULL,
    match_key text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    waits boolean NOT NULL,
    due_ms bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (tenant_id, definition_id, match_key)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX keys_due ON keys (partition, waits, due_ms, tenant_id COLLATE "C", definition_id, match_key);

-- Until when each partition's ticks say that time has passed, in milliseconds since the epoch.
CREATE TABLE clocks (
    partition integer PRIMARY KEY,
    clock_ms bigint NOT NULL
);

-- Ends of definitions, each with the version that ended it, as they came to each partition.
CREATE TABLE closings (
    tenant_id text NOT NULL,
    definition_id bigint NOT NULL,
    partition integer NOT NULL,
    version bigint NOT NULL,
    at_ms bigint NOT NULL,
    cause text NOT NULL,
    watermark_ms bigint NOT NULL,
    PRIMARY KEY (tenant_id, definition_id, partition, version)
);

-- How many matches are open.
CREATE TABLE open_matches (
    tenant_id text NOT NULL,
    definition_id bigint NOT NULL,
    partition integer NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (tenant_id, definition_id, partition)
);

-- Records that opened a match, came late or found no room for one, by the minute (since the epoch) of their event time.
CREATE TABLE counts (
    tenant_id text NOT NULL,
    definition_id bigint NOT NULL,
    minute bigint NOT NULL,
    partition integer NOT NULL,
    opened bigint NOT NULL,
    late bigint NOT NULL,
    not_opened bigint NOT NULL,
    PRIMARY KEY (tenant_id, definition_id, minute, partition)
);
-- Few minutes lost anything, so any range of them is few rows.
CREATE INDEX counts_of_lost ON counts (tenant_id, definition_id, minute) INCLUDE (late, not_opened)
WHERE late > 0 OR not_opened > 0;
