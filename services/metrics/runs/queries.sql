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

-- name: delete_runs
-- Remove the runs of a metric.
DELETE FROM metrics.runs WHERE tenant_id = $1 AND metric_id = $2;

-- name: purge_runs
-- Remove the runs that were over before a time.
DELETE FROM metrics.runs WHERE finished_at < $1;
