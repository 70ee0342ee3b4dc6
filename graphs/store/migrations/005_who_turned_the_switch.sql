-- Who turned a switch last.

ALTER TABLE switches ADD COLUMN turned_by TEXT NOT NULL DEFAULT '';
