-- What PostgreSQL needs otherwise than queries.sql has it: a wake-up also defers a job, in the same transaction.

-- name: add_wakeup!
WITH added AS (
    INSERT INTO wakeups (wakeup_key, run, lane, reason, not_before)
    SELECT :wakeup_key, :run, :lane, :reason, :not_before
    WHERE NOT EXISTS (SELECT 1 FROM events WHERE run = :run AND event_key = :unless_event)
    ON CONFLICT (wakeup_key) DO NOTHING
    RETURNING run, lane, not_before
)
SELECT warroom_defer_turn(run, lane, not_before) FROM added;

-- name: put_off_wakeup!
WITH put_off AS (
    UPDATE wakeups SET not_before = :not_before WHERE wakeup_key = :wakeup_key RETURNING run, lane, not_before
)
SELECT warroom_defer_turn(run, lane, not_before) FROM put_off;

-- In the order of the index, until there is one: no MIN() goes that way here.

-- name: earliest_wakeup^
SELECT (
    SELECT not_before FROM wakeups WHERE NOT EXISTS (
        SELECT 1 FROM questions WHERE questions.run = wakeups.run AND questions.lane = wakeups.lane
        AND questions.id LIKE 'fault-%' AND answer IS NULL AND withdrawn = 0
    ) ORDER BY not_before LIMIT 1
) AS not_before;

-- Workflows that are due while nobody takes their turn.

-- name: due_without_job
SELECT run, lane FROM wakeups WHERE not_before <= :before AND NOT EXISTS (
    SELECT 1 FROM questions WHERE questions.run = wakeups.run AND questions.lane = wakeups.lane
    AND questions.id LIKE 'fault-%' AND answer IS NULL AND withdrawn = 0
)
EXCEPT
SELECT args->>'run', args->>'lane' FROM procrastinate_jobs
WHERE status = 'todo' AND task_name = 'warroom.turn' AND (scheduled_at IS NULL OR scheduled_at <= NOW());

-- name: held_locks
SELECT (classid::BIGINT << 32) | objid::BIGINT AS number FROM pg_locks WHERE locktype = 'advisory' AND granted;

-- name: defer_turn^
SELECT warroom_defer_turn(:run, :lane, '1970-01-01T00:00:00Z') AS deferred;

-- name: delete_jobs_of_dead_workers!
DELETE FROM procrastinate_jobs AS job WHERE status = 'doing' AND task_name = 'warroom.turn' AND NOT EXISTS (
    SELECT 1 FROM procrastinate_workers AS worker
    WHERE worker.id = job.worker_id AND last_heartbeat > NOW() - make_interval(secs => :seconds)
);

-- The requests that each key may still send: a bucket that fills up within a minute.

-- name: take_from_bucket^
INSERT INTO rate_buckets AS bucket (key, amount, at, taken)
VALUES (:key, :per_minute::DOUBLE PRECISION - 1, clock_timestamp(), TRUE)
ON CONFLICT (key) DO UPDATE SET
amount = CASE WHEN warroom_filled(bucket, :per_minute) >= 1 THEN warroom_filled(bucket, :per_minute) - 1
ELSE warroom_filled(bucket, :per_minute) END,
taken = warroom_filled(bucket, :per_minute) >= 1, at = clock_timestamp()
RETURNING amount, taken;

-- Which older Warroom works on this schema.

-- name: works_for^
SELECT oldest FROM schema_works_for;

-- name: set_works_for!
INSERT INTO schema_works_for (only_one, oldest) VALUES (TRUE, :oldest)
ON CONFLICT (only_one) DO UPDATE SET oldest = excluded.oldest;

-- What `warroom doctor` looks at.

-- name: live_workers^
SELECT COUNT(*) AS workers FROM procrastinate_workers WHERE last_heartbeat > NOW() - make_interval(secs => :seconds);
