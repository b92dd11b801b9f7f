-- Statements on the rebuilds asked for, schema `projections`.

-- name: request
-- Ask for a rebuild; one that failed is asked for again, one under way stays as it is.
INSERT INTO projections.rebuilds (service, name, reason, from_retained) VALUES ($1, $2, $3, $4)
ON CONFLICT (service, name) DO UPDATE SET
    reason = excluded.reason, from_retained = excluded.from_retained, requested_at = now(),
    claimed_by = NULL, claimed_until = NULL, failed_at = NULL, failure = NULL
    WHERE projections.rebuilds.failed_at IS NOT NULL
RETURNING true;

-- name: request_once
-- Ask for a rebuild unless one is under way, or the one for the same reason failed.
INSERT INTO projections.rebuilds (service, name, reason, from_retained) VALUES ($1, $2, $3, false)
ON CONFLICT (service, name) DO UPDATE SET
    reason = excluded.reason, from_retained = excluded.from_retained, requested_at = now(),
    claimed_by = NULL, claimed_until = NULL, failed_at = NULL, failure = NULL
    WHERE projections.rebuilds.failed_at IS NOT NULL AND projections.rebuilds.reason <> excluded.reason;

-- name: request_all
-- Ask for a rebuild of every model, whatever was asked for before.
INSERT INTO projections.rebuilds (service, name, reason, from_retained)
SELECT service, name, $1, true FROM projections.models WHERE serving IS NOT NULL
ON CONFLICT (service, name) DO UPDATE SET
    reason = excluded.reason, from_retained = excluded.from_retained, requested_at = now(),
    claimed_by = NULL, claimed_until = NULL, failed_at = NULL, failure = NULL;

-- name: is_known
-- Whether there is such a read model.
SELECT EXISTS (SELECT FROM projections.models WHERE service = $1 AND name = $2);

-- name: is_reactor
-- Whether there is a reactor of that name.
SELECT EXISTS (SELECT FROM projections.reactors WHERE service = $1 AND name = $2);

-- name: is_wanted
-- Whether a rebuild is asked for and has not failed.
SELECT EXISTS (SELECT FROM projections.rebuilds WHERE service = $1 AND name = $2 AND failed_at IS NULL);

-- name: claim
-- Take the rebuild on, or keep it, for so many seconds; a claim that ran out is free.
UPDATE projections.rebuilds SET claimed_by = $3, claimed_until = now() + make_interval(secs => $4)
WHERE service = $1 AND name = $2 AND failed_at IS NULL
    AND (claimed_until IS NULL OR claimed_until < now() OR claimed_by = $3)
RETURNING from_retained, reason;

-- name: fail
-- Give the rebuild up, saying why.
UPDATE projections.rebuilds SET failed_at = now(), failure = $3 WHERE service = $1 AND name = $2;

-- name: done
-- The rebuild is over.
DELETE FROM projections.rebuilds WHERE service = $1 AND name = $2;
