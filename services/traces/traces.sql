-- Tables of the read model `traces`, created in one schema per generation.
-- The primary keys of `interactions` and `events` are the ledger that makes a repeat harmless, so they are there while a
-- rebuild fills. `uow_id` and `user_id` hold what can be indexed; where that is not the text itself, `long_texts` or
-- `long_uow_id` has it. A resource is known by a digest of its type and id. `size_bytes` is what a record's value took.

CREATE TABLE interactions (
    tenant_id text NOT NULL,
    interaction_id uuid NOT NULL,
    uow_id text NOT NULL,
    event_at timestamptz NOT NULL,
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
    size_bytes integer NOT NULL,
    PRIMARY KEY (tenant_id, interaction_id)
) WITH (
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000,
    autovacuum_analyze_scale_factor = 0.02
);

-- `started_at` to `ended_at` is the event's own interval; `type_key` and `user_key` are what the search looks for.
CREATE TABLE events (
    tenant_id text NOT NULL,
    event_id uuid NOT NULL,
    uow_id text NOT NULL,
    event_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
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
    payload json NOT NULL,
    dataschema text,
    cloud_event json,
    long_uow_id text,
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
    started_at timestamptz,
    ended_at timestamptz,
    duration_ms bigint GENERATED ALWAYS AS (floor(extract(epoch FROM ended_at - started_at) * 1000)::bigint) STORED,
    PRIMARY KEY (tenant_id, uow_id)
) WITH (fillfactor = 80);

-- The actions, origins, resource types and users of a trace, each once: an id of the catalog, a type's `type_key`, a
-- user. Of the names a value was recorded under, the least stays, whatever order they come in.
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

-- How many interactions each origin has on each UTC day of event time.
CREATE TABLE origin_days (
    tenant_id text NOT NULL,
    day date NOT NULL,
    origin_id uuid NOT NULL,
    n bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, day, origin_id)
) WITH (fillfactor = 50);

-- How often an interaction from one origin is followed by one from another within its unit of work, by the UTC day of
-- the latter and the logarithmic bucket of the time between. Rows may count nothing any more.
CREATE TABLE origin_links (
    tenant_id text NOT NULL,
    day date NOT NULL,
    from_id uuid NOT NULL,
    to_id uuid NOT NULL,
    bucket smallint NOT NULL,
    n bigint NOT NULL,
    latency_ms numeric NOT NULL,
    PRIMARY KEY (tenant_id, day, from_id, to_id, bucket)
) WITH (fillfactor = 70);

-- The bucket of a latency: see histogram.py.
CREATE FUNCTION latency_bucket(latency_ms bigint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN latency_ms <= 0 THEN -1
        ELSE ceil(ln(latency_ms::double precision) / ln(101.0::double precision / 99.0::double precision))
    END::smallint
$$;
