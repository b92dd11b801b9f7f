-- What requests know of the executors.

-- name: waiting
-- The starts that wait at executors that told so lately, and for how many seconds the oldest has.
SELECT
    coalesce(sum(waiting), 0)::bigint AS waiting,
    coalesce(extract(epoch FROM now() - min(oldest_waiting_at)), 0)::float8 AS oldest_s
FROM workflows.executors
WHERE told_at > now() - interval '10 seconds';
