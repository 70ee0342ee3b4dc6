-- Which alarm belongs to which run; and the queue of a storm.

CREATE TABLE IF NOT EXISTS alarms (
    run TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    alert TEXT NOT NULL,
    service TEXT NOT NULL,
    environment TEXT NOT NULL,
    group_key TEXT NOT NULL,
    is_firing INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    turns TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (run, dedup_key)
);
CREATE INDEX IF NOT EXISTS alarms_by_key ON alarms (dedup_key, last_at);
CREATE INDEX IF NOT EXISTS alarms_by_service ON alarms (service, last_at);
CREATE INDEX IF NOT EXISTS alarms_by_group ON alarms (group_key, last_at) WHERE group_key <> '';
INSERT INTO alarms (run, dedup_key, alert, service, environment, group_key, is_firing, last_at)
SELECT id, dedup_key, alert, '', '', '', 1, received_at FROM runs;
ALTER TABLE runs ADD COLUMN parent TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN queued INTEGER NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (received_at);
CREATE INDEX IF NOT EXISTS runs_by_parent ON runs (parent) WHERE parent <> '';
CREATE INDEX IF NOT EXISTS runs_in_the_queue ON runs (queued, received_at) WHERE queued > 0;
CREATE INDEX IF NOT EXISTS events_that_end_an_investigation ON events (run)
WHERE kind IN ('conclusion', 'cancelled', 'closed');
