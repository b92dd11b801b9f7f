-- Statements on the registry of read models, schema `projections`.

-- name: adopt_log
-- Make the given log the one this database belongs to, unless it belongs to one already.
INSERT INTO projections.log (log_id) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: replace_log
-- Make the given log the one this database belongs to.
INSERT INTO projections.log (log_id) VALUES ($1)
ON CONFLICT (only_row) DO UPDATE SET log_id = excluded.log_id, adopted_at = now();

-- name: known_log
-- The log this database belongs to.
SELECT log_id FROM projections.log;

-- name: add_model
-- Register a read model; nothing serves it yet.
INSERT INTO projections.models (service, name) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: serving
-- The generation that answers reads.
SELECT g.* FROM projections.models m
JOIN projections.generations g ON (g.service, g.name, g.generation) = (m.service, m.name, m.serving)
WHERE m.service = $1 AND m.name = $2;

-- name: lock_model
-- Hold a model's row against a switch; the row says which generation serves.
SELECT serving FROM projections.models WHERE service = $1 AND name = $2 FOR UPDATE;

-- name: share_model
-- Keep a model's serving generation from being switched until the transaction ends.
SELECT serving FROM projections.models WHERE service = $1 AND name = $2 FOR SHARE;

-- name: generation
-- One generation.
SELECT * FROM projections.generations WHERE service = $1 AND name = $2 AND generation = $3;

-- name: unfinished
-- The generation being built beside the serving one.
SELECT * FROM projections.generations
WHERE service = $1 AND name = $2 AND state IN ('filling', 'catching_up') ORDER BY generation DESC LIMIT 1;

-- name: living
-- The generations of a model whose tables are written, the serving one first.
SELECT * FROM projections.generations
WHERE service = $1 AND name = $2 AND state <> 'retired' ORDER BY state = 'serving' DESC, generation;

-- name: next_generation
-- The number of the next generation of a model; numbers are never used again.
UPDATE projections.models SET newest = newest + 1 WHERE service = $1 AND name = $2 RETURNING newest;

-- name: add_schema
-- Make the schema of a generation, and return its name.
SELECT projections.add_schema($1, $2, $3);

-- name: add_generation
-- Register a generation whose tables have just been created.
INSERT INTO projections.generations (service, name, generation, version, log_id, state)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING *;

-- name: set_state
-- Move a generation to its next state.
UPDATE projections.generations SET state = $4 WHERE service = $1 AND name = $2 AND generation = $3;

-- name: set_log
-- Let a generation follow another log, where its positions have been put.
UPDATE projections.generations SET log_id = $4 WHERE service = $1 AND name = $2 AND generation = $3;

-- name: retire
-- Let go of a generation: it serves nobody from now on.
UPDATE projections.generations SET state = 'retired', retired_at = now()
WHERE service = $1 AND name = $2 AND generation = $3;

-- name: serve
-- Let a generation answer reads.
UPDATE projections.models SET serving = $3 WHERE service = $1 AND name = $2;

-- name: droppable
-- Generations retired for at least so many seconds.
SELECT generation FROM projections.generations
WHERE service = $1 AND name = $2 AND state = 'retired' AND retired_at <= now() - make_interval(secs => $3);

-- name: may_drop
-- Whether the current role may drop a schema, which may be gone already.
SELECT NOT EXISTS (
    SELECT FROM pg_namespace AS n WHERE n.nspname = $1 AND NOT pg_has_role(n.nspowner, 'USAGE')
);

-- name: forget_generation
-- Remove a generation whose tables are gone.
DELETE FROM projections.generations WHERE service = $1 AND name = $2 AND generation = $3;

-- name: enter
-- Put a generation's tables on the search path of the transaction and bound how long it may hold them idle.
SELECT g.state, g.stopped_reason, g.parking_floor,
    set_config('search_path', $1, true),
    set_config('idle_in_transaction_session_timeout', $2, true)
FROM projections.generations g WHERE g.service = $3 AND g.name = $4 AND g.generation = $5;

-- name: read
-- See a model's serving generation through one tenant's eyes until the transaction ends.
SELECT g.generation, g.log_id = l.log_id AS same_log,
    set_config('waymark.tenant_id', $3, true),
    set_config('search_path', format('%I, %I', g.service || '_' || g.name || '_g' || g.generation, g.service), true)
FROM projections.models m
JOIN projections.generations g ON (g.service, g.name, g.generation) = (m.service, m.name, m.serving)
CROSS JOIN projections.log l
WHERE m.service = $1 AND m.name = $2;

-- name: stop
-- Stop a generation until an operator resumes it.
UPDATE projections.generations SET stopped_at = now(), stopped_reason = $1
WHERE service = $2 AND name = $3 AND generation = $4 AND stopped_at IS NULL;

-- name: resume
-- Let a stopped generation go on; what was parked below the floor no longer counts against it.
UPDATE projections.generations SET stopped_at = NULL, stopped_reason = NULL, parking_floor = $1
WHERE service = $2 AND name = $3 AND generation = $4;

-- name: set_progress
-- How far a rebuild is, in records.
UPDATE projections.generations SET done = $4, target = $5 WHERE service = $1 AND name = $2 AND generation = $3;

-- name: overview
-- Every serving generation with the rebuild asked for its model and how far that is, for operators.
SELECT g.*, r.reason AS rebuild_reason, r.claimed_by, r.failure, n.generation AS next_generation,
    n.state AS next_state, n.done AS next_done, n.target AS next_target
FROM projections.models m
JOIN projections.generations g ON (g.service, g.name, g.generation) = (m.service, m.name, m.serving)
LEFT JOIN projections.rebuilds r ON (r.service, r.name) = (m.service, m.name)
LEFT JOIN projections.generations n
    ON (n.service, n.name) = (m.service, m.name) AND n.state IN ('filling', 'catching_up')
ORDER BY g.service, g.name;
