-- Statements of backups and restores: over the catalogue of PostgreSQL, over the registry of read models, over the log.

-- name: tables
-- The tables of some schemas, their columns but for generated ones, and their sizes in bytes.
SELECT n.nspname AS schema, c.relname AS name, pg_table_size(c.oid) AS size,
    array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname = ANY ($1)
GROUP BY n.nspname, c.relname, c.oid
ORDER BY 1, 2;

-- name: sequences
-- The sequences of some schemas, with their owners.
SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname = ANY ($1) ORDER BY 1;

-- name: owners
-- The tables of some schemas, with their owners, and whether row-level security holds for these too.
SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner)::text AS owner,
    c.relforcerowsecurity AS is_forced
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1);

-- name: our_schemas
-- The schemas of these names, and of their read models, which come first.
SELECT nspname::text AS name, pg_get_userbyid(nspowner)::text AS owner
FROM pg_namespace
WHERE nspname = ANY ($1) OR (nspname ~ '_g[0-9]+$' AND split_part(nspname, '_', 1) = ANY ($1))
ORDER BY nspname = ANY ($1), 1;

-- name: references
-- The foreign keys of some schemas' tables, but for those of a table to itself.
SELECT cn.nspname || '.' || child.relname AS child, pn.nspname || '.' || parent.relname AS parent
FROM pg_constraint AS c
JOIN pg_class AS child ON child.oid = c.conrelid JOIN pg_namespace AS cn ON cn.oid = child.relnamespace
JOIN pg_class AS parent ON parent.oid = c.confrelid JOIN pg_namespace AS pn ON pn.oid = parent.relnamespace
WHERE c.contype = 'f' AND c.conrelid <> c.confrelid AND cn.nspname = ANY ($1);

-- name: filled_schemas
-- What is in a database beside PostgreSQL and its extensions: schemas, each with the number of its tables and views.
SELECT n.nspname::text AS name, count(c.oid) AS tables
FROM pg_namespace AS n
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT EXISTS (
    SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
)
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
    SELECT FROM pg_depend AS d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
)
GROUP BY n.nspname HAVING n.nspname <> 'public' OR count(c.oid) > 0
ORDER BY 1;

-- name: serving_models
-- The read models, each by the generation that serves.
SELECT m.service, m.name, g.generation, g.version
FROM projections.models AS m
JOIN projections.generations AS g ON (g.service, g.name, g.generation) = (m.service, m.name, m.serving)
ORDER BY 1, 2;

-- name: reactors
-- The reactors that were ever started.
SELECT service, name FROM projections.reactors ORDER BY 1, 2;

-- name: layout
-- The layout of a log that lies in this database; no row where it lies elsewhere.
SELECT layout FROM log.identity WHERE id::text = $1;

-- name: generations
-- Every generation of every read model.
SELECT service, name, generation FROM projections.generations;

-- name: outdate
-- Give a generation a version that no program has, so that the next start fills another.
UPDATE projections.generations SET version = 0 WHERE service = $1 AND name = $2 AND generation = $3;

-- name: set_next_value
-- Let a sequence give this value next.
SELECT setval($1::text::regclass, $2, false);

-- name: lift_limits
-- Let the session take as long as it does, whatever was set for the login or the database. Which of these limits a
-- server knows depends on its version.
SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN (
    'statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout'
);
