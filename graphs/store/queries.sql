-- The queries of the repositories, in SQL that SQLite and PostgreSQL both read. The tables are made by migrations/.

-- name: add_run!
INSERT INTO runs (id, received_at, alert, dedup_key) VALUES (:id, :received_at, :alert, :dedup_key);

-- name: close_run!
UPDATE runs SET is_open = 0 WHERE id = :id;

-- name: note_unseen!
UPDATE runs SET unseen = 1 WHERE id = :id;

-- name: unseen_runs^
SELECT COUNT(*) AS runs FROM runs WHERE unseen = 1;

-- name: open_run_of^
SELECT runs.id AS id FROM alarms JOIN runs ON runs.id = alarms.run
WHERE alarms.dedup_key = :dedup_key AND is_open = 1 ORDER BY last_at DESC LIMIT 1;

-- Alarms: which of a sender's alerts belong to which run.

-- name: alarm^
SELECT * FROM alarms WHERE run = :run AND dedup_key = :dedup_key;

-- name: alarms_under_either_key
SELECT * FROM alarms WHERE dedup_key IN (:one, :other);

-- name: rename_alarm!
UPDATE alarms SET dedup_key = :new_key WHERE run = :run AND dedup_key = :dedup_key;

-- name: last_alarm^
SELECT alarms.*, runs.is_open FROM alarms JOIN runs ON runs.id = alarms.run
WHERE alarms.dedup_key = :dedup_key ORDER BY last_at DESC LIMIT 1;

-- name: alarms_of_run
SELECT * FROM alarms WHERE run = :run ORDER BY last_at, dedup_key;

-- name: firing_in_run^
SELECT COUNT(*) AS alarms FROM alarms WHERE run = :run AND is_firing = 1;

-- name: alarms_of_group
SELECT alarms.* FROM alarms JOIN runs ON runs.id = alarms.run
WHERE alarms.group_key = :group_key AND alarms.group_key <> '' AND last_at >= :since AND is_open = 1 ORDER BY last_at DESC LIMIT 10;

-- name: alarms_of_service
SELECT alarms.run, last_at FROM alarms JOIN runs ON runs.id = alarms.run
WHERE alarms.service = :service AND environment = :environment AND last_at >= :since AND is_open = 1
ORDER BY last_at DESC LIMIT 10;

-- name: firing_alarms
SELECT alarms.* FROM alarms JOIN runs ON runs.id = alarms.run WHERE is_firing = 1 AND is_open = 1
ORDER BY last_at DESC;

-- name: save_alarm!
INSERT INTO alarms (run, dedup_key, alert, service, environment, group_key, is_firing, last_at, turns)
VALUES (:run, :dedup_key, :alert, :service, :environment, :group_key, :is_firing, :last_at, :turns)
ON CONFLICT (run, dedup_key) DO UPDATE SET alert = excluded.alert, is_firing = excluded.is_firing,
last_at = excluded.last_at, turns = excluded.turns, times = alarms.times + 1;

-- name: count_alarm!
UPDATE alarms SET times = times + 1, last_at = :last_at WHERE run = :run AND dedup_key = :dedup_key;

-- name: remove_alarm!
DELETE FROM alarms WHERE run = :run AND dedup_key = :dedup_key;

-- name: delete_alarms!
DELETE FROM alarms WHERE run = :run;

-- Storms: many runs begin at once; they wait in a queue under one parent.

-- name: runs_begun_since^
SELECT COUNT(*) AS runs FROM (SELECT 1 FROM runs WHERE received_at >= :since LIMIT :most) AS begun;

-- name: not_begun_since
SELECT id, alert FROM runs WHERE received_at >= :since AND is_open = 1 AND queued = 0 AND parent = ''
AND NOT EXISTS (SELECT 1 FROM events WHERE events.run = runs.id AND events.kind <> 'alert');

-- name: queue_run!
UPDATE runs SET parent = :parent, queued = :rank WHERE id = :id;

-- name: release_run!
UPDATE runs SET queued = 0 WHERE id = :id;

-- name: next_in_queue
SELECT id FROM runs WHERE queued > 0 ORDER BY queued, received_at, id LIMIT :most;

-- name: queue_length^
SELECT COUNT(*) AS runs FROM runs WHERE queued > 0;

