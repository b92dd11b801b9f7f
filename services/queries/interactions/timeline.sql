-- name: numbers_around
-- The last number accepted before a time, and the first accepted at or after another: accept times never decrease with
-- numbers, so what lies between the two is what was accepted between the two.
SELECT
    (SELECT number FROM interactions
     WHERE tenant_id = $1 AND created_at < $2 ORDER BY created_at DESC, number DESC LIMIT 1) AS before,
    (SELECT number FROM interactions
     WHERE tenant_id = $1 AND created_at >= $3 ORDER BY created_at, number LIMIT 1) AS after;

-- name: timeline_days
-- Days of a range with what each has in all, and by quarter hour where $8 or the range's first or last day asks for it.
-- $2 to $4 are the codes wanted of type, action and origin (0 is any); where there are several, they are the groups.
-- A day may have two rows for a group, to be added up: what was merged, and what was not.
(
    SELECT
        /* group */ 0 AS group_code, day, n,
        CASE WHEN $8::boolean OR day = $6 OR day = $7 THEN quarters END AS quarters
    FROM timeline
    WHERE tenant_id = $1
        AND type_code = ANY($2::integer[]) AND action_code = ANY($3::integer[]) AND origin_code = ANY($4::integer[])
        AND by_event = $5 AND day BETWEEN $6::integer AND $7::integer
    LIMIT $9
)
UNION ALL
SELECT
    group_code, day_of(quarter) AS day, sum(n)::integer,
    CASE
        WHEN $8::boolean OR day_of(quarter) = $6 OR day_of(quarter) = $7
            THEN quarters_of(array_agg(quarter - day_of(quarter) * 96), array_agg(n))
    END
FROM (
    SELECT /* group */ 0 AS group_code, quarter, count(*)::integer AS n
    FROM (
        SELECT
            unnest(CASE WHEN $5 THEN happened ELSE accepted END) AS quarter,
            unnest(CASE WHEN $2::integer[] <> '{0}' THEN type_codes END) AS type_code,
            unnest(CASE WHEN $3::integer[] <> '{0}' THEN action_codes END) AS action_code,
            unnest(CASE WHEN $4::integer[] <> '{0}' THEN origin_codes END) AS origin_code
        FROM timeline_recent
        WHERE tenant_id = $1
    ) AS recorded
    WHERE quarter BETWEEN $6 * 96 AND $7 * 96 + 95
        AND ($2::integer[] = '{0}' OR type_code = ANY($2::integer[]))
        AND ($3::integer[] = '{0}' OR action_code = ANY($3::integer[]))
        AND ($4::integer[] = '{0}' OR origin_code = ANY($4::integer[]))
    GROUP BY 1, 2
) AS recent
GROUP BY 1, 2;

-- name: block_counts_by_group
-- Whole blocks from $5 to $6 summed up by group; $2 to $4 as in `timeline_days`.
SELECT /* group */ 0 AS group_code, sum(c.n)::bigint AS n
FROM block_counts AS c
WHERE c.tenant_id = $1
    AND c.type_code = ANY($2::integer[]) AND c.action_code = ANY($3::integer[]) AND c.origin_code = ANY($4::integer[])
    AND c.block BETWEEN $5::bigint AND $6::bigint
GROUP BY 1;

-- name: count_by_group
-- How many rows match, by group, counted one by one.
SELECT /* group */ 0 AS group_code, count(*) AS n
FROM interactions AS i
WHERE i.tenant_id = $1 /* conditions */
GROUP BY 1;

-- name: group_codes
-- Every code of one kind.
SELECT coalesce(array_agg(code), '{}') FROM facets WHERE tenant_id = $1 AND kind = $2;

-- name: event_days
-- How many interactions of a facet combination (0 is any) each day has by event time, newest first.
SELECT
    coalesce(array_agg(day ORDER BY day DESC), '{}') AS days,
    coalesce(array_agg(n ORDER BY day DESC), '{}') AS counts
FROM (
    SELECT day, sum(n)::integer AS n
    FROM (
        SELECT day, n
        FROM timeline
        WHERE tenant_id = $1 AND by_event AND type_code = $2 AND action_code = $3 AND origin_code = $4
            AND day BETWEEN $5::integer AND $6::integer
        UNION ALL
        SELECT day_of(quarter), count(*)
        FROM (
            SELECT
                unnest(happened) AS quarter, unnest(CASE WHEN $2 > 0 THEN type_codes END) AS type_code,
                unnest(CASE WHEN $3 > 0 THEN action_codes END) AS action_code,
                unnest(CASE WHEN $4 > 0 THEN origin_codes END) AS origin_code
            FROM timeline_recent
            WHERE tenant_id = $1
        ) AS recorded
        WHERE quarter BETWEEN $5 * 96 AND $6 * 96 + 95 AND ($2 = 0 OR type_code = $2) AND ($3 = 0 OR action_code = $3)
            AND ($4 = 0 OR origin_code = $4)
        GROUP BY 1
    ) AS counted
    GROUP BY day
) AS days;

-- name: event_quarters
-- The quarter hours of some of those days.
SELECT day, quarters_total(quarters) AS quarters
FROM (
    SELECT day, quarters
    FROM timeline
    WHERE tenant_id = $1 AND by_event AND type_code = $2 AND action_code = $3 AND origin_code = $4
        AND day = ANY($5::integer[])
    UNION ALL
    SELECT day_of(quarter), quarters_of(array_agg(quarter - day_of(quarter) * 96), array_agg(n))
    FROM (
        SELECT quarter, count(*)::integer AS n
        FROM (
            SELECT
                unnest(happened) AS quarter, unnest(CASE WHEN $2 > 0 THEN type_codes END) AS type_code,
                unnest(CASE WHEN $3 > 0 THEN action_codes END) AS action_code,
                unnest(CASE WHEN $4 > 0 THEN origin_codes END) AS origin_code
            FROM timeline_recent
            WHERE tenant_id = $1
        ) AS recorded
        WHERE day_of(quarter) = ANY($5::integer[]) AND ($2 = 0 OR type_code = $2)
            AND ($3 = 0 OR action_code = $3) AND ($4 = 0 OR origin_code = $4)
        GROUP BY quarter
    ) AS recent
    GROUP BY 1
) AS counted
GROUP BY day;
