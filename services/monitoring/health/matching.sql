-- Looks at the read model `matches`; the schema of its generation is first on the search path.

-- name: open_now
-- How many matches of a definition are open.
SELECT coalesce(sum(n), 0)::bigint FROM open_matches WHERE tenant_id = $1 AND definition_id = $2;

-- name: lost
-- Records of a definition that came late, or found no room for a match, by minutes since the epoch, $3 up to but not
-- including $4.
SELECT coalesce(sum(late), 0)::bigint AS late, coalesce(sum(not_opened), 0)::bigint AS not_opened
FROM counts
WHERE tenant_id = $1 AND definition_id = $2 AND minute >= $3 AND minute < $4 AND (late > 0 OR not_opened > 0);
