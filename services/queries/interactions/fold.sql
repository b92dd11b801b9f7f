-- name: add_facets
-- Give codes to resource types, actions and origins not met before. In key order, so that two writers cannot deadlock.
INSERT INTO facets (tenant_id, kind, id, mnemonic)
SELECT met.tenant_id, met.kind, met.id, met.mnemonic
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) AS met (tenant_id, kind, id, mnemonic)
WHERE NOT EXISTS (
    SELECT FROM facets AS f WHERE f.tenant_id = met.tenant_id AND f.kind = met.kind AND f.id = met.id
)
ORDER BY met.tenant_id, met.kind, met.id
ON CONFLICT DO NOTHING;

-- name: facet_codes
-- The codes of those resource types, actions and origins that have one.
SELECT f.tenant_id, f.kind, f.id::text, f.code
FROM unnest($1::text[], $2::text[], $3::uuid[]) AS met (tenant_id, kind, id)
JOIN facets AS f ON f.tenant_id = met.tenant_id AND f.kind = met.kind AND f.id = met.id;

-- name: add_rows
-- Of what is arriving, add the interactions that are new and, where $1 says so, count those, and only those: by blocks
-- and users at once, by time in `timeline_recent`. Counters are written in key order, so that two writers cannot
-- deadlock. The answer: how many were new, and what lay in `timeline_recent` before.
WITH fresh AS (
    INSERT INTO interactions (
        tenant_id, number, interaction_id, created_at, event_at, interaction_at, type_code, action_code, origin_code,
        sequence_index, resource_id, uow_id, user_id, external_reference, span_id, parent_span_id,
        interaction, external_response, long_texts
    )
    SELECT
        s.tenant_id, s.number, s.interaction_id, s.created_at, coalesce(s.interaction_at, s.created_at),
        s.interaction_at, s.type_code, s.action_code, s.origin_code, s.sequence_index, s.resource_id, s.uow_id,
        s.user_id, s.external_reference, s.span_id, s.parent_span_id, s.interaction::json, s.external_response::json,
        s.long_texts::json
    FROM pg_temp.arriving AS s
    ORDER BY s.tenant_id, s.number
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, number, created_at, event_at, type_code, action_code, origin_code, user_id
), blocks AS (
    INSERT INTO block_counts AS c (tenant_id, type_code, action_code, origin_code, block, n)
    SELECT
        tenant_id, coalesce(type_code, 0), coalesce(action_code, 0), coalesce(origin_code, 0), number >> 14, count(*)
    FROM fresh
    WHERE $1::boolean
    GROUP BY tenant_id, number >> 14, CUBE (type_code, action_code, origin_code)
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (tenant_id, type_code, action_code, origin_code, block) DO UPDATE SET n = c.n + excluded.n
), users AS (
    INSERT INTO user_block_counts AS c (tenant_id, user_id, block, n)
    SELECT tenant_id, user_id, number >> 18, count(*)
    FROM fresh
    WHERE $1::boolean AND user_id IS NOT NULL
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (tenant_id, user_id, block) DO UPDATE SET n = c.n + excluded.n
), recent AS (
    INSERT INTO timeline_recent (tenant_id, n, accepted, happened, type_codes, action_codes, origin_codes)
    SELECT
        tenant_id, count(*), array_agg(quarter_of(created_at)), array_agg(quarter_of(event_at)), array_agg(type_code),
        array_agg(action_code), array_agg(origin_code)
    FROM fresh
    WHERE $1::boolean
    GROUP BY tenant_id
)
SELECT
    (SELECT count(*) FROM fresh) AS added,
    (SELECT coalesce(sum(n), 0) FROM timeline_recent) AS waiting,
    (SELECT count(*) FROM timeline_recent) AS waiting_rows;

-- name: claim_merge
-- Whether this transaction may merge; it may until it ends, and no other may meanwhile. If so, it may take the memory
-- for it: counting all subsets in the default 4 MB goes through temporary files.
SELECT
    pg_try_advisory_xact_lock('timeline_recent'::regclass::oid::bigint)
    AND set_config('work_mem', '32MB', true) IS NOT NULL;

-- name: merge_recent
-- Count in `timeline` what `timeline_recent` holds, and forget it there.
WITH taken AS (
    DELETE FROM timeline_recent
    RETURNING tenant_id, accepted, happened, type_codes, action_codes, origin_codes
), recorded AS (
    SELECT
        tenant_id, unnest(accepted) AS accepted, unnest(happened) AS happened, unnest(type_codes) AS type_code,
        unnest(action_codes) AS action_code, unnest(origin_codes) AS origin_code
    FROM taken
), moments AS (
    SELECT tenant_id, false AS by_event, type_code, action_code, origin_code, accepted AS quarter FROM recorded
    UNION ALL
    SELECT tenant_id, true, type_code, action_code, origin_code, happened FROM recorded
), quarters AS (
    SELECT tenant_id, by_event, type_code, action_code, origin_code, quarter, count(*) AS n
    FROM moments
    GROUP BY 1, 2, 3, 4, 5, 6
), subsets AS (
    SELECT
        tenant_id, by_event, coalesce(type_code, 0) AS type_code, coalesce(action_code, 0) AS action_code,
        coalesce(origin_code, 0) AS origin_code, day_of(quarter) AS day, quarter - day_of(quarter) * 96 AS place,
        sum(n)::integer AS n
    FROM quarters
    GROUP BY tenant_id, by_event, quarter, CUBE (type_code, action_code, origin_code)
)
INSERT INTO timeline AS t (tenant_id, by_event, type_code, action_code, origin_code, day, n, quarters)
SELECT
    tenant_id, by_event, type_code, action_code, origin_code, day, sum(n), quarters_of(array_agg(place), array_agg(n))
FROM subsets
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6
ON CONFLICT (tenant_id, by_event, type_code, action_code, origin_code, day) DO UPDATE
SET n = t.n + excluded.n, quarters = quarters_sum(t.quarters, excluded.quarters);

-- name: add_voids
-- Keep numbers declared void. Whether a recorded interaction holds the number after all is settled when read.
INSERT INTO voids (tenant_id, number, reason, at)
SELECT v.tenant_id, v.number, v.reason, v.at
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[]) AS v (tenant_id, number, reason, at)
ORDER BY v.tenant_id, v.number
ON CONFLICT DO NOTHING;

-- name: add_duplicates
-- Of records that were not added: keep the numbers whose id another number shows.
INSERT INTO duplicates (tenant_id, number, duplicate_of, at)
SELECT r.tenant_id, r.number, i.number, r.at
FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::timestamptz[]) AS r (tenant_id, number, interaction_id, at)
JOIN interactions AS i ON i.tenant_id = r.tenant_id AND i.interaction_id = r.interaction_id
WHERE i.number <> r.number
ORDER BY r.tenant_id, r.number
ON CONFLICT DO NOTHING;

-- name: taken_number
-- A record that was not added although its id is unknown: its number belongs to another id.
SELECT r.tenant_id, r.number
FROM unnest($1::text[], $2::bigint[], $3::uuid[]) AS r (tenant_id, number, interaction_id)
WHERE NOT EXISTS (
    SELECT FROM interactions AS i WHERE i.tenant_id = r.tenant_id AND i.interaction_id = r.interaction_id
)
LIMIT 1;
