-- Tables of the read model `events`, created in one schema per generation.
-- The primary key of `events` is the ledger of ids that makes a repeat harmless, so it is there while a rebuild fills.

-- One row for each event. Texts that are looked for hold what can be indexed (`index_key.py`); where that is not the
-- text itself, `texts` has it. `cause` is `causation_id` where that is a UUID. `outcome`: 0 unknown, 1 failure,
-- 2 success. `payload` and `cloud_event` are kept as they were sent. `source` is null for what producers sent. No row has a
-- time that could not be counted.
CREATE TABLE events (
    tenant_id text NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL CHECK (occurred_at BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'),
    event_type text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    actor_id text,
    actor_type text,
    correlation_id text,
    causation_id text,
    cause uuid,
    outcome smallint NOT NULL,
    payload json NOT NULL,
    dataschema text,
    cloud_event json,
    source text,
    PRIMARY KEY (tenant_id, event_id)
) WITH (
    -- Index-only counts need the visibility map, and rows here are only ever added.
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.02
);

-- Texts too long for an index, by what stands for them.
CREATE TABLE texts (
    tenant_id text NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

-- How many events there are in each UTC day (counted from 1970-01-01), for everything that is counted: see `Dimension`.
CREATE TABLE day_counts (
    tenant_id text NOT NULL,
    dimension smallint NOT NULL,
    key text NOT NULL,
    other text NOT NULL,
    day integer NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (tenant_id, dimension, key, other, day)
) WITH (fillfactor = 70);

-- The same in each hour and in each of its 60 minutes; both types together (dimension 4) by days alone.
CREATE TABLE hour_counts (
    tenant_id text NOT NULL,
    dimension smallint NOT NULL,
    key text NOT NULL,
    other text NOT NULL,
    hour integer NOT NULL,
    n bigint NOT NULL,
    minutes integer[] NOT NULL,
    PRIMARY KEY (tenant_id, dimension, key, other, hour)
) WITH (fillfactor = 70);

-- How many events each actor had, and how they ended, in stretches of 1 hour, 24 and 768 hours (32 days), `stretch` being
-- counted in its own length from 1970-01-01. Time comes before the actor, so that a range is read as it lies, and only
-- hours are finest: an actor seldom has many events in one, and a row for each of its minutes would be as many as events.
CREATE TABLE actor_counts (
    tenant_id text NOT NULL,
    length_h smallint NOT NULL,
    stretch integer NOT NULL,
    actor_id text NOT NULL,
    actor_type text NOT NULL,
    n bigint NOT NULL,
    failures bigint NOT NULL,
    successes bigint NOT NULL,
    PRIMARY KEY (tenant_id, length_h, stretch, actor_id, actor_type)
) WITH (fillfactor = 80);

-- The minute of a time, counted from the first of 1970 (more than 32 bits from the year 6053 on); the hour of a minute,
-- its place there (0 to 59), and its day.
CREATE FUNCTION minute_of(at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS
'SELECT floor(extract(epoch FROM at) / 60)::bigint';
CREATE FUNCTION hour_of(minute bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
'SELECT floor(minute / 60.0::double precision)::integer';
CREATE FUNCTION place_of(minute bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
'SELECT (minute - floor(minute / 60.0::double precision) * 60)::integer';
CREATE FUNCTION stretch_of(hour integer, length_h smallint) RETURNS integer LANGUAGE sql IMMUTABLE AS
'SELECT floor(hour / length_h::double precision)::integer';
CREATE FUNCTION day_of(minute bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
'SELECT floor(minute / 1440.0::double precision)::integer';

-- An hour's 60 counts from minutes (0 to 59), any of which may come several times.
CREATE FUNCTION minutes_of(places integer[], counts bigint[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    minutes integer[] := array_fill(0, ARRAY[60]);
BEGIN
    FOR i IN 1 .. cardinality(places) LOOP
        minutes[places[i] + 1] := minutes[places[i] + 1] + counts[i];
    END LOOP;
    RETURN minutes;
END $$;

-- The counts of the same hour, added up.
CREATE FUNCTION minutes_sum(counts integer[], more integer[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    FOR i IN 1 .. 60 LOOP
        IF more[i] <> 0 THEN
            counts[i] := counts[i] + more[i];
        END IF;
    END LOOP;
    RETURN counts;
END $$;