-- name: investigated_from_queue^
SELECT COUNT(*) AS runs FROM runs WHERE parent <> '' AND queued = 0 AND is_open = 1 AND NOT EXISTS (
    SELECT 1 FROM events WHERE events.run = runs.id AND kind IN ('conclusion', 'cancelled', 'closed')
);

-- name: queue_place^
SELECT parent, queued FROM runs WHERE id = :id;

-- name: queued_run^
SELECT (SELECT COUNT(*) FROM alarms WHERE alarms.run = runs.id AND is_firing = 1) AS firing,
(SELECT event_key FROM events WHERE events.run = runs.id AND kind = 'alert' ORDER BY seq DESC LIMIT 1) AS last_alert
FROM runs WHERE id = :id AND queued > 0;

-- name: runs_of_storm
SELECT id, alert, queued, is_open FROM runs WHERE parent = :parent AND parent <> '' ORDER BY queued, received_at, id LIMIT :most;

-- name: storm_size^
SELECT COUNT(*) AS runs, COALESCE(SUM(CASE WHEN queued > 0 THEN 1 ELSE 0 END), 0) AS queued,
COALESCE(SUM(unseen), 0) AS unseen FROM runs WHERE parent = :parent AND parent <> '';

-- name: run_exists^
SELECT id FROM runs WHERE id = :id;

-- name: run_ids
SELECT id FROM runs ORDER BY received_at DESC, id DESC LIMIT :most;

-- name: search_open
SELECT id FROM runs WHERE is_open = 1 AND LOWER(alert) LIKE :like ESCAPE '\'
ORDER BY queued > 0, received_at DESC, id DESC LIMIT :most;

-- name: search_ended
SELECT id FROM runs WHERE is_open = 0 AND unseen >= :unseen AND LOWER(alert) LIKE :like ESCAPE '\'
AND (:before = '' OR (received_at, id) < (SELECT received_at, id FROM runs WHERE id = :before))
ORDER BY received_at DESC, id DESC LIMIT :most;

-- name: published_runs
SELECT id, is_open FROM runs
WHERE EXISTS (SELECT 1 FROM events WHERE run = runs.id AND kind = 'outbound' AND duty = 'update_status_page')
AND received_at >= :since
ORDER BY received_at DESC, id DESC LIMIT :most;

-- name: runs_before
SELECT id FROM runs WHERE unseen >= :unseen
AND (:before = '' OR (received_at, id) < (SELECT received_at, id FROM runs WHERE id = :before))
ORDER BY received_at DESC, id DESC LIMIT :most;

-- name: open_run_ids
SELECT id FROM runs WHERE is_open = 1 ORDER BY received_at;

-- name: add_event^
INSERT INTO events (run, seq, at, kind, lane, role, duty, rows, payload, event_key, ref)
SELECT :run, COALESCE(MAX(seq), 0) + 1, :at, :kind, :lane, :role, :duty, :rows, :payload, :event_key, :ref
FROM events WHERE run = :run
ON CONFLICT (run, event_key) DO NOTHING
RETURNING seq;

-- name: event_under_key^
SELECT * FROM events WHERE run = :run AND event_key = :event_key;

-- name: events_after
SELECT * FROM events WHERE run = :run AND seq > :seq ORDER BY seq
LIMIT CASE WHEN :most < 0 THEN 9223372036854775807 ELSE :most END;

-- name: event_cited^
SELECT * FROM events WHERE run = :run AND ref = :ref ORDER BY seq LIMIT 1;

-- name: events_with_prefix
SELECT * FROM events WHERE run = :run AND event_key >= :under AND event_key < :end ORDER BY seq;

-- name: keys_with_prefix
SELECT event_key FROM events WHERE run = :run AND event_key >= :under AND event_key < :end;

-- name: kinds_after
SELECT kind, duty FROM events WHERE run = :run AND seq > :seq;

-- name: model_answers_since
SELECT * FROM events WHERE kind = 'model_answer' AND at >= :at;

-- name: events_of_kind
SELECT * FROM events WHERE run = :run AND kind = :kind ORDER BY seq;

-- Unless there is an event under a key already: then whoever wrote that has added the wake-up.

-- name: add_wakeup!
INSERT INTO wakeups (wakeup_key, run, lane, reason, not_before)
SELECT :wakeup_key, :run, :lane, :reason, :not_before
WHERE NOT EXISTS (SELECT 1 FROM events WHERE run = :run AND event_key = :unless_event)
ON CONFLICT (wakeup_key) DO NOTHING;

