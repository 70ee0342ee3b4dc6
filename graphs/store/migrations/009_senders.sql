-- Keys that are for one sender, who proved to have sent a delivery, and incidents that were closed without anyone looking.

ALTER TABLE keys ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS runs_closed_unseen ON runs (received_at) WHERE unseen = 1;
