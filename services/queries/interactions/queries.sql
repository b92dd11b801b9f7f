-- name: facet_codes
-- The codes under which the rows hold given catalog ids.
SELECT kind, code FROM facets
WHERE tenant_id = $1 AND (kind, id) IN (SELECT * FROM unnest($2::text[], $3::uuid[]));

-- name: facet_names
-- The catalog ids that codes stand for.
SELECT code, id, mnemonic FROM facets WHERE tenant_id = $1 AND code = ANY($2::integer[]);

-- name: block_counts
-- Whole blocks of a facet combination (0 is any), newest first.
SELECT
    coalesce(array_agg(block ORDER BY block DESC), '{}') AS blocks,
    coalesce(array_agg(n ORDER BY block DESC), '{}') AS counts
FROM block_counts
WHERE tenant_id = $1 AND type_code = $2 AND action_code = $3 AND origin_code = $4 AND block BETWEEN $5 AND $6;

-- name: user_block_counts
-- Whole blocks of a user, newest first.
SELECT
    coalesce(array_agg(block ORDER BY block DESC), '{}') AS blocks,
    coalesce(array_agg(n ORDER BY block DESC), '{}') AS counts
FROM user_block_counts
WHERE tenant_id = $1 AND user_id = $2 AND block BETWEEN $3 AND $4;

-- name: count_matching
-- How many rows match, counted one by one.
SELECT count(*) FROM interactions AS i WHERE i.tenant_id = $1 /* conditions */;

-- name: newest_numbers
-- The numbers of a page of matching rows, newest first.
SELECT i.number FROM interactions AS i WHERE i.tenant_id = $1 /* conditions */
ORDER BY i.number DESC /* page */;

-- name: latest_numbers
-- The numbers of a page of matching rows, latest event first.
SELECT i.number FROM interactions AS i WHERE i.tenant_id = $1 /* conditions */
ORDER BY i.event_at DESC, i.number DESC /* page */;

-- name: total_and_newest_numbers
-- Total and page in one pass over what the most selective condition finds, newest first. Materialized, so that the
-- order cannot lure the planner into walking the numbers in search of rare rows.
WITH hits AS MATERIALIZED (
    SELECT i.number FROM interactions AS i WHERE i.tenant_id = $1 /* conditions */
)
SELECT
    (SELECT count(*) FROM hits) AS total,
    ARRAY(SELECT number FROM hits AS i WHERE true /* after */ ORDER BY number DESC /* page */) AS numbers;

-- name: total_and_latest_numbers
-- The same, latest event first.
WITH hits AS MATERIALIZED (
    SELECT i.event_at, i.number FROM interactions AS i WHERE i.tenant_id = $1 /* conditions */
)
SELECT
    (SELECT count(*) FROM hits) AS total,
    ARRAY(
        SELECT number FROM hits AS i WHERE true /* after */ ORDER BY event_at DESC, number DESC /* page */
    ) AS numbers;

-- name: event_weights
-- Roughly how many rows a facet combination has at any time, and how many rows of whatever facets some days have: what
-- two ways to a page would look at. What waits to be merged does not matter here.
SELECT
    (SELECT coalesce(sum(n), 0) FROM block_counts
     WHERE tenant_id = $1 AND type_code = $2 AND action_code = $3 AND origin_code = $4) AS of_facets,
    (SELECT coalesce(sum(n), 0) FROM timeline
     WHERE tenant_id = $1 AND by_event AND type_code = 0 AND action_code = 0 AND origin_code = 0
         AND day BETWEEN $5::integer AND $6::integer) AS of_days;

-- name: activity
-- A page of matching rows by user and unit of work, the latest activity first; of each group's resources the first 100.
WITH hits AS MATERIALIZED (
    SELECT
        i.number, i.user_id, i.uow_id, /* at */ i.created_at AS at, i.action_code, i.type_code,
        coalesce(i.long_texts ->> 'resourceId', i.resource_id) AS resource_id
    FROM interactions AS i
    WHERE i.tenant_id = $1 /* conditions */
), groups AS MATERIALIZED (
    SELECT user_id, uow_id, count(*) AS n, min(at) AS first_at, max(at) AS last_at, max(number) AS newest
    FROM hits
    GROUP BY user_id, uow_id
), shown AS MATERIALIZED (
    SELECT * FROM groups ORDER BY last_at DESC, newest DESC /* page */
), actions AS (
    SELECT s.newest, array_agg(DISTINCT h.action_code) AS codes
    FROM shown AS s JOIN hits AS h ON h.uow_id = s.uow_id AND h.user_id IS NOT DISTINCT FROM s.user_id
    GROUP BY s.newest
), resources AS (
    SELECT
        newest, count(*) AS n,
        array_agg(type_code ORDER BY type_code, resource_id) FILTER (WHERE place <= 100) AS types,
        array_agg(resource_id ORDER BY type_code, resource_id) FILTER (WHERE place <= 100) AS ids
    FROM (
        SELECT
            s.newest, h.type_code, h.resource_id,
            row_number() OVER (PARTITION BY s.newest ORDER BY h.type_code, h.resource_id) AS place
        FROM shown AS s JOIN hits AS h ON h.uow_id = s.uow_id AND h.user_id IS NOT DISTINCT FROM s.user_id
        GROUP BY s.newest, h.type_code, h.resource_id
    ) AS touched
    GROUP BY newest
)
SELECT
    c.total, s.user_id, s.uow_id, s.n, s.first_at, s.last_at, a.codes AS action_codes, r.n AS resource_count,
    r.types AS type_codes, r.ids AS resource_ids
