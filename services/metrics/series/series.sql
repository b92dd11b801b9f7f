-- Tables of the read model `series`, created in one schema per generation. Times are milliseconds since the epoch.

-- One row for each record and series that it contributes to. The primary key is the ledger that makes a repeat harmless, so
-- it is there while a rebuild fills. `number` is null where the record has none.
CREATE TABLE contributions (
    tenant_id text NOT NULL,
    series_id bigint NOT NULL,
    record_id text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL,
    dims text COLLATE "C" NOT NULL,
    event_at bigint NOT NULL,
    number numeric,
    PRIMARY KEY (tenant_id, series_id, record_id)
) WITH (
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.02
);

-- A customer's contributions to a series on one UTC day, and of a day with many also in its quarter hours. Days and quarters
-- count from the epoch, before it below 0; `first_at` is the earliest event time.
CREATE TABLE tiles (
    tenant_id text NOT NULL,
    series_id bigint NOT NULL,
    customer text COLLATE "C" NOT NULL,
    dims text COLLATE "C" NOT NULL,
    day integer NOT NULL,
    n bigint NOT NULL,
    numbers bigint NOT NULL,
    total numeric,
    least numeric,
    most numeric,
    first_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, series_id, customer, dims, day)
) WITH (fillfactor = 80);
CREATE TABLE quarters (LIKE tiles INCLUDING INDEXES) WITH (fillfactor = 80);
ALTER TABLE quarters RENAME COLUMN day TO quarter;

-- Contributions without a number, by series.
CREATE TABLE skips (
    tenant_id text NOT NULL,
    series_id bigint NOT NULL,
    not_numeric bigint NOT NULL,
    PRIMARY KEY (tenant_id, series_id)
);

-- Keys of values that a fold has changed and nobody has computed since.
CREATE TABLE touched (
    tenant_id text NOT NULL,
    metric_id uuid NOT NULL,
    edition integer NOT NULL,
    customer text COLLATE "C" NOT NULL,
    dims text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, metric_id, edition, customer, dims)
) WITH (fillfactor = 70);

-- The cut of a series that came after the generation: `next_offset`, from which on the live fold has all its contributions,
-- and `filled_to`, up to which those before are filled in from `beginning`. A series that was there before has no rows: it is
-- folded from the beginning. `covered_from` (milliseconds since the epoch) is the accept time of the first record that the
-- log still had, null where it had all.
CREATE TABLE series_starts (
    tenant_id text NOT NULL,
    series_id bigint NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    beginning bigint NOT NULL,
    next_offset bigint NOT NULL,
    filled_to bigint NOT NULL,
    covered_from bigint,
    PRIMARY KEY (tenant_id, series_id, topic, partition)
) WITH (fillfactor = 70);

-- Series that could not be filled in, how often that was tried, and from when on it may be tried again.
CREATE TABLE backfill_failures (
    tenant_id text NOT NULL,
    series_id bigint NOT NULL,
    attempts integer NOT NULL,
    error text NOT NULL,
    retry_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, series_id)
);

-- The revision of the definitions that the generation begins with. `covered_from` as in `series_starts`, for the series
-- that are folded from the beginning: 0 where the log had everything, null as long as nobody has looked.
CREATE TABLE origin AS SELECT revision, NULL::bigint AS covered_from FROM metrics.definition_changes;

-- Whether the generation has all contributions to a series that came by a revision, but for what the fold has yet to read.
CREATE FUNCTION is_filled(tenant text, series bigint, came_by bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT came_by <= o.revision OR coalesce(
        (
            SELECT bool_and(b.filled_to >= b.next_offset) FROM series_starts AS b
            WHERE b.tenant_id = tenant AND b.series_id = series
        ),
        false
    )
    FROM origin AS o
$$;
