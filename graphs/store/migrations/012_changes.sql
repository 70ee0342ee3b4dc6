-- The ledger of changes: releases, settings, flags, migrations and so on, as drivers, senders and people report them.

CREATE TABLE IF NOT EXISTS changes (
    reporter TEXT NOT NULL,
    id TEXT NOT NULL,
    service TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    reported_at TEXT NOT NULL,
    what TEXT NOT NULL,
    made_by TEXT NOT NULL DEFAULT '',
    old TEXT NOT NULL DEFAULT '',
    new TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    environment TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL,
    link TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (reporter, id, service)
);
CREATE INDEX IF NOT EXISTS changes_by_service ON changes (service, at);
CREATE INDEX IF NOT EXISTS changes_by_time ON changes (at);
CREATE INDEX IF NOT EXISTS changes_by_report ON changes (reported_at);
