-- name: partitions
-- Of each partition of a topic: how far it is applied, its clock, and when something happens to one of its keys next.
SELECT p.partition, p.next_offset, coalesce(c.clock_ms, 0) AS clock_ms, first.due_ms
FROM positions AS p
LEFT JOIN clocks AS c ON c.partition = p.partition
LEFT JOIN LATERAL (
    SELECT k.due_ms
    FROM keys AS k
    WHERE k.partition = p.partition AND k.waits
    ORDER BY k.due_ms
    LIMIT 1
) AS first ON true
WHERE p.topic = $1
ORDER BY p.partition;