-- name: due_wakeups
SELECT wakeup_key, run, lane, reason, not_before FROM wakeups
WHERE not_before <= :now AND NOT EXISTS (
    SELECT 1 FROM questions WHERE questions.run = wakeups.run AND questions.lane = wakeups.lane
    AND questions.id LIKE 'fault-%' AND answer IS NULL AND withdrawn = 0
)
ORDER BY not_before;

-- name: due_wakeups_of
SELECT wakeup_key, run, lane, reason, not_before FROM wakeups
WHERE run = :run AND lane = :lane AND not_before <= :now AND NOT EXISTS (
    SELECT 1 FROM questions WHERE questions.run = wakeups.run AND questions.lane = wakeups.lane
    AND questions.id LIKE 'fault-%' AND answer IS NULL AND withdrawn = 0
)
ORDER BY not_before;

-- name: next_wakeup^
SELECT MIN(not_before) AS not_before FROM wakeups WHERE not_before > :now;

-- name: remove_wakeup!
DELETE FROM wakeups WHERE wakeup_key = :wakeup_key;

-- name: put_off_wakeup!
UPDATE wakeups SET not_before = :not_before WHERE wakeup_key = :wakeup_key;

-- name: add_question!
INSERT INTO questions (run, id, lane, asked_at, question) VALUES (:run, :id, :lane, :asked_at, :question)
ON CONFLICT (run, id) DO NOTHING;

-- name: question^
SELECT * FROM questions WHERE run = :run AND id = :id;

-- name: answer_question!
UPDATE questions SET answer = :answer, answered_at = :answered_at
WHERE run = :run AND id = :id AND answer IS NULL AND withdrawn = 0;

-- name: withdraw_question!
UPDATE questions SET withdrawn = 1 WHERE run = :run AND id = :id AND answer IS NULL AND withdrawn = 0;

-- name: switch^
SELECT state, turned_by FROM switches WHERE name = :name;

-- name: set_switch!
INSERT INTO switches (name, state, turned_by) VALUES (:name, :state, :turned_by)
ON CONFLICT (name) DO UPDATE SET state = excluded.state, turned_by = excluded.turned_by;

-- What `warroom doctor` looks at.

-- name: latest_event^
SELECT MAX(at) AS at FROM events;

-- name: latest_model_answers
SELECT * FROM events WHERE kind = 'model_answer' ORDER BY at DESC, run DESC, seq DESC LIMIT :most;

-- name: effects_without_outcome
SELECT run, seq, at, lane, payload FROM events AS intent
WHERE kind = 'intent' AND at <= :before AND NOT EXISTS (
    SELECT 1 FROM events AS told
    WHERE told.run = intent.run AND told.event_key IN (
        SUBSTR(intent.event_key, 1, LENGTH(intent.event_key) - 6) || 'result',
        SUBSTR(intent.event_key, 1, LENGTH(intent.event_key) - 6) || 'outbound'
    )
)
ORDER BY at;

-- name: runs_nothing_will_wake
SELECT id FROM runs
WHERE is_open = 1 AND queued = 0
AND (
    NOT EXISTS (SELECT 1 FROM wakeups WHERE wakeups.run = runs.id)
    OR (
        NOT EXISTS (SELECT 1 FROM wakeups WHERE wakeups.run = runs.id AND wakeups.lane = 'main')
        AND NOT EXISTS (SELECT 1 FROM events WHERE events.run = runs.id AND events.event_key = 'main/done')
    )
)
AND NOT EXISTS (
    SELECT 1 FROM questions
    WHERE questions.run = runs.id AND questions.lane = 'main' AND answer IS NULL AND withdrawn = 0
)
ORDER BY received_at;

-- name: failing_workflows
SELECT run, lane, COUNT(*) AS times, MAX(seq) AS seq FROM events AS failed
WHERE kind = 'error' AND run IN (SELECT id FROM runs WHERE is_open = 1) AND seq > (
    SELECT COALESCE(MAX(seq), 0) FROM events AS done
    WHERE done.run = failed.run AND done.lane = failed.lane
    AND done.kind NOT IN ('error', 'tool_call', 'tool_result', 'model_call', 'model_answer')
    AND done.event_key NOT LIKE '%/by_book' AND done.event_key NOT LIKE 'question/fault-%'
)
GROUP BY run, lane
ORDER BY run, lane;

