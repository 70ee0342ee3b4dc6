-- What outgoing webhooks still have to be told, and what was forgotten.

CREATE TABLE IF NOT EXISTS outbox (
    endpoint TEXT NOT NULL,
    run TEXT NOT NULL,
    seq INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL,
    PRIMARY KEY (endpoint, run, seq)
);
CREATE INDEX IF NOT EXISTS outbox_by_time ON outbox (not_before);
CREATE TABLE IF NOT EXISTS tombstones (
    run TEXT PRIMARY KEY,
    received_at TEXT NOT NULL,
    forgotten_at TEXT NOT NULL,
    forgotten_by TEXT NOT NULL
);
-- Earlier incidents are looked up by what ended them.

CREATE INDEX IF NOT EXISTS events_that_are_post_mortems ON events (at) WHERE kind = 'post_mortem';
