-- An empty table for the rows of one fold: COPY cannot write a table with row-level security. It lives as long as the
-- connection, what it holds as long as the transaction, in which several folds may follow each other.
CREATE TEMP TABLE IF NOT EXISTS arriving (
    tenant_id text,
    number bigint,
    interaction_id uuid,
    created_at timestamptz,
    interaction_at timestamptz,
    type_code integer,
    action_code integer,
    origin_code integer,
    sequence_index bigint,
    resource_id text,
    uow_id text,
    user_id text,
    external_reference text,
    span_id text,
    parent_span_id text,
    interaction text,
    external_response text,
    long_texts text
) ON COMMIT DELETE ROWS;
DELETE FROM pg_temp.arriving;
