"""The doctor finds what is wrong, says what to do, and changes nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from agents.io.clock import VirtualClock
from evals.playing.play import EPOCH
from graphs.intake.inbox import DeliveryInbox, RawDelivery
from graphs.maintenance import doctor
from graphs.maintenance.doctor import Finding, examine, examine_all
from graphs.store.database import migrations
from graphs.store.opening import FILE, open_store
from graphs.store.questions import NewQuestion
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft, Transcripts
from tests.graphs.theatre import Life, OneDirectory, Theatre, add_run

HOUR = timedelta(hours=1)
AGAIN = "2026-03-03T03:00:00+00:00"


class Patient:
    """A store with one open run that waits for a time to come, written by hand."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = Store(directory / FILE)
        self.clock = VirtualClock(EPOCH)
        self.transcripts = Transcripts(self.store, self.clock)
        with self.store.transaction():
            add_run(self.store)
            self.transcripts.add_wakeup("one", "main", "time", EPOCH + HOUR)

    def write(self, key: str, kind: str, **payload: object) -> None:
        self.transcripts.write("one", Draft(key, kind, payload, Author("main")))

    def found(self, name: str, after: timedelta = timedelta(0)) -> Finding:
        findings = examine(self.store, VirtualClock(EPOCH + after))
        return next(finding for finding in findings if finding.name == name)


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Patient]:
    patient = Patient(tmp_path)
    yield patient
    patient.store.close()


@pytest.mark.sqlite
def test_a_healthy_store_has_nothing_to_do(patient: Patient) -> None:
    findings = examine_all(patient.directory, patient.clock)
    assert {finding.name for finding in findings if finding.state == "fault"} <= {"space"}
    assert [finding for finding in findings if finding.state == "ok" and finding.do] == []
    assert len(findings) == 13


@pytest.mark.sqlite
def test_every_finding_that_is_not_ok_says_what_to_do(patient: Patient) -> None:
    patient.write("main/s3#1/rollback.1/intent", "intent", port="rollback", arguments={})
    findings = examine(patient.store, VirtualClock(EPOCH + 5 * HOUR))
    assert [finding.name for finding in findings if finding.state != "ok"] == ["wake-ups", "effects"]
    assert all(finding.do for finding in findings if finding.state != "ok")


def test_a_directory_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert [(f.name, f.state) for f in examine_all(tmp_path / "nowhere", VirtualClock(EPOCH))] == [
        ("directory", "fault")
    ]


def test_an_empty_directory_is_well(tmp_path: Path) -> None:
    findings = examine_all(tmp_path, VirtualClock(EPOCH))
    assert findings[-1] == Finding("store", "ok", "nothing is stored here yet")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_with_little_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_SPACE", 1 << 60)
    assert next(f for f in examine_all(tmp_path, VirtualClock(EPOCH)) if f.name == "space").state == "warning"
    monkeypatch.setattr(doctor, "TOO_LITTLE_SPACE", 1 << 60)
    assert next(f for f in examine_all(tmp_path, VirtualClock(EPOCH)) if f.name == "space").state == "fault"


@pytest.mark.sqlite
@pytest.mark.parametrize("offset", [0, 4096 + 8])
def test_a_damaged_store_is_a_fault(tmp_path: Path, offset: int) -> None:
    Store(tmp_path / FILE).close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(offset)
        file.write(b"\xde\xad" * 3000)
    worst = examine_all(tmp_path, VirtualClock(EPOCH))[-1]
    assert (worst.name in ("store", "soundness"), worst.state) == (True, "fault")
    assert "backup" in worst.says + worst.do


@pytest.mark.sqlite
def test_a_newer_schema_is_a_fault_and_an_older_one_is_left_as_it_is(patient: Patient) -> None:
    newer = len(migrations()) + 1
    with patient.store.transaction():
        patient.store.database.connection.execute("INSERT INTO schema_versions VALUES (?, 'later')", (newer,))
    assert patient.found("schema").state == "fault"
    with patient.store.transaction():
        patient.store.database.connection.execute("DELETE FROM schema_versions WHERE version > 1")
    assert examine_all(patient.directory, patient.clock)[-1].state == "warning"
    assert patient.store.schema == 1


