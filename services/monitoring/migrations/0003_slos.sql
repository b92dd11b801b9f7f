-- Service level objectives of critical interactions. `burn_rules` is null where the default rules are meant.
CREATE TABLE slos (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    interaction_id bigint NOT NULL,
    good_when text NOT NULL,
    target double precision NOT NULL,
    window_minutes integer NOT NULL,
    min_events bigint NOT NULL,
    burn_rules json,
    webhook_ids uuid[] NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX slo_names ON slos (tenant_id, name);
CREATE INDEX slos_by_interaction ON slos (tenant_id, interaction_id);
