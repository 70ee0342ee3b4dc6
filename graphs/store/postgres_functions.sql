-- Functions of our own, made anew by every migration.

CREATE OR REPLACE FUNCTION warroom_defer_turn(run TEXT, lane TEXT, not_before TEXT) RETURNS BIGINT LANGUAGE sql AS $$
    SELECT CARDINALITY(procrastinate_defer_jobs_v1(ARRAY[ROW(
        'turns', 'warroom.turn', 0, NULL, NULL, jsonb_build_object('run', run, 'lane', lane),
        CASE WHEN not_before::TIMESTAMPTZ > NOW() THEN not_before::TIMESTAMPTZ END
    )]::procrastinate_job_to_defer_v1[]))::BIGINT
$$;
