-- name: as_of
-- The time up to which everything the log accepted is in this snapshot.
SELECT min(as_of) FROM positions;

-- name: texts
-- Texts too long for an index, by what stands for them.
SELECT key, text FROM texts WHERE tenant_id = $1 AND key = ANY($2::text[]);

-- name: rows
-- Events by their ids.
SELECT
    event_id, occurred_at AS event_at, event_type, resource_type, resource_id, actor_id, actor_type, correlation_id,
    causation_id, payload::text AS payload, dataschema, cloud_event::text AS cloud_event, source
FROM events
WHERE tenant_id = $1 AND event_id = ANY($2::uuid[]);

-- name: days
-- How many events each day from $5 to $6 has of one thing that is counted, newest first.
SELECT
    coalesce(array_agg(day ORDER BY day DESC), '{}') AS days,
    coalesce(array_agg(n ORDER BY day DESC), '{}') AS counts
FROM day_counts
WHERE tenant_id = $1 AND dimension = $2 AND key = $3 AND other = $4 AND day BETWEEN $5::integer AND $6::integer;

-- name: hours
-- How many each of these hours has of it, and each of their minutes.
SELECT hour, n, minutes
FROM hour_counts
WHERE tenant_id = $1 AND dimension = $2 AND key = $3 AND other = $4 AND hour = ANY($5::integer[]);

-- name: count_matching
-- How many events match, counted one by one.
SELECT count(*) FROM events AS e WHERE e.tenant_id = $1 /* conditions */;

-- name: newest
-- A page of matching events in the list's order, from an index that holds it.
SELECT e.occurred_at, e.event_id FROM events AS e WHERE e.tenant_id = $1 /* conditions */
ORDER BY e.occurred_at DESC, e.event_id DESC /* page */;

-- name: total_and_newest
-- Total and page in one pass over what the most selective condition finds. Materialized, so that the order cannot lure
-- the planner into walking all events in search of rare ones.
WITH hits AS MATERIALIZED (
    SELECT e.occurred_at, e.event_id FROM events AS e WHERE e.tenant_id = $1 /* conditions */
)
SELECT c.total, p.occurred_at, p.event_id
FROM (SELECT count(*) AS total FROM hits) AS c
LEFT JOIN LATERAL (
    SELECT e.occurred_at, e.event_id FROM hits AS e WHERE true /* after */
    ORDER BY e.occurred_at DESC, e.event_id DESC /* page */
) AS p ON true
ORDER BY p.occurred_at DESC, p.event_id DESC;

-- name: sums
-- How many events a range has of everything that some dimensions ($2) count. The range is laid out: days from $3 to $4,
-- whole hours ($5), minutes from place to place of some hours ($6 to $8), parts of minutes ($9, $10).
SELECT dimension, key, other, sum(n)::bigint AS n
FROM (
    SELECT c.dimension, c.key, c.other, c.n
    FROM day_counts AS c
    WHERE c.tenant_id = $1 AND c.dimension = ANY($2::smallint[]) AND c.day BETWEEN $3::integer AND $4::integer
    UNION ALL
    SELECT c.dimension, c.key, c.other, c.n
    FROM hour_counts AS c
    WHERE c.tenant_id = $1 AND c.dimension = ANY($2::smallint[]) AND c.hour = ANY($5::integer[])
    UNION ALL
    SELECT c.dimension, c.key, c.other, (SELECT sum(x) FROM unnest(c.minutes[m.first + 1:m.last + 1]) AS m (x))
    FROM unnest($6::integer[], $7::integer[], $8::integer[]) AS m (hour, first, last)
    JOIN hour_counts AS c ON c.tenant_id = $1 AND c.dimension = ANY($2::smallint[]) AND c.hour = m.hour
    UNION ALL
    SELECT d.dimension, d.key, d.other, 1
    FROM unnest($9::timestamptz[], $10::timestamptz[]) AS s (start_at, end_at)
    JOIN events AS e ON e.tenant_id = $1 AND e.occurred_at >= s.start_at AND e.occurred_at < s.end_at
    CROSS JOIN LATERAL (VALUES
        (1::smallint, '', ''),
        (2::smallint, e.event_type, ''),
        (3::smallint, e.resource_type, ''),
        (5::smallint, e.actor_type, ''),
        (6::smallint, coalesce(e.source, ''), '')
    ) AS d (dimension, key, other)
    WHERE d.key IS NOT NULL AND d.dimension = ANY($2::smallint[])
) AS parts
GROUP BY dimension, key, other
HAVING sum(n) > 0;

