-- What a filled `history` still lacks: counters over its rows, then indexes.
-- On empty tables this inserts nothing.

WITH cells AS (
    SELECT tenant_id, type_code, action_code, origin_code, number >> 14 AS block, count(*) AS n
    FROM interactions
    GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO block_counts
SELECT tenant_id, coalesce(type_code, 0), coalesce(action_code, 0), coalesce(origin_code, 0), block, sum(n)
FROM cells
GROUP BY tenant_id, block, CUBE (type_code, action_code, origin_code)
ORDER BY 1, 2, 3, 4, 5;

INSERT INTO user_block_counts
SELECT tenant_id, user_id, number >> 18, count(*)
FROM interactions
WHERE user_id IS NOT NULL
GROUP BY tenant_id, user_id, number >> 18
ORDER BY 1, 2, 3;

WITH moments AS (
    SELECT tenant_id, false AS by_event, type_code, action_code, origin_code, quarter_of(created_at) AS quarter
    FROM interactions
    UNION ALL
    SELECT tenant_id, true, type_code, action_code, origin_code, quarter_of(event_at)
    FROM interactions
), quarters AS (
    SELECT tenant_id, by_event, type_code, action_code, origin_code, quarter, count(*) AS n
    FROM moments
    GROUP BY 1, 2, 3, 4, 5, 6
), days AS (
    SELECT
        tenant_id, by_event, type_code, action_code, origin_code, day_of(quarter) AS day, sum(n) AS n,
        quarters_of(array_agg(quarter - day_of(quarter) * 96), array_agg(n::integer)) AS quarters
    FROM quarters
    GROUP BY 1, 2, 3, 4, 5, 6
)
INSERT INTO timeline (tenant_id, by_event, type_code, action_code, origin_code, day, n, quarters)
SELECT
    tenant_id, by_event, coalesce(type_code, 0), coalesce(action_code, 0), coalesce(origin_code, 0), day, sum(n),
    quarters_total(quarters)
FROM days
GROUP BY tenant_id, by_event, day, CUBE (type_code, action_code, origin_code)
ORDER BY 1, 2, 3, 4, 5, 6;

CREATE INDEX interactions_by_created ON interactions (tenant_id, created_at, number);
CREATE INDEX interactions_by_event_time ON interactions
    (tenant_id, event_at, number) INCLUDE (origin_code, action_code, type_code);
CREATE INDEX interactions_by_resource ON interactions (tenant_id, resource_id, number);
CREATE INDEX interactions_by_unit_of_work ON interactions (tenant_id, uow_id, number);
CREATE INDEX interactions_by_user ON interactions
    (tenant_id, user_id, number) INCLUDE (origin_code, action_code, type_code) WHERE user_id IS NOT NULL;
CREATE INDEX interactions_by_external_reference ON interactions
    (tenant_id, external_reference, number) WHERE external_reference IS NOT NULL;

-- One index with the fewest values first serves every combination where the server can skip over leading columns.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        CREATE INDEX interactions_by_facets ON interactions (tenant_id, origin_code, action_code, type_code, number);
    ELSE
        CREATE INDEX interactions_by_type ON interactions
            (tenant_id, type_code, number) INCLUDE (action_code, origin_code);
        CREATE INDEX interactions_by_action ON interactions
            (tenant_id, action_code, number) INCLUDE (type_code, origin_code);
        CREATE INDEX interactions_by_origin ON interactions
            (tenant_id, origin_code, number) INCLUDE (type_code, action_code);
    END IF;
END
$$;

ANALYZE interactions;
ANALYZE block_counts;
ANALYZE user_block_counts;
ANALYZE timeline;
