-- Definitions of behavioural metrics, as they are now. `edition` is the newest way of computing the values, `serving` the
-- one whose values are shown: null until the first is complete. One that is deleted has no row.
CREATE TABLE definitions (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    status text NOT NULL,
    definition json NOT NULL,
    edition integer NOT NULL,
    serving integer,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX metric_names ON definitions (tenant_id, name_folded);

-- What contributions are made from: a source, a filter and a grouping, shared by all metrics that have the same. `revision`
-- is that of `definition_changes` by which it came. With its last edition it ends: its contributions are removed, then
-- its row; another one of the same source may come meanwhile. `refused` is why a later version cannot read its filter:
-- nothing is folded for it from then on, and whoever comes with the same source gets another series.
CREATE TABLE series (
    tenant_id text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    digest text COLLATE "C" NOT NULL,
    source json NOT NULL,
    revision bigint NOT NULL,
    ended_at timestamptz,
    refused text,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX series_by_source ON series (tenant_id, digest) WHERE ended_at IS NULL AND refused IS NULL;

-- Ways of computing a metric's values: a change of the function, the window or the series begins one. `state` is `building`
-- until all its values are there, then `serving`; then `retired`, until they are removed. `version` is the metric's latest
-- that has them computed so. `value_count` counts its values; `generation` is that of the read model from which all of them
-- have been computed.
CREATE TABLE editions (
    tenant_id text NOT NULL,
    metric_id uuid NOT NULL,
    edition integer NOT NULL,
    version bigint NOT NULL,
    series_id bigint NOT NULL,
    function text NOT NULL,
    window_days integer,
    mode text NOT NULL,
    state text NOT NULL,
    value_count bigint NOT NULL DEFAULT 0,
    computed_at timestamptz,
    generation integer,
    PRIMARY KEY (tenant_id, metric_id, edition)
);
CREATE INDEX editions_by_series ON editions (tenant_id, series_id);

-- One row that every change of what is computed, of whichever tenant, raises: whoever reads it knows whether there was one.
CREATE TABLE definition_changes (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    revision bigint NOT NULL
);
INSERT INTO definition_changes (revision) VALUES (0);

-- Values by customer and dimensions, as of `computed_at`; a cache of the tiles. `value` is null where nothing is left in the
-- window: such a row goes once that is published. `total` is the sum behind it, of which that over several dimensions is
-- made. It changes with no new record right after `next_change_at` (milliseconds since the epoch). `published` is the
-- value that subscribers know, as far as the publisher has marked; `is_published` says that it is the value, for certain.
CREATE TABLE metric_values (
    tenant_id text NOT NULL,
    metric_id uuid NOT NULL,
    edition integer NOT NULL,
    customer text COLLATE "C" NOT NULL,
    dims text COLLATE "C" NOT NULL,
    value numeric,
    records bigint NOT NULL,
    total numeric,
    computed_at timestamptz NOT NULL,
    next_change_at bigint,
    published numeric,
    is_published boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, metric_id, edition, customer, dims)
) WITH (fillfactor = 80);
CREATE INDEX metric_values_by_value ON metric_values (tenant_id, metric_id, edition, value DESC, customer, dims)
    WHERE value IS NOT NULL;
CREATE INDEX metric_values_to_change ON metric_values (tenant_id, metric_id, edition, next_change_at)
    WHERE next_change_at IS NOT NULL;
CREATE INDEX metric_values_unpublished ON metric_values (tenant_id, metric_id, edition, customer, dims)
    WHERE NOT is_published;

-- Runs: all of an edition's values (`scope` all), or those that may have changed, computed as of `at` in the order of their
-- keys; the cursor is the last key that is done. A run begins once the positions that it wants are applied, and computes
-- from one generation of the read model. `cause` says who requested it.
CREATE TABLE runs (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    metric_id uuid NOT NULL,
    edition integer NOT NULL,
    kind text NOT NULL,
    scope text NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    wanted json,
    cause json,
    at timestamptz,
    generation integer,
    cursor_customer text COLLATE "C" NOT NULL DEFAULT '',
    cursor_dims text COLLATE "C" NOT NULL DEFAULT '',
    keys_done bigint NOT NULL DEFAULT 0,
    keys_total bigint,
    changed bigint NOT NULL DEFAULT 0,
    value_count bigint,
    attempt integer NOT NULL DEFAULT 1,
    error text,
    requested_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX runs_by_metric ON runs (tenant_id, metric_id, id DESC);
CREATE INDEX runs_to_do ON runs (tenant_id, metric_id) WHERE state IN ('waiting', 'running');
CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL;

-- Contact policies and qualification rules, told apart by `kind`. `condition` has the operator, the number, and the
-- dimensions of the value that is compared.
CREATE TABLE rules (
    tenant_id text NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    description text,
    status text NOT NULL,
    rule_type text NOT NULL,
    metric_id uuid NOT NULL,
    condition json NOT NULL,
    priority integer NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, kind, id)
);
CREATE UNIQUE INDEX rule_names ON rules (tenant_id, kind, name_folded);
CREATE INDEX rules_by_priority ON rules (tenant_id, kind, priority DESC, created_at DESC, id DESC);
CREATE INDEX rules_by_metric ON rules (tenant_id, metric_id);
