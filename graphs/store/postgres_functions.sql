-- What is only on PostgreSQL: made anew by every migration.

CREATE OR REPLACE FUNCTION warroom_defer_turn(run TEXT, lane TEXT, not_before TEXT) RETURNS BIGINT LANGUAGE sql AS $$
    SELECT CARDINALITY(procrastinate_defer_jobs_v1(ARRAY[ROW(
        'turns', 'warroom.turn', 0, NULL, NULL, jsonb_build_object('run', run, 'lane', lane),
        CASE WHEN not_before::TIMESTAMPTZ > NOW() THEN not_before::TIMESTAMPTZ END
    )]::procrastinate_job_to_defer_v1[]))::BIGINT
$$;

-- Whose loss harms nobody: after a crash of the server every bucket is full.

CREATE UNLOGGED TABLE IF NOT EXISTS rate_buckets (
    key TEXT COLLATE "C" PRIMARY KEY,
    amount DOUBLE PRECISION NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    taken BOOLEAN NOT NULL
);
CREATE OR REPLACE FUNCTION warroom_filled(bucket rate_buckets, per_minute DOUBLE PRECISION)
RETURNS DOUBLE PRECISION LANGUAGE sql STABLE AS $$
    SELECT LEAST(per_minute, bucket.amount + EXTRACT(EPOCH FROM NOW() - bucket.at) * per_minute / 60)
$$;

-- What the public status page shows: few of very many events, which the server would otherwise read all.

CREATE INDEX IF NOT EXISTS events_that_publish ON events (run) WHERE kind = 'outbound' AND duty = 'update_status_page';

-- Which older Warroom works on this schema: one row.

CREATE TABLE IF NOT EXISTS schema_works_for (only_one BOOLEAN PRIMARY KEY CHECK (only_one), oldest INTEGER NOT NULL);
