-- What is asked of the store, in SQL that SQLite and PostgreSQL both read. The tables are made by migrations/.

-- name: add_run!
INSERT INTO runs (id, received_at, alert, dedup_key) VALUES (:id, :received_at, :alert, :dedup_key);

-- name: close_run!
UPDATE runs SET is_open = 0 WHERE id = :id;

-- name: open_run_of^
SELECT id FROM runs WHERE dedup_key = :dedup_key AND is_open = 1 ORDER BY received_at DESC LIMIT 1;

-- name: run_exists^
SELECT id FROM runs WHERE id = :id;

-- name: run_ids
SELECT id FROM runs ORDER BY received_at DESC, id DESC LIMIT :most;

-- name: open_run_ids
SELECT id FROM runs WHERE is_open = 1 ORDER BY received_at;

-- name: add_event^
INSERT INTO events (run, seq, at, kind, lane, role, duty, rows, payload, event_key, ref)
SELECT :run, COALESCE(MAX(seq), 0) + 1, :at, :kind, :lane, :role, :duty, :rows, :payload, :event_key, :ref
FROM events WHERE run = :run
RETURNING *;

-- name: event_under_key^
SELECT * FROM events WHERE run = :run AND event_key = :event_key;

-- name: events_after
SELECT * FROM events WHERE run = :run AND seq > :seq ORDER BY seq
LIMIT CASE WHEN :most < 0 THEN 9223372036854775807 ELSE :most END;

-- name: kinds_after
SELECT kind, duty FROM events WHERE run = :run AND seq > :seq;

-- name: told_by_people
SELECT * FROM events WHERE run = :run AND kind IN ('instruction', 'hold', 'resume') ORDER BY seq;

-- name: add_wakeup!
INSERT INTO wakeups (wakeup_key, run, lane, reason, not_before)
VALUES (:wakeup_key, :run, :lane, :reason, :not_before)
ON CONFLICT (wakeup_key) DO NOTHING;

-- name: due_wakeups
SELECT wakeup_key, run, lane, reason, not_before FROM wakeups WHERE not_before <= :now ORDER BY not_before;

-- name: next_wakeup^
SELECT MIN(not_before) AS not_before FROM wakeups WHERE not_before > :now;

-- name: remove_wakeup!
DELETE FROM wakeups WHERE wakeup_key = :wakeup_key;

-- name: put_off_wakeup!
UPDATE wakeups SET not_before = :not_before WHERE wakeup_key = :wakeup_key;

-- name: add_question!
INSERT INTO questions (run, id, lane, asked_at, question) VALUES (:run, :id, :lane, :asked_at, :question)
ON CONFLICT (run, id) DO NOTHING;

-- name: question^
SELECT * FROM questions WHERE run = :run AND id = :id;

-- name: answer_question!
UPDATE questions SET answer = :answer, answered_at = :answered_at
WHERE run = :run AND id = :id AND answer IS NULL AND withdrawn = 0;

-- name: withdraw_question!
UPDATE questions SET withdrawn = 1 WHERE run = :run AND id = :id AND answer IS NULL;

-- name: switch^
SELECT state FROM switches WHERE name = :name;

-- name: set_switch!
INSERT INTO switches (name, state) VALUES (:name, :state)
ON CONFLICT (name) DO UPDATE SET state = excluded.state;

-- What `warroom doctor` looks at.

-- name: latest_event^
SELECT MAX(at) AS at FROM events;

-- name: effects_without_outcome
SELECT run, seq, at, lane, payload FROM events AS intent
WHERE kind = 'intent' AND at <= :before AND NOT EXISTS (
    SELECT 1 FROM events AS told
    WHERE told.run = intent.run AND told.event_key IN (
        SUBSTR(intent.event_key, 1, LENGTH(intent.event_key) - 6) || 'result',
        SUBSTR(intent.event_key, 1, LENGTH(intent.event_key) - 6) || 'outbound'
    )
)
ORDER BY at;

-- name: runs_nobody_wakes
SELECT id FROM runs
WHERE is_open = 1
AND (
    NOT EXISTS (SELECT 1 FROM wakeups WHERE wakeups.run = runs.id)
    OR (
        NOT EXISTS (SELECT 1 FROM wakeups WHERE wakeups.run = runs.id AND wakeups.lane = 'main')
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.run = runs.id AND events.event_key = 'main/done')
    )
)
AND NOT EXISTS (
    SELECT 1 FROM questions
    WHERE questions.run = runs.id AND questions.lane = 'main' AND answer IS NULL AND withdrawn = 0
)
ORDER BY received_at;

-- name: failing_turns
SELECT run, lane, COUNT(*) AS times, MAX(seq) AS seq FROM events AS failed
WHERE kind = 'error' AND run IN (SELECT id FROM runs WHERE is_open = 1) AND seq > (
    SELECT COALESCE(MAX(seq), 0) FROM events AS done
    WHERE done.run = failed.run AND done.lane = failed.lane AND done.kind <> 'error'
)
GROUP BY run, lane
ORDER BY run, lane;

-- name: lanes_without_wakeup
SELECT runs.id AS run, lanes.lane AS lane FROM runs
CROSS JOIN (SELECT 'main' AS lane UNION ALL SELECT 'communication' UNION ALL SELECT 'escalation') AS lanes
WHERE runs.is_open = 1
AND NOT EXISTS (SELECT 1 FROM wakeups WHERE wakeups.run = runs.id AND wakeups.lane = lanes.lane)
AND NOT EXISTS (SELECT 1 FROM events WHERE events.run = runs.id AND events.event_key = lanes.lane || '/done')
ORDER BY runs.received_at;
