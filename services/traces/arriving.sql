-- Empty tables for the rows of one fold: COPY cannot write a table with row-level security. They live as long as the
-- connection, what they hold as long as the transaction, in which several folds may follow each other.
CREATE TEMP TABLE IF NOT EXISTS arriving_interactions (
    tenant_id text,
    interaction_id uuid,
    uow_id text,
    event_at timestamptz,
    number bigint,
    created_at timestamptz,
    interaction_at timestamptz,
    type_id uuid,
    action_id uuid,
    origin_id uuid,
    resource_type text,
    action text,
    origin text,
    resource_key uuid,
    sequence_index bigint,
    resource_id text,
    user_id text,
    external_reference text,
    span_id text,
    parent_span_id text,
    interaction text,
    external_response text,
    long_texts text,
    size_bytes integer
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS arriving_events (
    tenant_id text,
    event_id uuid,
    uow_id text,
    event_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    event_type text,
    resource_type text,
    resource_id text,
    type_key text,
    resource_key uuid,
    actor_id text,
    actor_type text,
    user_key text,
    causation_id text,
    span_id text,
    payload text,
    dataschema text,
    cloud_event text,
    long_uow_id text,
    size_bytes integer
) ON COMMIT DELETE ROWS;
DELETE FROM pg_temp.arriving_interactions;
DELETE FROM pg_temp.arriving_events;
