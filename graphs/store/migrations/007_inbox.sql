-- Deliveries are an inbox too: what was not taken in yet is taken in after the next start.

ALTER TABLE deliveries ADD COLUMN headers TEXT NOT NULL DEFAULT '{}';
ALTER TABLE deliveries ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN taken INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS deliveries_that_wait ON deliveries (received_at) WHERE waits = 1;
