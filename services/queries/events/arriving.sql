-- An empty table for the rows of one fold: COPY cannot write a table with row-level security. It lives as long as the
-- connection, what it holds as long as the transaction, in which several folds may follow each other.
CREATE TEMP TABLE IF NOT EXISTS events_arriving (
    tenant_id text,
    event_id uuid,
    occurred_at timestamptz,
    event_type text,
    resource_type text,
    resource_id text,
    actor_id text,
    actor_type text,
    correlation_id text,
    causation_id text,
    cause uuid,
    outcome smallint,
    payload text,
    dataschema text,
    cloud_event text,
    source text
) ON COMMIT DELETE ROWS;
DELETE FROM pg_temp.events_arriving;
