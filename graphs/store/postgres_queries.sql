-- What PostgreSQL needs otherwise than queries.sql has it: a wake-up also defers a job, in the same transaction.

-- name: add_wakeup!
WITH added AS (
    INSERT INTO wakeups (wakeup_key, run, lane, reason, not_before)
    VALUES (:wakeup_key, :run, :lane, :reason, :not_before)
    ON CONFLICT (wakeup_key) DO NOTHING
    RETURNING run, lane, not_before
)
SELECT warroom_defer_turn(run, lane, not_before) FROM added;

-- name: put_off_wakeup!
WITH put_off AS (
    UPDATE wakeups SET not_before = :not_before WHERE wakeup_key = :wakeup_key RETURNING run, lane, not_before
)
SELECT warroom_defer_turn(run, lane, not_before) FROM put_off;
