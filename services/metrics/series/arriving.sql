-- An empty table for the contributions of one fold: COPY cannot write a table with row-level security. It lives as long as
-- the connection, what it holds as long as the transaction, in which several folds may follow each other.
CREATE TEMP TABLE IF NOT EXISTS arriving_contributions (
    tenant_id text,
    series_id bigint,
    record_id text COLLATE "C",
    customer text COLLATE "C",
    dims text COLLATE "C",
    event_at bigint,
    number numeric
) ON COMMIT DELETE ROWS;
DELETE FROM pg_temp.arriving_contributions;
