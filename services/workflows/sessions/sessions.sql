-- Tables of the read model `sessions`, created in one schema per generation. Times are milliseconds since the epoch. A
-- session's records lie in one partition, so writers of different partitions never meet in a row, but of counts.

-- Sessions. `started` is the record that began one, `head` its state but for the tasks (state.py), `summary` what lists
-- show of it, as JSON; `workflow` is its folded name, `next_offset` is the one after the last record that counted. The columns beside them are what
-- sessions are found by, `uow_key` the unit of work as an index can hold it.
CREATE TABLE sessions (
    tenant_id text NOT NULL,
    session_id uuid NOT NULL,
    partition integer NOT NULL,
    record_key text NOT NULL,
    next_offset bigint NOT NULL,
    workflow text COLLATE "C" NOT NULL,
    workflow_id uuid NOT NULL,
    status text NOT NULL,
    is_open boolean NOT NULL,
    uow_key text NOT NULL,
    parent_id uuid,
    started_at bigint NOT NULL,
    started bytea NOT NULL,
    head bytea NOT NULL,
    summary bytea NOT NULL,
    PRIMARY KEY (tenant_id, session_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- Their tasks, those of which a record spoke; `item` is the index of one item of a `for-each`, else -1.
CREATE TABLE session_tasks (
    tenant_id text NOT NULL,
    session_id uuid NOT NULL,
    task text COLLATE "C" NOT NULL,
    item integer NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (tenant_id, session_id, task, item)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- Sessions counted by workflow, status and span of the start: span s of `length` minutes begins at minute s * length,
-- minute 0 is the first of 0001-01-01; see libs/rollups/spans.py.
CREATE TABLE session_counts (
    tenant_id text NOT NULL,
    length integer NOT NULL,
    span bigint NOT NULL,
    workflow text COLLATE "C" NOT NULL,
    status text NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (tenant_id, length, span, workflow, status)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
