-- What earlier versions created of a service's consumers, and who owns it.

-- name: schemas
-- The schemas of a service's generations that somebody else than `$2` owns.
SELECT n.nspname
FROM projections.generations AS g
JOIN pg_namespace AS n ON n.nspname = format('%s_%s_g%s', g.service, g.name, g.generation)
WHERE g.service = $1 AND n.nspowner <> $2::text::regrole
ORDER BY 1;

-- name: relations
-- The tables and sequences of a schema that somebody else than `$2` owns; a column's sequence comes with its table.
SELECT c.oid::regclass::text AS name, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind
FROM pg_class AS c
WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p', 'S') AND c.relowner <> $2::text::regrole
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S'
    )
ORDER BY 1;

-- name: functions
-- The functions of a schema that somebody else than `$2` owns.
SELECT p.oid::regprocedure::text AS name
FROM pg_proc AS p
WHERE p.pronamespace = to_regnamespace($1) AND p.proowner <> $2::text::regrole
ORDER BY 1;

-- name: reactor_tables
-- The library's tables of a service's reactors that somebody else than `$2` owns.
SELECT n.nspname, c.relname
FROM projections.reactors AS r
JOIN pg_namespace AS n ON n.nspname = r.service
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname IN (r.name || '_positions', r.name || '_parked')
WHERE r.service = $1 AND c.relowner <> $2::text::regrole
ORDER BY 1, 2;

-- name: tenantless
-- The tables of parked records, of generations and reactors, that have no column for the tenant. Never one of `$2`:
-- triggers that a service may have put on its own table would run as whoever sets the installation up.
SELECT n.nspname, c.relname
FROM (
    SELECT format('%s_%s_g%s', service, name, generation) AS nspname, 'parked' AS relname
    FROM projections.generations WHERE service = $1
    UNION ALL
    SELECT service, name || '_parked' FROM projections.reactors WHERE service = $1
) AS parked
JOIN pg_namespace AS n ON n.nspname = parked.nspname
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = parked.relname
WHERE c.relowner <> $2::text::regrole AND NOT EXISTS (
    SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
)
ORDER BY 1, 2;
