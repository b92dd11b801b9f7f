-- Alert rules and how they stand. Evaluations change the standing alone, in columns without an index. `settings` is what is
-- said of a rule; `held_from_ms` and `as_of_ms` are instants of figures, in milliseconds since the epoch; the incident's
-- columns are null unless one is open, `incident_notified` while nobody was told of it; `entries` counts the history.
CREATE TABLE alert_rules (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    interaction_id bigint NOT NULL,
    slo_id uuid,
    kind text NOT NULL,
    name text COLLATE "C" NOT NULL,
    settings json NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    reason text,
    value float8,
    held_from_ms bigint,
    evaluated_at timestamptz,
    as_of_ms bigint NOT NULL DEFAULT 0,
    snoozed_until timestamptz,
    incident_id uuid,
    incident_at timestamptz,
    incident_notified uuid[],
    entries bigint NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
CREATE UNIQUE INDEX alert_rule_names ON alert_rules (tenant_id, name) WHERE kind = 'metric';
CREATE INDEX alert_rules_by_interaction ON alert_rules (tenant_id, interaction_id);
CREATE INDEX alert_rules_by_slo ON alert_rules (tenant_id, slo_id) WHERE slo_id IS NOT NULL;

-- Changes of rules' states, numbered from 1 for each rule.
CREATE TABLE alert_history (
    tenant_id text NOT NULL,
    rule_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    value float8,
    reason text,
    incident_id uuid,
    as_of_ms bigint NOT NULL,
    PRIMARY KEY (tenant_id, rule_id, number)
);
CREATE INDEX alert_history_by_age ON alert_history (at);