-- name: workflows_without_wakeup
SELECT runs.id AS run, lanes.lane AS lane FROM runs
CROSS JOIN (SELECT 'main' AS lane UNION ALL SELECT 'communication' UNION ALL SELECT 'escalation') AS lanes
WHERE runs.is_open = 1 AND runs.queued = 0
AND NOT EXISTS (SELECT 1 FROM wakeups WHERE wakeups.run = runs.id AND wakeups.lane = lanes.lane)
AND NOT EXISTS (SELECT 1 FROM events WHERE events.run = runs.id AND events.event_key = lanes.lane || '/done')
ORDER BY runs.received_at;

-- API keys, sessions, and answers to requests that may be sent again.

-- name: add_key!
INSERT INTO keys (id, name, hash, scopes, per_minute, made_at, sender)
VALUES (:id, :name, :hash, :scopes, :per_minute, :made_at, :sender);

-- name: all_keys
SELECT id, name, scopes, per_minute, made_at, revoked_at, sender FROM keys ORDER BY made_at, id;

-- name: senders_with_keys
SELECT DISTINCT sender FROM keys WHERE sender <> '';

-- name: valid_key^
SELECT * FROM keys WHERE id = :id AND revoked_at IS NULL;

-- name: any_key^
SELECT id FROM keys LIMIT 1;

-- name: revoke_key!
UPDATE keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL;

-- name: add_session!
INSERT INTO sessions (hash, key_id, ends_at) VALUES (:hash, :key_id, :ends_at);

-- name: key_of_session^
SELECT keys.* FROM sessions JOIN keys ON keys.id = sessions.key_id
WHERE sessions.hash = :hash AND ends_at > :now AND revoked_at IS NULL;

-- name: end_session!
DELETE FROM sessions WHERE hash = :hash;

-- name: end_old_sessions!
DELETE FROM sessions WHERE ends_at <= :now;

-- name: add_receipt!
INSERT INTO receipts (caller, idempotency_key, body_hash, answer, at)
VALUES (:caller, :idempotency_key, :body_hash, :answer, :at);

-- name: remove_old_receipts!
DELETE FROM receipts WHERE at < :before;

-- name: receipt^
SELECT body_hash, answer FROM receipts WHERE caller = :caller AND idempotency_key = :idempotency_key;

-- What alert senders delivered.

-- name: add_delivery!
INSERT INTO deliveries (ref, received_at, source, sender, proof, size, body, headers, waits)
VALUES (:ref, :received_at, :source, :sender, :proof, :size, :body, :headers, :waits)
ON CONFLICT (ref) DO UPDATE SET received_at = excluded.received_at, waits = excluded.waits, taken = 0, attempts = 0;

-- name: add_delivery_piece!
INSERT INTO delivery_pieces (ref, piece, body) VALUES (:ref, :piece, :body)
ON CONFLICT (ref, piece) DO UPDATE SET body = excluded.body;

-- name: delivery^
SELECT * FROM deliveries WHERE ref = :ref;

-- name: delivery_pieces
SELECT body FROM delivery_pieces WHERE ref = :ref ORDER BY piece;

-- name: note_taken!
UPDATE deliveries SET taken = :taken WHERE ref = :ref;

-- name: taken_of_delivery^
SELECT taken FROM deliveries WHERE ref = :ref;

-- name: finish_delivery!
UPDATE deliveries SET waits = 0 WHERE ref = :ref;

-- name: count_attempt!
UPDATE deliveries SET attempts = attempts + 1 WHERE ref = :ref;

-- name: take_back_attempt!
UPDATE deliveries SET attempts = attempts - 1 WHERE ref = :ref AND attempts > 0;

-- name: waiting_deliveries
SELECT ref, taken FROM deliveries WHERE waits = 1 AND attempts < :most AND received_at <= :before ORDER BY received_at;

-- name: inbox_size^
SELECT COUNT(*) AS waiting, MIN(received_at) AS oldest FROM deliveries WHERE waits = 1;

-- What outgoing webhooks still have to be told. Of one run, an endpoint is told in order.

-- The event that is about to be added to a run, unless there is one under its key already.

-- name: add_to_outbox!
INSERT INTO outbox (endpoint, run, seq, not_before)
SELECT :endpoint, :run, (SELECT COALESCE(MAX(seq), 0) + 1 FROM events WHERE run = :run), :not_before
WHERE NOT EXISTS (SELECT 1 FROM events WHERE run = :run AND event_key = :event_key)
ON CONFLICT (endpoint, run, seq) DO NOTHING;

