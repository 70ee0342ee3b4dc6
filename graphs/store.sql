-- Everything Warroom keeps, beside LangGraph's checkpoints. Times are UTC in ISO 8601, JSON is text.

-- name: create_tables#
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY,
    received_at TEXT NOT NULL,
    alert TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    is_open INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS runs_by_dedup_key ON runs (dedup_key, is_open);
CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL REFERENCES runs (id),
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    role TEXT NOT NULL,
    duty TEXT NOT NULL,
    rows TEXT NOT NULL,
    payload TEXT NOT NULL,
    event_key TEXT NOT NULL,
    ref TEXT NOT NULL,
    PRIMARY KEY (run, seq),
    UNIQUE (run, event_key)
);
CREATE TABLE IF NOT EXISTS wakeups (
    wakeup_key TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    lane TEXT NOT NULL,
    reason TEXT NOT NULL,
    not_before TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS wakeups_by_time ON wakeups (not_before);
CREATE TABLE IF NOT EXISTS questions (
    run TEXT NOT NULL REFERENCES runs (id),
    id TEXT NOT NULL,
    lane TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT,
    answered_at TEXT,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, id)
);

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
RETURNING seq;

-- name: event_under_key^
SELECT * FROM events WHERE run = :run AND event_key = :event_key;

-- name: events_after
SELECT * FROM events WHERE run = :run AND seq > :seq ORDER BY seq LIMIT :most;

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