def test_a_clock_that_was_set_back_is_a_fault(patient: Patient) -> None:
    patient.write("main/s1#1/remark", "remark")
    assert patient.found("clock").state == "ok"
    back = patient.found("clock", after=-3 * HOUR)
    assert (back.state, "3 h 0 min in the future" in back.says) == ("fault", True)


def test_overdue_wakeups_are_told_with_the_oldest(patient: Patient) -> None:
    assert patient.found("wake-ups", after=HOUR).state == "ok"
    late = patient.found("wake-ups", after=3 * HOUR)
    assert (late.state, "by 2 h 0 min, in one" in late.says) == ("warning", True)


def test_an_effect_whose_outcome_nobody_knows_is_told_until_somebody_does(patient: Patient) -> None:
    patient.write("main/s3#1/rollback.1/intent", "intent", port="rollback", arguments={})
    assert patient.found("effects").state == "ok"
    unknown = patient.found("effects", after=HOUR)
    assert (unknown.state, "rollback in one" in unknown.says) == ("warning", True)
    patient.write("main/s3_ask#1/result.1", "result", port="rollback", done=True, arguments={}, detail="it was done")
    assert patient.found("effects", after=HOUR).state == "ok"


def test_an_effect_with_its_result_is_well(patient: Patient) -> None:
    for kind in ("intent", "result"):
        patient.write(f"main/s3#1/rollback.1/{kind}", kind, port="rollback", done=True, arguments={}, detail="")
    assert patient.found("effects", after=HOUR).state == "ok"


def test_a_run_that_nothing_will_wake_is_a_fault(patient: Patient) -> None:
    assert patient.found("runs").state == "ok"
    with patient.store.transaction():
        patient.store.wakeups.remove(["one/main/time"])
    assert patient.found("runs").state == "fault"
    with patient.store.transaction():
        patient.store.questions.add(NewQuestion("one", "q", "main", EPOCH, "{}"))
    assert patient.found("runs").state == "ok"


def test_a_run_on_hold_is_not_stuck(patient: Patient) -> None:
    with patient.store.transaction():
        patient.store.wakeups.remove(["one/main/time"])
        patient.store.switches.turn("acting", "held", "duty-engineer")
    assert patient.found("runs").state == "ok"
    assert patient.found("acting").state == "warning"


def test_turns_that_keep_failing_are_told_until_one_succeeds(patient: Patient) -> None:
    for number in range(3):
        assert patient.found("turns").state == "ok"
        patient.write(f"main/error {number}", "error", error="KeyError: 'x'", again_at=AGAIN)
    failing = patient.found("turns")
    assert (failing.state, "one, lane main, 3 times: KeyError: 'x'" in failing.says) == ("fault", True)
    patient.write("main/s2#1/remark", "remark")
    assert patient.found("turns").state == "ok"


@pytest.mark.sqlite
def test_a_store_in_use_is_looked_at_and_a_run_that_waits_is_well(tmp_path: Path) -> None:
    theatre = Theatre(OneDirectory(tmp_path))

    async def look_while_it_waits(life: Life) -> list[Finding]:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.asked(run)
        await life.clock.sleep(timedelta(seconds=1))
        before = life.incidents.transcript(run)
        findings = examine_all(tmp_path, life.clock)
        assert life.incidents.transcript(run) == before
        return findings

    findings = theatre.live(look_while_it_waits, rules=[])
    assert [finding for finding in findings if finding.state != "ok" and finding.name != "space"] == []


@pytest.mark.sqlite
def test_what_the_doctor_opens_it_cannot_write(patient: Patient) -> None:
    reader = Store(patient.directory / FILE, read_only=True)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.database.connection.execute("DELETE FROM runs")
    reader.close()


def test_deliveries_that_nobody_took_in_are_told(patient: Patient) -> None:
    DeliveryInbox(patient.store, patient.clock).keep(RawDelivery("generic", b"{}"))
    assert patient.found("inbox").state == "ok"
    late = patient.found("inbox", after=HOUR)
    assert (late.state, late.says) == (
        "warning",
        "1 deliveries of alert senders were not taken in; the oldest came 1 h 0 min ago",
    )


