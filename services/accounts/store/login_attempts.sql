-- Login attempts counted per subject (an e-mail, an address, or both) in windows that begin with their first.

-- name: count_attempts
-- Count one more attempt for each subject in $1, beginning anew where the window ended before $3; the counts.
INSERT INTO accounts.login_attempts AS a (subject, window_start, attempts)
SELECT subject, $2, 1 FROM unnest($1::text[]) AS subject ORDER BY subject
ON CONFLICT (subject) DO UPDATE SET
    window_start = CASE WHEN a.window_start <= $3 THEN $2 ELSE a.window_start END,
    attempts = CASE WHEN a.window_start <= $3 THEN 1 ELSE a.attempts + 1 END
RETURNING subject, window_start, attempts;

-- name: forgive
-- Forget what was counted for the subjects.
DELETE FROM accounts.login_attempts WHERE subject = ANY ($1::text[]);

-- name: purge_attempts
-- Remove windows that ended before a moment.
DELETE FROM accounts.login_attempts WHERE window_start <= $1;