-- name: actors
-- The $8 most active actors of a range, ties by id and type, texts whole. The range is laid out: stretches of a length
-- from first to last ($2 to $4), and parts of hours that belong to it (1) or are to be taken from it (-1) ($5 to $7).
-- OFFSET keeps each stretch a range of the key: how many there are cannot be told beforehand, and all rows are many.
SELECT a.actor_id, a.actor_type, a.n, a.failures, a.successes
FROM (
    SELECT
        coalesce(i.text, s.actor_id) COLLATE "C" AS actor_id, coalesce(t.text, s.actor_type) COLLATE "C" AS actor_type,
        s.n, s.failures, s.successes
    FROM (
        SELECT
            actor_id, actor_type, sum(n)::bigint AS n, sum(failures)::bigint AS failures,
            sum(successes)::bigint AS successes
        FROM (
            SELECT c.actor_id, c.actor_type, c.n, c.failures, c.successes
            FROM unnest($2::smallint[], $3::integer[], $4::integer[]) AS r (length_h, first, last)
            CROSS JOIN LATERAL (
                SELECT k.actor_id, k.actor_type, k.n, k.failures, k.successes
                FROM actor_counts AS k
                WHERE k.tenant_id = $1 AND k.length_h = r.length_h AND k.stretch BETWEEN r.first AND r.last
                OFFSET 0
            ) AS c
            UNION ALL
            SELECT
                e.actor_id, coalesce(e.actor_type, ''), r.sign, CASE WHEN e.outcome = 1 THEN r.sign ELSE 0 END,
                CASE WHEN e.outcome = 2 THEN r.sign ELSE 0 END
            FROM unnest($5::timestamptz[], $6::timestamptz[], $7::integer[]) AS r (start_at, end_at, sign)
            JOIN events AS e ON e.tenant_id = $1 AND e.occurred_at >= r.start_at AND e.occurred_at < r.end_at
            WHERE e.actor_id IS NOT NULL
        ) AS parts
        GROUP BY actor_id, actor_type
        HAVING sum(n) > 0
    ) AS s
    LEFT JOIN texts AS i ON i.tenant_id = $1 AND i.key = s.actor_id
    LEFT JOIN texts AS t ON t.tenant_id = $1 AND t.key = s.actor_type
) AS a
ORDER BY a.n DESC, a.actor_id, a.actor_type
LIMIT $8::bigint;

-- name: causes
-- The chain of causes of an event, itself first (depth 0), each cause's own next: until one has no cause that is here,
-- or one comes again, or $3 causes are found. Ids meet each tenant's own events only.
WITH RECURSIVE chain AS (
    SELECT 0 AS depth, e.event_id, e.cause, e.causation_id, ARRAY[e.event_id] AS met
    FROM events AS e
    WHERE e.tenant_id = $1 AND e.event_id = $2
    UNION ALL
    SELECT c.depth + 1, e.event_id, e.cause, e.causation_id, c.met || e.event_id
    FROM chain AS c
    JOIN events AS e ON e.tenant_id = $1 AND e.event_id = c.cause
    WHERE e.event_id <> ALL(c.met) AND c.depth < $3::integer
)
SELECT depth, event_id, cause, causation_id, cause = ANY(met) AS comes_again FROM chain ORDER BY depth;
