-- Definitions of critical interactions. One that was deleted keeps its row, so that no other is given its id.
CREATE TABLE critical_interactions (
    tenant_id text NOT NULL,
    id bigint NOT NULL,
    version bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    is_running boolean NOT NULL,
    definition json NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX critical_interaction_names ON critical_interactions (tenant_id, name) WHERE deleted_at IS NULL;

-- The revision by which a version came to be and who made it; it may judge records for `outlasts_ms` after its successor
-- came. A version that ended an object is one of them.
CREATE TABLE version_revisions (
    tenant_id text NOT NULL,
    id bigint NOT NULL,
    version bigint NOT NULL,
    revision bigint NOT NULL,
    outlasts_ms bigint NOT NULL,
    changed_by text NOT NULL,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE INDEX version_revisions_by_revision ON version_revisions (revision);

-- One row that every change of a definition, of whichever tenant, raises: whoever reads it knows whether there was one.
CREATE TABLE definition_changes (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    revision bigint NOT NULL
);
INSERT INTO definition_changes (revision) VALUES (0);

-- One row: up to when what was accepted is matched, and its results are counted. Milliseconds since the epoch.
CREATE TABLE decided (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    as_of_ms bigint NOT NULL
);
INSERT INTO decided (as_of_ms) VALUES (0);
