-- Event types that have a schema, and the schemas' versions.
CREATE TABLE event_types (
    tenant_id text NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    latest_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    modified_at timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (tenant_id, event_type)
);

CREATE TABLE event_type_schemas (
    tenant_id text NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    schema text NOT NULL,
    forced boolean NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (tenant_id, event_type, version),
    FOREIGN KEY (tenant_id, event_type) REFERENCES event_types
);