-- name: due_in_outbox
SELECT endpoint, run, seq, attempts FROM outbox AS due
WHERE not_before <= :now AND NOT EXISTS (
    SELECT 1 FROM outbox AS earlier
    WHERE earlier.endpoint = due.endpoint AND earlier.run = due.run AND earlier.seq < due.seq
)
ORDER BY not_before LIMIT :most;

-- name: next_in_outbox^
SELECT MIN(not_before) AS not_before FROM outbox WHERE not_before > :now;

-- name: outbox_size^
SELECT COUNT(*) AS waiting, COALESCE(SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END), 0) AS failing FROM outbox;

-- name: failing_endpoints
SELECT endpoint, MAX(attempts) AS attempts, COUNT(*) AS waiting FROM outbox
GROUP BY endpoint HAVING MAX(attempts) > 0 ORDER BY endpoint;

-- name: endpoints_in_outbox
SELECT DISTINCT endpoint FROM outbox;

-- name: put_off_in_outbox!
UPDATE outbox SET attempts = attempts + 1, not_before = :not_before
WHERE endpoint = :endpoint AND run = :run AND seq = :seq;

-- name: remove_from_outbox!
DELETE FROM outbox WHERE endpoint = :endpoint AND run = :run AND seq = :seq;

-- name: remove_endpoint_from_outbox!
DELETE FROM outbox WHERE endpoint = :endpoint;

-- What /metrics shows.

-- name: waiting_questions^
SELECT COUNT(*) AS questions, MIN(asked_at) AS oldest FROM questions JOIN runs ON runs.id = questions.run
WHERE answer IS NULL AND withdrawn = 0 AND is_open = 1;

-- name: runs_that_ask
SELECT DISTINCT run FROM questions JOIN runs ON runs.id = questions.run
WHERE answer IS NULL AND withdrawn = 0 AND is_open = 1 ORDER BY run DESC LIMIT :most;

-- name: earliest_wakeup^
SELECT MIN(not_before) AS not_before FROM wakeups
WHERE NOT EXISTS (
    SELECT 1 FROM questions WHERE questions.run = wakeups.run AND questions.lane = wakeups.lane
    AND questions.id LIKE 'fault-%' AND answer IS NULL AND withdrawn = 0
);

-- Deleting a run.

-- name: run_state^
SELECT id, received_at, is_open FROM runs WHERE id = :id;

-- name: tombstone^
SELECT * FROM tombstones WHERE run = :run;

-- name: add_tombstone!
INSERT INTO tombstones (run, received_at, forgotten_at, forgotten_by)
VALUES (:run, :received_at, :forgotten_at, :forgotten_by);

-- name: delete_outbox!
DELETE FROM outbox WHERE run = :run;

-- name: delete_wakeups!
DELETE FROM wakeups WHERE run = :run;

-- name: delete_questions!
DELETE FROM questions WHERE run = :run;

-- name: delete_events!
DELETE FROM events WHERE run = :run;

-- name: delete_delivery!
DELETE FROM deliveries WHERE ref = :ref;

-- name: delete_delivery_pieces!
DELETE FROM delivery_pieces WHERE ref = :ref;

-- name: delete_pieces_before!
DELETE FROM delivery_pieces WHERE ref IN (SELECT ref FROM deliveries WHERE received_at < :before);

-- name: delete_unfinished_pieces!
DELETE FROM delivery_pieces WHERE ref NOT IN (SELECT ref FROM deliveries);

-- name: delete_deliveries_before!
DELETE FROM deliveries WHERE received_at < :before;

-- name: delete_run!
DELETE FROM runs WHERE id = :id;

-- name: runs_closed_before
SELECT runs.id FROM runs JOIN events ON events.run = runs.id AND events.event_key = 'closed'
WHERE runs.is_open = 0 AND events.at < :before ORDER BY events.at LIMIT :most;

-- Earlier incidents.

-- name: post_mortems
SELECT written.run AS run, written.at AS at, written.payload AS payload, alerted.payload AS alert
FROM events AS written JOIN events AS alerted ON alerted.run = written.run AND alerted.seq = 1
WHERE written.kind = 'post_mortem' ORDER BY written.at DESC LIMIT :most;

-- Alerts that started nothing.

