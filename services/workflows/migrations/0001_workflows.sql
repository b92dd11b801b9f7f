-- Workflows, as they are now; `definition` is that of the newest version. One that is archived keeps its row, so that its
-- sessions can be read, and its name is free. Bodies are `json`: the order of tasks and fields is their maker's.
CREATE TABLE definitions (
    tenant_id text NOT NULL,
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    active boolean NOT NULL DEFAULT false,
    active_version bigint,
    definition json NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX workflow_names ON definitions (tenant_id, name_folded) WHERE archived_at IS NULL;

-- What is asked of a version without reading it: who may run it, its limits, who made it, and the names of own types,
-- integrations (folded) and types of events that its tasks use.
CREATE TABLE version_heads (
    tenant_id text NOT NULL,
    workflow_id uuid NOT NULL,
    version bigint NOT NULL,
    description text,
    access text NOT NULL,
    timeout_ms bigint NOT NULL,
    max_sessions bigint,
    task_count integer NOT NULL,
    task_types text[] NOT NULL,
    integrations text[] NOT NULL,
    event_types text[] NOT NULL,
    created_by text NOT NULL,
    PRIMARY KEY (tenant_id, workflow_id, version),
    FOREIGN KEY (tenant_id, workflow_id) REFERENCES definitions (tenant_id, id)
);
CREATE INDEX version_heads_waiting ON version_heads (tenant_id) WHERE event_types <> '{}';

-- The tenants' own types of tasks: code under a name, which `title_key`, the title as an id would be, may stand for. Their
-- versions are kept, for the sessions that began with them.
CREATE TABLE task_types (
    tenant_id text NOT NULL,
    type text COLLATE "C" NOT NULL,
    title_key text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    definition json NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, type)
);
CREATE UNIQUE INDEX task_type_titles ON task_types (tenant_id, title_key);

-- Providers (applications registered elsewhere) and integrations (accounts with them, or with a server). `secrets` has each
-- secret encrypted, with its time: {"<KEY>": {"token": "…", "updatedAt": "…"}}.
CREATE TABLE accounts (
    tenant_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('provider', 'integration')),
    id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_folded text COLLATE "C" NOT NULL,
    type text NOT NULL,
    provider_id uuid,
    version bigint NOT NULL,
    settings json NOT NULL,
    secrets json NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES accounts (tenant_id, id)
);
CREATE UNIQUE INDEX account_names ON accounts (tenant_id, kind, name_folded);
CREATE INDEX accounts_by_provider ON accounts (tenant_id, provider_id);

-- What waits at each executor, written once a second; a row that is not is that of a process which has gone.
CREATE TABLE executors (
    member text PRIMARY KEY,
    waiting integer NOT NULL,
    oldest_waiting_at timestamptz,
    told_at timestamptz NOT NULL
);

-- Until when the matcher has compared the events of a partition with all that sessions wait for.
CREATE TABLE matcher_positions (
    partition integer PRIMARY KEY,
    level_at timestamptz NOT NULL
);
