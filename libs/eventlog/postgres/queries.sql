-- Statements of the PostgreSQL log. Names are qualified: the search path plays no part.

-- name: identity
-- The log's own id.
SELECT id FROM log.identity;

-- name: topics
-- Every topic as it is.
SELECT id, name, partitions, compacted, retention_ms FROM log.topics;

-- name: put_topic
-- Create a topic, or set what may change of it.
INSERT INTO log.topics (name, partitions, compacted, retention_ms)
VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET compacted = excluded.compacted, retention_ms = excluded.retention_ms
RETURNING id, partitions;

-- name: put_heads
-- Create the head rows of a topic.
INSERT INTO log.heads (topic_id, partition)
SELECT $1, number FROM generate_series(0, $2::int - 1) AS number
ON CONFLICT DO NOTHING;

-- name: make_room
-- Make room for so many records in each of some partitions; the first new offset of each.
SELECT topic_id, partition, first_offset FROM log.make_room($1, $2, $3);

-- name: append
-- Append records, given by columns, in their order; $7, $8 and $9 count those of each partition. The first offset of each.
WITH room AS MATERIALIZED (
    SELECT topic_id, partition, first_offset FROM log.make_room($7, $8, $9)
), appended AS (
    INSERT INTO log.records (topic_id, partition, record_offset, timestamp_ms, key, headers, value)
    SELECT n.topic_id, n.partition,
           room.first_offset + row_number() OVER (PARTITION BY n.topic_id, n.partition ORDER BY n.at) - 1,
           n.timestamp_ms, n.key, n.headers, n.value
    FROM unnest($1::int[], $2::int[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[])
        WITH ORDINALITY AS n (topic_id, partition, timestamp_ms, key, headers, value, at)
    JOIN room ON room.topic_id = n.topic_id AND room.partition = n.partition
)
SELECT topic_id, partition, first_offset FROM room;

-- name: heads
-- Where the partitions of some topics begin and end.
SELECT topic_id, partition, beginning_offset, next_offset FROM log.heads WHERE topic_id = ANY ($1::int[]);

-- name: offsets_at
-- The first record from a time on of each partition of some topics, else where the partition ends. Halves the offsets
-- until few are left, each time by the latest of a hundred records: timestamps ascend but for records that were relayed.
WITH RECURSIVE search AS (
    SELECT topic_id, partition, next_offset, beginning_offset AS low, next_offset AS high
    FROM log.heads
    WHERE topic_id = ANY ($1::int[])
    UNION ALL
    SELECT s.topic_id, s.partition, s.next_offset,
        CASE WHEN probe.latest >= $2::bigint THEN s.low ELSE coalesce(probe.after, s.high) END,
        CASE WHEN probe.latest >= $2::bigint THEN (s.low + s.high) / 2 ELSE s.high END
    FROM search AS s
    CROSS JOIN LATERAL (
        SELECT max(timestamp_ms) AS latest, max(record_offset) + 1 AS after
        FROM (
            SELECT record_offset, timestamp_ms
            FROM log.records
            WHERE topic_id = s.topic_id AND partition = s.partition
              AND record_offset >= (s.low + s.high) / 2 AND record_offset < s.next_offset
            ORDER BY record_offset
            LIMIT 100
        ) AS records
    ) AS probe
    WHERE s.high - s.low > 100
)
SELECT s.topic_id, s.partition, coalesce(first.record_offset, s.next_offset) AS record_offset
FROM search AS s
LEFT JOIN LATERAL (
    SELECT record_offset
    FROM log.records
    WHERE topic_id = s.topic_id AND partition = s.partition AND record_offset >= s.low
      AND record_offset < s.next_offset AND timestamp_ms >= $2::bigint
    ORDER BY record_offset
    LIMIT 1
) AS first ON true
WHERE s.high - s.low <= 100;

-- name: fetch
-- Where some partitions end, and what follows their positions: at most $5 records of each, and no more of a partition
-- once they have its `bytes`. The nested loop returns the records of a partition together, in their order. The limit is
-- put in as a number: of one that it does not know the planner takes a tenth of the rows, and may sort those.
SELECT w.at, h.next_offset, r.record_offset, r.key, r.value, r.headers, r.timestamp_ms
FROM unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[])
    WITH ORDINALITY AS w (topic_id, partition, position, bytes, at)
JOIN log.heads h ON h.topic_id = w.topic_id AND h.partition = w.partition
LEFT JOIN LATERAL (
    SELECT record_offset, key, value, headers, timestamp_ms
    FROM (
        SELECT record_offset, key, value, headers, timestamp_ms, coalesce(octet_length(value), 0) AS size,
               sum(coalesce(octet_length(value), 0)) OVER (ORDER BY record_offset ROWS UNBOUNDED PRECEDING) AS total
        FROM (
            SELECT record_offset, key, value, headers, timestamp_ms
            FROM log.records
            WHERE topic_id = w.topic_id AND partition = w.partition AND record_offset >= w.position
              AND w.position < h.next_offset
            ORDER BY record_offset
            LIMIT $5
        ) AS next
    ) AS weighed
    WHERE total - size < w.bytes
) AS r ON true;

