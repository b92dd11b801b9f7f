-- Tables of the read model `history`, created in one schema per generation.
-- The two unique keys of `interactions` are what makes a repeat harmless, so they are there while a rebuild fills.

-- Codes stand for the ids of resource types, actions and origins: 4 bytes instead of 16 in rows, indexes and counters.
-- Code 0 is never given out: in the counters it stands for "any".
CREATE TABLE facets (
    tenant_id text NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    code integer GENERATED ALWAYS AS IDENTITY,
    mnemonic text NOT NULL,
    PRIMARY KEY (tenant_id, kind, id),
    UNIQUE (tenant_id, code)
);

-- One row for each recorded interaction. `event_at` is `interaction_at`, else `created_at`; no row has a time that
-- could not be counted.
-- `interaction` and `external_response` hold the sender's own text; JSON null is NULL.
-- `resource_id`, `uow_id`, `user_id` and `external_reference` hold what can be indexed: where that is not the text
-- itself (`index_key.py`), `long_texts` has it, by its field's name.
CREATE TABLE interactions (
    tenant_id text NOT NULL,
    number bigint NOT NULL,
    interaction_id uuid NOT NULL,
    created_at timestamptz NOT NULL CHECK (created_at BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'),
    event_at timestamptz NOT NULL CHECK (event_at BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'),
    interaction_at timestamptz,
    type_code integer NOT NULL,
    action_code integer NOT NULL,
    origin_code integer NOT NULL,
    sequence_index bigint,
    resource_id text NOT NULL,
    uow_id text NOT NULL,
    user_id text,
    external_reference text,
    span_id text,
    parent_span_id text,
    interaction json,
    external_response json,
    long_texts json,
    CONSTRAINT interactions_number PRIMARY KEY (tenant_id, number),
    CONSTRAINT interactions_id UNIQUE (tenant_id, interaction_id)
) WITH (
    -- Index-only counts need the visibility map, and rows here are only ever added.
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.02
);

-- Numbers declared void. A row here means nothing once a recorded interaction holds the number: reads settle it.
CREATE TABLE voids (
    tenant_id text NOT NULL,
    number bigint NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, number)
);

-- Numbers spent on the repeat of an interaction that another number shows.
CREATE TABLE duplicates (
    tenant_id text NOT NULL,
    number bigint NOT NULL,
    duplicate_of bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, number)
);

-- How many interactions lie in each block of 2^14 numbers, for every subset of type, action and origin.
CREATE TABLE block_counts (
    tenant_id text NOT NULL,
    type_code integer NOT NULL,
    action_code integer NOT NULL,
    origin_code integer NOT NULL,
    block bigint NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (tenant_id, type_code, action_code, origin_code, block)
) WITH (fillfactor = 70);

-- How many interactions of each user lie in each block of 2^18 numbers.
CREATE TABLE user_block_counts (
    tenant_id text NOT NULL,
    user_id text NOT NULL,
    block bigint NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (tenant_id, user_id, block)
) WITH (fillfactor = 70);

-- How many interactions lie in each UTC day (counted from 1970-01-01) and in each of its 96 quarter hours, for every
-- subset of type, action and origin: once by accept time, once by event time.
CREATE TABLE timeline (
    tenant_id text NOT NULL,
    by_event boolean NOT NULL,
    type_code integer NOT NULL,
    action_code integer NOT NULL,
    origin_code integer NOT NULL,
    day integer NOT NULL,
    n integer NOT NULL,
    quarters integer[] NOT NULL,
    PRIMARY KEY (tenant_id, by_event, type_code, action_code, origin_code, day)
) WITH (fillfactor = 70);

-- What `timeline` does not count yet: each row is the interactions of one tenant that were added together, column by
-- column, with the quarter hours of their accept times and event times. Reads add both tables up. There is no key: rows
-- are only added, few of them, and merged into `timeline` all at once.
CREATE TABLE timeline_recent (
    tenant_id text NOT NULL,
    n integer NOT NULL,
    accepted integer[] NOT NULL,
    happened integer[] NOT NULL,
    type_codes integer[] NOT NULL,
    action_codes integer[] NOT NULL,
    origin_codes integer[] NOT NULL
);
-- Read much sooner than thrown away, so packing them is not worth the time.
ALTER TABLE timeline_recent
    ALTER accepted SET STORAGE EXTERNAL, ALTER happened SET STORAGE EXTERNAL, ALTER type_codes SET STORAGE EXTERNAL,
    ALTER action_codes SET STORAGE EXTERNAL, ALTER origin_codes SET STORAGE EXTERNAL;

-- The quarter hour of a time, and the day of a quarter hour, both counted from the first of 1970.
CREATE FUNCTION quarter_of(at timestamptz) RETURNS integer LANGUAGE sql STABLE AS
'SELECT floor(date_part(''epoch'', at) / 900)::integer';
CREATE FUNCTION day_of(quarter integer) RETURNS integer LANGUAGE sql IMMUTABLE AS
'SELECT floor(quarter / 96.0::double precision)::integer';

-- A day's 96 counts from the quarter hours (0 to 95) that have any.
CREATE FUNCTION quarters_of(places integer[], counts integer[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    quarters integer[] := array_fill(0, ARRAY[96]);
BEGIN
    FOR i IN 1 .. cardinality(places) LOOP
        quarters[places[i] + 1] := counts[i];
    END LOOP;
    RETURN quarters;
END $$;

-- The counts of the same day, added up: place by place in one expression, which is quicker than a loop.
DO $do$
BEGIN
    EXECUTE (
        SELECT format(
            'CREATE FUNCTION quarters_sum(counts integer[], more integer[]) RETURNS integer[] LANGUAGE plpgsql '
            'IMMUTABLE STRICT AS $$ BEGIN RETURN ARRAY[%s]; END $$',
            string_agg(format('counts[%1$s] + more[%1$s]', place), ', ' ORDER BY place)
        )
        FROM generate_series(1, 96) AS place
    );
END
$do$;
CREATE AGGREGATE quarters_total(integer[]) (sfunc = quarters_sum, stype = integer[]);
