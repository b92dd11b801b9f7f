CREATE SCHEMA IF NOT EXISTS log;

CREATE TABLE IF NOT EXISTS log.identity (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    id       uuid NOT NULL DEFAULT gen_random_uuid(),
    layout   int NOT NULL
);

CREATE TABLE IF NOT EXISTS log.topics (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    partitions   int NOT NULL CHECK (partitions > 0),
    compacted    boolean NOT NULL,
    retention_ms bigint
);

-- One row for each partition. Appending locks it until commit, so offsets become visible in their order and without
-- gaps; a sequence would let a later offset be read before an earlier one commits.
CREATE TABLE IF NOT EXISTS log.heads (
    topic_id         int NOT NULL REFERENCES log.topics,
    partition        int NOT NULL,
    next_offset      bigint NOT NULL DEFAULT 0,
    beginning_offset bigint NOT NULL DEFAULT 0,
    compacted_to     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 20, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

CREATE TABLE IF NOT EXISTS log.records (
    topic_id      int NOT NULL,
    partition     int NOT NULL,
    record_offset bigint NOT NULL,
    timestamp_ms  bigint NOT NULL,
    key           bytea NOT NULL,
    headers       bytea NOT NULL,
    value         bytea,
    PRIMARY KEY (topic_id, partition, record_offset)
);

CREATE TABLE IF NOT EXISTS log.members (
    group_name text NOT NULL,
    member     text NOT NULL,
    session    uuid NOT NULL,
    topics     text[] NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (group_name, member)
);

CREATE TABLE IF NOT EXISTS log.assignments (
    group_name text NOT NULL,
    topic      text NOT NULL,
    partition  int NOT NULL,
    member     text NOT NULL,
    PRIMARY KEY (group_name, topic, partition)
);

CREATE TABLE IF NOT EXISTS log.group_offsets (
    group_name  text NOT NULL,
    topic       text NOT NULL,
    partition   int NOT NULL,
    next_offset bigint NOT NULL,
    noted_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_name, topic, partition)
);

-- Makes room for records in some partitions, given once each: returns the first new offset of each. The caller writes
-- exactly these rows into log.records in the same transaction. Heads are locked in one order, so that appenders cannot
-- deadlock, and stay locked until commit.
CREATE OR REPLACE FUNCTION log.make_room(topic_ids int[], partitions int[], counts bigint[])
RETURNS TABLE (topic_id int, partition int, first_offset bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    PERFORM pg_notify('waymark_log', 'records ' || array_to_string(ARRAY(SELECT DISTINCT unnest(topic_ids)), ' '));
    PERFORM FROM log.heads h
    JOIN unnest(topic_ids, partitions) AS u (t, p) ON h.topic_id = u.t AND h.partition = u.p
    ORDER BY h.topic_id, h.partition
    FOR UPDATE OF h;
    RETURN QUERY
    UPDATE log.heads h SET next_offset = h.next_offset + c.n
    FROM unnest(topic_ids, partitions, counts) AS c (t, p, n)
    WHERE h.topic_id = c.t AND h.partition = c.p
    RETURNING h.topic_id, h.partition, h.next_offset - c.n;
END $$;

REVOKE ALL ON FUNCTION log.make_room FROM PUBLIC;
GRANT USAGE ON SCHEMA log TO waymark_log;
GRANT SELECT ON log.identity TO waymark_log;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON log.topics, log.heads, log.records, log.members, log.assignments, log.group_offsets TO waymark_log;
GRANT EXECUTE ON FUNCTION log.make_room TO waymark_log;
