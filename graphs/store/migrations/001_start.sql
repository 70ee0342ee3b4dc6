-- The tables that Warroom starts with. IF NOT EXISTS: a store from before there were numbered migrations is taken over.
-- Plain SQL that SQLite and PostgreSQL both read. Times are UTC in ISO 8601, of one width; JSON is text.

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