def test_webhooks_that_fail_are_told_without_their_address(patient: Patient) -> None:
    with patient.store.transaction():
        patient.store.outbox.add("https://hooks.example/T0/secret", "one", "next", EPOCH)
    assert patient.found("outbox").says == "1 webhook deliveries wait, none has failed"
    with patient.store.transaction():
        patient.store.outbox.put_off(patient.store.outbox.due(EPOCH, 1)[0], EPOCH)
    failing = patient.found("outbox")
    assert (failing.state, failing.says) == ("warning", "hooks.example: 1 wait, tried 1 times")


def test_events_that_cannot_be_read_are_no_fault_of_the_doctor_s(patient: Patient) -> None:
    patient.write("main/s3#1/rollback.1/intent", "intent", port="rollback", arguments={})
    for number in range(3):
        patient.write(f"main/error {number}", "error", error="KeyError: 'x'", again_at=AGAIN)
    with patient.store.database.connection:
        patient.store.database.connection.execute("UPDATE events SET payload = '{'")
    patient.store.events.forget_newest()
    assert "something that cannot be read in one" in patient.found("effects", after=HOUR).says
    assert "3 times: the error cannot be read" in patient.found("turns").says


FAILED = {"call": "c1", "fault": {"kind": "no connection", "said": "SSL_CERT_FILE names /x, which is not there"}}
ANSWERED = {"call": "c1", "answer": {"text": "yes"}}
NOT_ASKED = {"fault": {"kind": "resting", "said": "the model rests"}}
REFUSED = {"call": "c1", "fault": {"kind": "refusal", "said": "no"}}


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], "ok"),
        ([FAILED] * 2, "ok"),
        ([FAILED] * 3, "warning"),
        ([ANSWERED, *[FAILED] * 3, *[NOT_ASKED] * 5], "warning"),
        ([*[FAILED] * 9, ANSWERED], "ok"),
        ([*[FAILED] * 9, REFUSED], "ok"),
    ],
)
def test_calls_of_the_model_that_all_fail_are_told_with_the_reason(
    patient: Patient, outcomes: list[dict[str, object]], state: str
) -> None:
    for number, outcome in enumerate(outcomes):
        patient.write(f"main/s1#1/model/x.{number}/answer", "model_answer", **outcome)
    finding = patient.found("calls")
    assert finding.state == state
    if state == "warning":
        assert "the last 3 calls of the model failed, the latest with no connection: SSL_CERT_FILE" in finding.says
        assert finding.do.endswith("every duty is done by the rules")


def test_requests_that_are_refused_time_and_again_are_told_too(patient: Patient) -> None:
    refused = {"call": "c", "fault": {"kind": "bad request", "said": "no tools"}}
    for number in range(3):
        patient.write(f"main/s1#1/model/x.{number}/answer", "model_answer", **refused)
    assert "the last 3 calls of the model failed, the latest with bad request: no tools" in patient.found("calls").says


def test_what_an_endpoint_wanted_otherwise_is_told(patient: Patient) -> None:
    adapted = {"call": "c", "answer": {"text": "Yes.", "changes": ["by the Responses API", "without top_k"]}}
    patient.write("main/s1#1/model/x.1/answer", "model_answer", **adapted)
    assert patient.found("calls").says.endswith(
        "; the latest were asked by the Responses API, without top_k, as the endpoint wants"
    )


def test_an_answer_of_the_model_that_cannot_be_read_does_not_count(patient: Patient) -> None:
    for number in range(4):
        patient.write(f"main/s1#1/model/x.{number}/answer", "model_answer", **FAILED)
    with patient.store.database.connection as connection:
        connection.execute("UPDATE events SET payload = '{' WHERE event_key = 'main/s1#1/model/x.3/answer'")
    patient.store.events.forget_newest()
    assert "the last 3 calls of the model failed" in patient.found("calls").says


def test_where_no_worker_was_seen_no_run_goes_on(tmp_path: Path, postgres: str) -> None:
    def workers() -> Finding:
        return next(f for f in examine_all(tmp_path, VirtualClock(EPOCH), postgres) if f.name == "workers")

    assert (workers().state, "start `warroom worker`" in workers().do) == ("fault", True)
    with closing(open_store(postgres)) as store:
        store.database.connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert workers().state == "ok"
