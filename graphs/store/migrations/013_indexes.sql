-- What is looked up often is found by an index, however much is kept.

CREATE INDEX IF NOT EXISTS alarms_that_fire ON alarms (last_at) WHERE is_firing = 1;
CREATE INDEX IF NOT EXISTS runs_that_are_open ON runs (received_at) WHERE is_open = 1;
DROP INDEX IF EXISTS runs_by_parent;
CREATE INDEX IF NOT EXISTS runs_of_storms ON runs (parent, queued, received_at, id, unseen) WHERE parent <> '';
CREATE INDEX IF NOT EXISTS runs_from_the_queue ON runs (queued, is_open) WHERE parent <> '';
CREATE INDEX IF NOT EXISTS wakeups_by_run ON wakeups (run, lane);
CREATE INDEX IF NOT EXISTS questions_that_wait ON questions (run, asked_at) WHERE answer IS NULL AND withdrawn = 0;
CREATE INDEX IF NOT EXISTS events_that_close ON events (at) WHERE event_key = 'closed';
CREATE INDEX IF NOT EXISTS events_that_are_intents ON events (at) WHERE kind = 'intent';
CREATE INDEX IF NOT EXISTS events_that_are_model_answers ON events (at) WHERE kind = 'model_answer';
CREATE INDEX IF NOT EXISTS kept_alerts_by_end_of_silence ON kept_alerts (silent_until) WHERE silent_until <> '';
CREATE INDEX IF NOT EXISTS kept_alerts_by_run ON kept_alerts (run) WHERE run <> '';
CREATE INDEX IF NOT EXISTS outbox_by_run ON outbox (run);
CREATE INDEX IF NOT EXISTS deliveries_by_time ON deliveries (received_at);
CREATE INDEX IF NOT EXISTS sessions_by_end ON sessions (ends_at);
