-- Versions of objects as they were, in the schema of the service that has the objects. No row ever changes; one without
-- a state says that its object ended.
CREATE TABLE :"schema".object_versions (
    tenant_id     text NOT NULL,
    kind          text NOT NULL,
    object_id     text COLLATE "C" NOT NULL,
    version       bigint NOT NULL,
    state         json,
    changed       text[] NOT NULL,
    in_force_from timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, object_id, version)
);