-- name: join_group
-- Become a member, taking the name over from an earlier process that had it.
INSERT INTO log.members (group_name, member, session, topics, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval)
ON CONFLICT (group_name, member) DO UPDATE
SET session = excluded.session, topics = excluded.topics, expires_at = excluded.expires_at;

-- name: stay_in_group
-- Renew a membership, or take it up again after it was lost; no row when another process has the name now.
INSERT INTO log.members (group_name, member, session, topics, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp() + $5::interval)
ON CONFLICT (group_name, member) DO UPDATE
SET expires_at = excluded.expires_at
WHERE log.members.session = excluded.session
RETURNING true;

-- name: renew_lease
-- Renew a membership that is there; no row when it is not ours any more.
UPDATE log.members SET expires_at = clock_timestamp() + $4::interval
WHERE group_name = $1 AND member = $2 AND session = $3
RETURNING true;

-- name: leave_group
-- Give the membership and all partitions up.
WITH gone AS (
    DELETE FROM log.members WHERE group_name = $1 AND member = $2 AND session = $3 RETURNING group_name, member
), freed AS (
    DELETE FROM log.assignments a USING gone g WHERE a.group_name = g.group_name AND a.member = g.member
)
SELECT count(*) FROM gone;

-- name: drop_expired
-- End memberships whose lease is over.
DELETE FROM log.members WHERE group_name = $1 AND expires_at <= clock_timestamp();

-- name: free_unowned
-- Free the partitions of holders that are no members any more.
DELETE FROM log.assignments a
WHERE a.group_name = $1
  AND NOT EXISTS (SELECT FROM log.members m WHERE m.group_name = a.group_name AND m.member = a.member);

-- name: members
-- The living members of a group and what they read.
SELECT member, topics FROM log.members WHERE group_name = $1;

-- name: holders
-- Who holds which partition.
SELECT topic, partition, member FROM log.assignments WHERE group_name = $1;

-- name: give_up
-- Free some partitions.
DELETE FROM log.assignments a
USING unnest($2::text[], $3::int[]) AS g (topic, partition)
WHERE a.group_name = $1 AND a.topic = g.topic AND a.partition = g.partition;

-- name: take
-- Take free partitions.
INSERT INTO log.assignments (group_name, topic, partition, member)
SELECT $1, t.topic, t.partition, $4 FROM unnest($2::text[], $3::int[]) AS t (topic, partition);

-- name: announce_group
-- Tell the other members that the group has changed.
SELECT pg_notify('waymark_log', 'group ' || $1);

-- name: note_group_offsets
-- Keep how far a group is, for dashboards.
INSERT INTO log.group_offsets (group_name, topic, partition, next_offset, noted_at)
SELECT $1, o.topic, o.partition, o.next_offset, now()
FROM unnest($2::text[], $3::int[], $4::bigint[]) AS o (topic, partition, next_offset)
ORDER BY o.topic, o.partition
ON CONFLICT (group_name, topic, partition) DO UPDATE
SET next_offset = excluded.next_offset, noted_at = excluded.noted_at;

-- name: retained
-- The partitions of topics that keep records for a time only.
SELECT h.topic_id, h.partition, t.retention_ms
FROM log.heads h JOIN log.topics t ON t.id = h.topic_id
WHERE t.retention_ms IS NOT NULL AND NOT t.compacted
ORDER BY h.topic_id, h.partition;

-- name: oldest
-- Among the oldest records of one partition, where those end that are older than a time; null when it has none.
SELECT coalesce(min(record_offset) FILTER (WHERE timestamp_ms >= $3), max(record_offset) + 1) AS beginning
FROM (
    SELECT record_offset, timestamp_ms FROM log.records
    WHERE topic_id = $1 AND partition = $2
    ORDER BY record_offset
    LIMIT $4
) AS oldest;

-- name: delete_before
-- Remove the records of one partition below an offset.
DELETE FROM log.records WHERE topic_id = $1 AND partition = $2 AND record_offset < $3;

-- name: begin_at
-- Say where a partition begins now.
UPDATE log.heads SET beginning_offset = greatest(beginning_offset, $3) WHERE topic_id = $1 AND partition = $2;

-- name: compactable
-- The partitions of compacted topics that have grown by enough since they were last compacted, and their ends now.
SELECT h.topic_id, h.partition, h.next_offset
FROM log.heads h JOIN log.topics t ON t.id = h.topic_id
WHERE t.compacted AND h.next_offset - h.compacted_to >= $1
ORDER BY h.topic_id, h.partition;

-- name: compact
-- Keep the last record of each key below an offset, and the partition's very last record whatever it is. A tombstone
-- older than $4 goes too.
WITH last AS (
    SELECT key, max(record_offset) AS kept FROM log.records
    WHERE topic_id = $1 AND partition = $2 AND record_offset < $3
    GROUP BY key
)
DELETE FROM log.records r
USING last
WHERE r.topic_id = $1 AND r.partition = $2 AND r.record_offset < $3 - 1 AND r.key = last.key
  AND (r.record_offset < last.kept OR (r.value IS NULL AND r.timestamp_ms < $4));

-- name: note_compacted
-- Say how far a partition is compacted.
UPDATE log.heads SET compacted_to = $3 WHERE topic_id = $1 AND partition = $2;