FROM (SELECT count(*) AS total FROM groups) AS c
LEFT JOIN (shown AS s JOIN actions AS a USING (newest) JOIN resources AS r USING (newest)) ON true
ORDER BY s.last_at DESC, s.newest DESC;

-- name: rows
-- Interactions by their numbers.
SELECT
    number, interaction_id, created_at, event_at, interaction_at, type_code, action_code, origin_code, sequence_index,
    resource_id, uow_id, user_id, external_reference, span_id, parent_span_id,
    interaction::text AS interaction, external_response::text AS external_response, long_texts
FROM interactions
WHERE tenant_id = $1 AND number = ANY($2::bigint[]);

-- name: row_by_id
-- The number of the interaction with an id.
SELECT number FROM interactions WHERE tenant_id = $1 AND interaction_id = $2;

-- name: snapshot
-- Which generation this transaction sees, and the time up to which everything the log accepted is in it.
SELECT current_schema() AS generation, (SELECT min(as_of) FROM positions) AS as_of;

-- name: highest_number
-- The highest number that anything here knows of; null when there is none.
SELECT greatest(
    (SELECT max(number) FROM interactions WHERE tenant_id = $1),
    (SELECT max(number) FROM voids WHERE tenant_id = $1),
    (SELECT max(number) FROM duplicates WHERE tenant_id = $1)
);

-- name: interaction_positions
-- How far the interactions topic is applied.
SELECT partition, next_offset FROM positions WHERE topic = $1;

-- name: parked_records
-- What could not be applied, oldest first.
SELECT headers, reason, first_seen FROM parked WHERE tenant_id = $1 AND topic = $2 ORDER BY first_seen LIMIT $3;

-- name: gaps
-- Runs of numbers up to $2 that no interaction shows, each with the one reason all its numbers share. Only blocks whose
-- count says that numbers are missing are looked into. $3 to $5 are parked numbers with their reasons and times; below
-- $6 what nothing explains is lost, from there on it is in flight.
WITH discarded AS (
    SELECT g.number, min(g.reason) AS reason, min(g.discarded_at) AS discarded_at
    FROM projections.discarded AS g
    WHERE g.service = 'queries' AND g.name = 'history' AND g.tenant_id = $1 AND g.number IS NOT NULL
    GROUP BY g.number
), incomplete AS (
    SELECT greatest(1, b.block << 14) AS first, least($2::bigint, (b.block << 14) + 16383) AS last
    FROM generate_series(0::bigint, $2::bigint >> 14) AS b (block)
    LEFT JOIN block_counts AS c
        ON c.tenant_id = $1 AND c.type_code = 0 AND c.action_code = 0 AND c.origin_code = 0 AND c.block = b.block
    WHERE coalesce(c.n, 0) < least($2::bigint, (b.block << 14) + 16383) - greatest(1, b.block << 14) + 1
), missing AS (
    SELECT m.number
    FROM incomplete
    CROSS JOIN LATERAL (
        SELECT number FROM generate_series(incomplete.first, incomplete.last) AS g (number)
        EXCEPT ALL
        SELECT i.number FROM interactions AS i
        WHERE i.tenant_id = $1 AND i.number BETWEEN incomplete.first AND incomplete.last
    ) AS m
), explained AS (
    SELECT
        m.number, d.duplicate_of, coalesce(d.at, p.at, x.discarded_at, v.at) AS at,
        CASE
            WHEN d.number IS NOT NULL THEN 'duplicate'
            WHEN p.number IS NOT NULL THEN 'parked'
            WHEN x.number IS NOT NULL THEN 'discarded'
            WHEN v.number IS NOT NULL THEN 'voided'
            WHEN m.number < $6::bigint THEN 'lost'
            ELSE 'in flight'
        END AS state,
        CASE WHEN d.number IS NULL THEN coalesce(p.reason, x.reason, v.reason) END AS reason
    FROM missing AS m
    LEFT JOIN duplicates AS d ON d.tenant_id = $1 AND d.number = m.number
    LEFT JOIN voids AS v ON v.tenant_id = $1 AND v.number = m.number
    LEFT JOIN unnest($3::bigint[], $4::text[], $5::timestamptz[]) AS p (number, reason, at) ON p.number = m.number
    LEFT JOIN discarded AS x ON x.number = m.number
), numbered AS (
    SELECT
        *,
        number - row_number() OVER (PARTITION BY state, reason, duplicate_of - number ORDER BY number) AS run
    FROM explained
), runs AS MATERIALIZED (
    SELECT
        min(number) AS first, max(number) AS last, state, reason, min(at) AS at, min(duplicate_of) AS duplicate_of
    FROM numbered
    GROUP BY state, reason, duplicate_of - number, run
)
SELECT c.total, r.*
FROM (SELECT count(*) AS total FROM runs) AS c
LEFT JOIN LATERAL (SELECT * FROM runs ORDER BY runs.first OFFSET $7 LIMIT $8) AS r ON true;
