-- What alert senders delivered, as it came: compressed, in base64.

CREATE TABLE IF NOT EXISTS deliveries (
    ref TEXT PRIMARY KEY,
    received_at TEXT NOT NULL,
    source TEXT NOT NULL,
    proof TEXT NOT NULL,
    size INTEGER NOT NULL,
    body TEXT NOT NULL
);
