-- Tables of the read model `health`, created in one schema per generation. Times are milliseconds since the epoch.

-- One row for each result. The primary key is the ledger that makes a repeat harmless, so it is there while a rebuild
-- fills. `kind` is the category of one that completed, the cause of any other; `series` are the numbers of its
-- dimensions' values; `match_key` holds what can be indexed; `result` is the record's value.
CREATE TABLE results (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    definition_id bigint NOT NULL,
    version bigint NOT NULL,
    match_key text NOT NULL,
    kind text NOT NULL,
    ended_at bigint NOT NULL,
    duration_ms bigint,
    score_millionths integer,
    series integer[] NOT NULL,
    result text NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.02
);

-- The values of a definition's dimensions that are counted apart, numbered from 1 in the order of its results.
CREATE TABLE series (
    tenant_id text NOT NULL,
    definition_id bigint NOT NULL,
    dimension text NOT NULL,
    value_key text NOT NULL,
    number integer NOT NULL,
    value text,
    PRIMARY KEY (tenant_id, definition_id, dimension, value_key)
);

-- Results counted by series (0: all of a definition) and span: span s of `length` minutes begins at minute s * length,
-- minute 0 is the first of 0001-01-01; see libs/rollups/spans.py. A row has the results with durations of one part of
-- the histogram (see libs/rollups/histogram.py): the first part also has those without any.
CREATE TABLE rollups (
    tenant_id text NOT NULL,
    definition_id bigint NOT NULL,
    series integer NOT NULL,
    length integer NOT NULL,
    span bigint NOT NULL,
    part smallint NOT NULL,
    excellent bigint NOT NULL,
    good bigint NOT NULL,
    average bigint NOT NULL,
    poor bigint NOT NULL,
    timeout bigint NOT NULL,
    sequence_violation bigint NOT NULL,
    global bigint NOT NULL,
    forbidden bigint NOT NULL,
    stopped bigint NOT NULL,
    deleted bigint NOT NULL,
    score_millionths bigint NOT NULL,
    duration_ms numeric NOT NULL,
    counts numeric NOT NULL,
    PRIMARY KEY (tenant_id, definition_id, series, length, span, part)
) WITH (fillfactor = 70);
