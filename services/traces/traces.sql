-- Tables of the read model `traces`, created in one schema per generation.
-- The primary keys of `interactions` and `events` are the ledger that makes a repeat harmless, so they are there while a
-- rebuild fills. `uow_id` and `user_id` hold what can be indexed; where that is not the text itself, `long_texts` or
-- `long_uow_id` has it. A resource is known by a digest of its type and id. `size_bytes` is what a record's value took.
-- `status` is `ok` or `error`, null where a record does not say how it ended.
-- No row has a time whose distance from another's could not be told.

CREATE TABLE interactions (
    tenant_id text NOT NULL,
    interaction_id uuid NOT NULL,
    uow_id text NOT NULL,
    event_at timestamptz NOT NULL CHECK (event_at BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'),
    number bigint NOT NULL,
    created_at timestamptz NOT NULL,
    interaction_at timestamptz,
    type_id uuid NOT NULL,
    action_id uuid NOT NULL,
    origin_id uuid NOT NULL,
    resource_type text NOT NULL,
    action text NOT NULL,
    origin text NOT NULL,
    resource_key uuid NOT NULL,
    sequence_index bigint,
    resource_id text NOT NULL,
    user_id text,
    external_reference text,
    span_id text,
    parent_span_id text,
    interaction json,
    external_response json,
    long_texts json,
    status text,
    size_bytes integer NOT NULL,
    PRIMARY KEY (tenant_id, interaction_id)
) WITH (
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.02
);

-- `started_at` to `ended_at` is the event's own interval; `type_key`, `user_key`, `service_key` and `span_key` are what the
-- search looks for; `ending` is a span's status and the exceptions that it tells of. `source` is null for what
-- producers sent.
CREATE TABLE events (
    tenant_id text NOT NULL,
    event_id uuid NOT NULL,
    uow_id text NOT NULL,
    event_at timestamptz NOT NULL CHECK (event_at BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'),
    started_at timestamptz NOT NULL CHECK (started_at BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'),
    ended_at timestamptz NOT NULL CHECK (ended_at BETWEEN '0001-01-01Z' AND '9999-12-31T23:59:59.999999Z'),
    event_type text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    type_key text NOT NULL,
    resource_key uuid NOT NULL,
    actor_id text,
    actor_type text,
    user_key text,
    causation_id text,
    span_id text,
    service_key text,
    span_key text,
    status text,
    ending json,
    payload json NOT NULL,
    dataschema text,
    cloud_event json,
    long_uow_id text,
    source text,
    size_bytes integer NOT NULL,
    PRIMARY KEY (tenant_id, event_id)
) WITH (
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.02
);

-- One row for each unit of work. Whoever folds into a trace holds its row.
CREATE TABLE summaries (
    tenant_id text NOT NULL,
    uow_id text NOT NULL,
    long_uow_id text,
    interactions bigint NOT NULL DEFAULT 0,
    events bigint NOT NULL DEFAULT 0,
    resources bigint NOT NULL DEFAULT 0,
    errors bigint NOT NULL DEFAULT 0,
    started_at timestamptz,
    ended_at timestamptz,
    duration_ms bigint GENERATED ALWAYS AS (floor(extract(epoch FROM ended_at - started_at) * 1000)::bigint) STORED,
    PRIMARY KEY (tenant_id, uow_id)
) WITH (fillfactor = 80);

-- The actions, origins, resource types, users, services and spans' names of a trace, each once: an id of the catalog, a
-- type's `type_key`, a user, a service, a name. Of the names a value was recorded under, the least stays, whatever order they come in.
CREATE TABLE members (
    tenant_id text NOT NULL,
    uow_id text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, uow_id, kind, value)
);

-- The resources of a trace, each once.
CREATE TABLE resources (
    tenant_id text NOT NULL,
    uow_id text NOT NULL,
    resource_key uuid NOT NULL,
    PRIMARY KEY (tenant_id, uow_id, resource_key)
);

-- How many traces started on each UTC day.
CREATE TABLE trace_days (
    tenant_id text NOT NULL,
    day date NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (tenant_id, day)
) WITH (fillfactor = 50);

-- Counters of days are kept for spans of 1, 10 and 100 UTC days of event time alike, so that few rows add up to any
-- range: see spans.py. Span s of d days begins at day s * d, day 0 is 0001-01-01.
CREATE FUNCTION spans_of(at timestamptz) RETURNS TABLE (days smallint, span integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT l.days, ((at AT TIME ZONE 'UTC')::date - date '0001-01-01') / l.days
    FROM (VALUES (1::smallint), (10::smallint), (100::smallint)) AS l (days)
$$;

-- How many interactions each origin has in each span.
CREATE TABLE origin_days (
    tenant_id text NOT NULL,
    days smallint NOT NULL,
    span integer NOT NULL,
    origin_id uuid NOT NULL,
    n bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, days, span, origin_id)
) WITH (fillfactor = 50);

-- How often an interaction from one origin is followed by one from another within its unit of work, by the span that has
-- the latter. The time between is counted in a hundred logarithmic buckets a row, the rows numbered by `part`: `counts`
-- is one number that holds them all, twelve decimal places for each, see histogram.py. Rows may count nothing any more.
CREATE TABLE origin_links (
    tenant_id text NOT NULL,
    days smallint NOT NULL,
    span integer NOT NULL,
    from_id uuid NOT NULL,
    to_id uuid NOT NULL,
    part smallint NOT NULL,
    n bigint NOT NULL,
    latency_ms numeric NOT NULL,
    counts numeric NOT NULL,
    PRIMARY KEY (tenant_id, days, span, from_id, to_id, part)
) WITH (fillfactor = 70);
