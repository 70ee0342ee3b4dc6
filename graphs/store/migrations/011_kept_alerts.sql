-- Alerts that started nothing, planned silence, and the senders that are expected to report in.

CREATE TABLE IF NOT EXISTS kept_alerts (
    ref TEXT NOT NULL,
    number INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    dedup_key TEXT NOT NULL,
    alert TEXT NOT NULL,
    became TEXT NOT NULL,
    why TEXT NOT NULL,
    run TEXT NOT NULL DEFAULT '',
    silent_until TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (ref, number)
);
CREATE INDEX IF NOT EXISTS kept_alerts_by_time ON kept_alerts (received_at, ref, number);
CREATE INDEX IF NOT EXISTS kept_alerts_in_silence ON kept_alerts (dedup_key) WHERE silent_until <> '';
CREATE TABLE IF NOT EXISTS silences (
    id TEXT PRIMARY KEY,
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    service TEXT NOT NULL DEFAULT '',
    environment TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL DEFAULT '',
    label_value TEXT NOT NULL DEFAULT '',
    dedup_key TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    set_by TEXT NOT NULL,
    why TEXT NOT NULL,
    set_at TEXT NOT NULL,
    feed TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS silences_by_end ON silences (ends_at);
CREATE TABLE IF NOT EXISTS heartbeats (
    source TEXT PRIMARY KEY,
    last_at TEXT NOT NULL
);
