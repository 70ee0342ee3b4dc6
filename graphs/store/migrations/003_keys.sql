-- Who may come in, what they may do there, and what was answered to a request that may be sent again.

CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    per_minute INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    revoked_at TEXT
);
CREATE TABLE IF NOT EXISTS sessions (
    hash TEXT PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES keys (id),
    ends_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS receipts (
    caller TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    answer TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (caller, idempotency_key)
);
CREATE INDEX IF NOT EXISTS receipts_by_time ON receipts (at);