-- name: keep_alert!
INSERT INTO kept_alerts (ref, number, received_at, dedup_key, alert, became, why, silent_until)
VALUES (:ref, :number, :received_at, :dedup_key, :alert, :became, :why, :silent_until)
ON CONFLICT (ref, number) DO UPDATE SET received_at = excluded.received_at, times = kept_alerts.times + 1,
became = excluded.became, why = excluded.why, silent_until = excluded.silent_until, run = '';

-- name: kept_alert^
SELECT * FROM kept_alerts WHERE ref = :ref AND number = :number;

-- name: kept_alerts
SELECT * FROM kept_alerts WHERE (:before = '' OR received_at < :before)
ORDER BY received_at DESC, ref, number LIMIT :most;

-- name: note_run_of_kept_alert!
UPDATE kept_alerts SET run = :run, silent_until = '' WHERE ref = :ref AND number = :number;

-- name: end_silence_of_alert!
UPDATE kept_alerts SET silent_until = '' WHERE dedup_key = :dedup_key AND silent_until <> '';

-- name: alerts_after_silence
-- Sorted by an expression, so that nobody goes through all that was ever kept by the index of times.
SELECT * FROM kept_alerts WHERE silent_until <> '' AND silent_until <= :now
ORDER BY received_at || '', ref, number LIMIT :most;

-- name: alert_in_silence^
SELECT 1 AS found FROM kept_alerts WHERE dedup_key = :dedup_key AND silent_until <> '' LIMIT 1;

-- name: delete_kept_alerts_before!
DELETE FROM kept_alerts WHERE received_at < :before;

-- name: delete_kept_alerts_of!
DELETE FROM kept_alerts WHERE ref = :ref;

-- name: delete_kept_alerts_of_run!
DELETE FROM kept_alerts WHERE run = :run AND run <> '';

-- Planned silence: maintenance windows, and alerts that somebody muted.

-- name: save_silence!
INSERT INTO silences (id, starts_at, ends_at, service, environment, label, label_value, dedup_key, title, set_by, why,
set_at, feed)
VALUES (:id, :starts_at, :ends_at, :service, :environment, :label, :label_value, :dedup_key, :title, :set_by, :why,
:set_at, :feed)
ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at,
service = excluded.service, environment = excluded.environment, why = excluded.why, title = excluded.title;

-- name: silence^
SELECT * FROM silences WHERE id = :id;

-- name: silences_from
SELECT * FROM silences WHERE ends_at > :now ORDER BY starts_at, id LIMIT :most;

-- name: end_silence!
UPDATE silences SET ends_at = :now WHERE id = :id AND ends_at > :now;

-- name: delete_silences_before!
DELETE FROM silences WHERE ends_at < :before;

-- name: shorten_silence_of_alerts!
UPDATE kept_alerts SET silent_until = :now WHERE silent_until > :now AND silent_until <> '';

-- Senders that report in.

-- name: note_heartbeat!
INSERT INTO heartbeats (source, last_at) VALUES (:source, :last_at)
ON CONFLICT (source) DO UPDATE SET last_at = excluded.last_at;

-- name: heartbeat^
SELECT * FROM heartbeats WHERE source = :source;

-- The ledger of changes.

-- name: save_change!
INSERT INTO changes (reporter, id, service, kind, at, reported_at, what, made_by, old, new, status, environment, source,
link)
VALUES (:reporter, :id, :service, :kind, :at, :reported_at, :what, :made_by, :old, :new, :status, :environment, :source,
:link)
ON CONFLICT (reporter, id, service) DO UPDATE SET kind = excluded.kind, at = excluded.at, what = excluded.what,
made_by = excluded.made_by, old = excluded.old, new = excluded.new, status = excluded.status,
environment = excluded.environment, source = excluded.source, link = excluded.link;

-- name: changes_under_id
SELECT * FROM changes WHERE reporter = :reporter AND id = :id ORDER BY service;

-- name: changes_of_service
SELECT * FROM changes WHERE service = :service AND at >= :since AND at <= :until ORDER BY at, reporter, id;

-- name: newest_changes
SELECT * FROM changes WHERE (:service = '' OR service = :service) AND (:kind = '' OR kind = :kind)
AND (:before = '' OR at < :before)
ORDER BY at DESC, reporter, id, service LIMIT :most;

-- name: delete_changes_before!
DELETE FROM changes WHERE reported_at < :before;
