-- Reads and writes of runs, and what they note at editions.

-- name: add_run
-- A run to be done.
INSERT INTO metrics.runs (tenant_id, id, metric_id, edition, kind, scope, wanted, cause, requested_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
RETURNING *;

-- name: join_run
-- Let the manual run of an edition that has not begun wait for further positions ($4) as well; no row without one.
UPDATE metrics.runs SET wanted = $4
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3 AND kind = 'manual' AND state = 'waiting'
RETURNING *;

-- name: get_run
-- One run of a metric.
SELECT * FROM metrics.runs WHERE tenant_id = $1 AND metric_id = $2 AND id = $3;

-- name: lock_run
-- One run, held against other writers until the transaction ends.
SELECT * FROM metrics.runs WHERE tenant_id = $1 AND id = $2 FOR UPDATE;

-- name: list_runs
-- The runs of a metric, newest first, before the id $3 (null: from the first): $4 rows.
SELECT * FROM metrics.runs
WHERE tenant_id = $1 AND metric_id = $2 AND ($3::uuid IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4::bigint;

-- name: count_runs
-- How many runs of a metric are kept.
SELECT count(*) FROM metrics.runs WHERE tenant_id = $1 AND metric_id = $2;

-- name: values_shown
-- How many values of a metric are shown.
SELECT coalesce(sum(e.value_count), 0)::bigint
FROM metrics.definitions AS d
JOIN metrics.editions AS e ON (e.tenant_id, e.metric_id, e.edition) = (d.tenant_id, d.id, d.serving)
WHERE d.tenant_id = $1 AND d.id = $2;

-- name: unfinished_runs
-- The runs of a metric that are not over, in the order of their ids.
SELECT * FROM metrics.runs
WHERE tenant_id = $1 AND metric_id = $2 AND state IN ('waiting', 'running')
ORDER BY id;

-- name: fail_runs
-- Let runs that are not over fail, for a reason.
UPDATE metrics.runs SET state = 'failed', error = $3, finished_at = now()
WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state IN ('waiting', 'running');

-- name: set_back_runs
-- Let runs that are not over wait to begin anew.
UPDATE metrics.runs
SET state = 'waiting', at = NULL, generation = NULL, cursor_customer = '', cursor_dims = '', keys_done = 0, changed = 0
WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state IN ('waiting', 'running');

-- name: begin_run
-- Let a run begin as of an instant ($3), or begin anew, from a generation ($4); it has $5 keys.
UPDATE metrics.runs
SET state = 'running', at = $3, generation = $4, keys_total = $5, started_at = coalesce(started_at, now()),
    cursor_customer = '', cursor_dims = '', keys_done = 0, changed = 0
WHERE tenant_id = $1 AND id = $2;

-- name: advance_run
-- Note that the keys up to a cursor ($3, $4) are computed: $5 more, of which $6 changed.
UPDATE metrics.runs
SET cursor_customer = $3, cursor_dims = $4, keys_done = keys_done + $5, changed = changed + $6
WHERE tenant_id = $1 AND id = $2;

-- name: finish_run
-- Note that a run is done, and how many values ($3) its edition has.
UPDATE metrics.runs SET state = 'done', value_count = $3, error = NULL, finished_at = now()
WHERE tenant_id = $1 AND id = $2;

-- name: retry_run
-- Note why an attempt ended; another follows.
UPDATE metrics.runs SET attempt = attempt + 1, error = $3 WHERE tenant_id = $1 AND id = $2;

-- name: note_computed
-- Note up to when the values of an edition are up to date, and from which generation all of them are (null: as before).
UPDATE metrics.editions
SET computed_at = greatest(computed_at, $4), generation = coalesce($5, generation)
WHERE tenant_id = $1 AND metric_id = $2 AND edition = $3;

-- name: from_other_generations
-- The serving editions of active metrics whose values are not all of the generation $1, and that no run renews.
SELECT e.tenant_id, e.metric_id, e.edition
FROM metrics.editions AS e
JOIN metrics.definitions AS d ON (d.tenant_id, d.id) = (e.tenant_id, e.metric_id)
WHERE e.state = 'serving' AND d.status = 'active' AND e.generation IS DISTINCT FROM $1 AND NOT EXISTS (
    SELECT FROM metrics.runs AS r
    WHERE (r.tenant_id, r.metric_id, r.edition) = (e.tenant_id, e.metric_id, e.edition)
        AND r.scope = 'all' AND r.state IN ('waiting', 'running')
)
FOR NO KEY UPDATE OF e SKIP LOCKED;

-- name: delete_runs
-- Remove the runs of a metric.
DELETE FROM metrics.runs WHERE tenant_id = $1 AND metric_id = $2;

-- name: purge_runs
-- Remove the runs that have been over for longer than an interval.
DELETE FROM metrics.runs WHERE finished_at < now() - $1::interval;
