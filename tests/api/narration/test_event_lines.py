"""An event is one line that a tired person understands."""

import inspect
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from api.narration import event_lines
from api.narration.event_lines import EventLine, EventNarrator, line_of
from api.narration.sentences import TOLD
from graphs.transcript import projections
from graphs.transcript.event import Event

AT = datetime(2026, 3, 3, 3, 0, 40, tzinfo=UTC)


def event(kind: str, role: str = "", duty: str = "", key: str = "main/s2_conclude#1/x", **payload: Any) -> Event:
    return Event(
        seq=7,
        at=AT,
        kind=kind,
        lane=key.partition("/")[0],
        role=role,
        duty=duty,
        rows=[],
        payload=payload,
        ref="r",
        key=key,
    )


def told(kind: str, role: str = "", duty: str = "", **payload: Any) -> EventLine:
    return line_of(event(kind, role, duty, **payload))


def test_a_classification_says_who_what_and_why() -> None:
    reasons = ["a tier 1 service is completely down"]
    line = told(
        "classification", "infrastructure_maintainer", severity="P0", level="Critical", was=None, reasons=reasons
    )
    assert (line.who, line.what) == (
        "Infrastructure Maintainer",
        "classifies it P0 Critical: a tier 1 service is completely down",
    )


def test_a_raised_severity_says_from_where() -> None:
    line = told("classification", severity="P0", level="Critical", was="P1", reasons=["data is lost"])
    assert line.what == "raises it from P1 to P0 Critical: data is lost"


def test_what_a_person_says_went_by_itself_is_not_told_as_done_by_them() -> None:
    itself, repaired = "it went away by itself, nobody did anything", "I restarted it"
    for kind, pressed in (("answer", "answer"), ("instruction", "kind")):
        said: dict[str, Any] = {pressed: "handled", "by": "ada", "severity": None, "cause": None, "component": None}
        gone: dict[str, Any] = {kind: {**said, "comment": itself}}
        assert told(kind, **gone).what == f"says that it is over, and that nobody did anything. {itself}"
        done: dict[str, Any] = {kind: {**said, "comment": repaired}}
        assert told(kind, **done).what == f"says: I did this myself. {repaired}"


def test_what_a_person_ended_by_hand_is_never_said_to_have_recovered_by_itself() -> None:
    calm: dict[str, Any] = {"verdict": "recovered by itself", "summary": "shop is well.", "hypotheses": []}
    assert told("conclusion", conclusion=calm).what == "recovered by itself: shop is well."
    for line in (told("conclusion", conclusion=calm, handled=True), told("conclusion", conclusion=calm, by_hand=True)):
        assert line.what == "over, and the cause is not known: shop is well."


def test_a_tool_call_is_a_detail() -> None:
    assert told("tool_call", "api_tester", tool="check_endpoints", arguments={"service": "checkout"}).detail


def test_a_question_says_what_may_be_answered_and_until_when() -> None:
    asked = {"kind": "approval", "text": "Roll back?", "options": ["approve", "refuse"], "expires_at": AT.isoformat()}
    line = told("question", question=asked)
    assert line.tone == "asks"
    assert line.what == "a person has to decide: approve or refuse, until 03:00"


def test_a_question_about_a_change_says_which_one_in_our_own_words() -> None:
    proposal = {"action": "rollback", "service": "checkout", "parameters": {"version": "41"}, "summary": "Restart it."}
    asked = {"kind": "approval", "text": "?", "options": ["approve"], "expires_at": None, "proposal": proposal}
    line = told("question", question=asked)
    assert line.what == 'a person has to decide on rollback of checkout, version "41": approve'
    retargeted = {**proposal, "parameters": {"version": "41", "service": "accounts"}}
    assert told("question", question={**asked, "proposal": retargeted}).what == "a person has to decide: approve"


def test_an_act_that_failed_is_not_told_as_done() -> None:
    failed: dict[str, Any] = {
        "port": "rollback",
        "arguments": {"service": "checkout"},
        "done": False,
        "detail": "timed out",
    }
    line = told("result", "devops_automator", **failed)
    assert (line.what, line.tone) == ("rollback of checkout is not done: timed out", "bad")


def test_words_that_could_not_be_sent_are_told_as_not_sent() -> None:
    fields = {"status": "Identified", "impact": "Down.", "next_update": "03:15 UTC"}
    unsent: dict[str, Any] = {
        "port": "publish_status",
        "arguments": {},
        "fields": fields,
        "done": False,
        "detail": "not connected",
    }
    line = told("outbound", "support_responder", **unsent)
    assert line.what.startswith("not sent: ")
    assert "not connected" in line.what


def test_the_date_of_the_night_is_left_out_and_other_dates_stay() -> None:
    line = told("degraded", why="since 2026-03-03 02:50 UTC, due 2026-03-05 03:58 UTC, at 02:51 UTC")
    assert line.what == "since 02:50, due 2026-03-05 03:58, at 02:51"


def test_what_a_terminal_would_obey_is_taken_out() -> None:
    alert = {"title": "\x1b[2Jgone\r\nroot", "service": "", "severity": "", "status": "firing", "source": "mail"}
    line = line_of(event("alert", key="alert/1", alert=alert))
    assert line.what.isprintable()
    assert "gone root" in line.what


def test_a_step_begins_with_a_heading_once() -> None:
    teller = EventNarrator()
    lines = [
        line
        for key in ("main/s1_classify#1/a", "main/s1_classify#1/b", "main/s2_conclude#1/a", "communication/wait#1/a")
        for line in teller.tell(event("degraded", key=key, why="x"))
    ]
    assert [line.what for line in lines if line.tone == "heading"] == ["Step 1: triage", "Step 2: investigation"]


def test_a_long_line_is_cut_after_a_whole_word() -> None:
    assert event_lines.shortened("one two three", 9) == "one two …"
    assert event_lines.shortened("one two", 9) == "one two"


def test_an_unknown_kind_is_a_detail_and_no_fault() -> None:
    assert told("brand_new").detail


@pytest.mark.parametrize("kind", sorted(projections.PROJECTIONS))
def test_every_kind_that_changes_a_run_is_told(kind: str) -> None:
    assert kind in TOLD or kind in ("model_answer",)
    assert inspect.isfunction(TOLD.get(kind, event_lines.anything))


def test_an_escalation_names_who_is_called_and_why_and_no_row_of_a_matrix() -> None:
    report = {"summary": "Call the vendor."}
    line = told("escalation", row="ESC-1", condition="P0 not resolved in 30 min", to="Studio Producer", report=report)
    assert line.what == "escalated to Studio Producer (P0 not resolved in 30 min): Call the vendor."


@pytest.mark.parametrize(
    ("titles", "said"), [(["A.", "B"], "adds 2 tasks to"), (["A"], "adds 1 task to"), ([], "adds nothing to")]
)
def test_the_backlog_is_told_by_its_tasks(titles: list[str], said: str) -> None:
    assert told("backlog", entries=[{"title": title} for title in titles]).what.startswith(said)


@pytest.mark.parametrize(
    ("text", "in_utc", "elsewhere"),
    [
        ("since 02:58 UTC", "since 02:58", "since 11:58"),
        ("since 2026-03-03 02:58 UTC", "since 02:58", "since 11:58"),
        ("due 2026-03-05 20:00 UTC", "due 2026-03-05 20:00", "due 2026-03-06 05:00"),
        ("in 9999-12-31 23:59 UTC", "in 9999-12-31 23:59", "in 9999-12-31 23:59 UTC"),
        ("at 29:99 UTC, 02:58 local", "at 29:99 UTC, 02:58 local", "at 29:99 UTC, 02:58 local"),
    ],
)
def test_times_in_a_line_are_those_of_its_zone(text: str, in_utc: str, elsewhere: str) -> None:
    note = event("note", by="ada", text=text)
    for zone, said in ((UTC, in_utc), (timezone(timedelta(hours=9)), elsewhere)):
        line = line_of(note, zone)
        assert line.what.endswith(said)
        assert line.at.hour == (note.at + (zone.utcoffset(None) or timedelta(0))).hour


def test_without_a_zone_times_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert line_of(event("note", by="ada", text="since 02:58 UTC"), None).what.endswith("11:58")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_what_a_person_vouches_for_is_not_told_as_verified() -> None:
    vouched = told("status", status="Monitoring", why="ada says that it is over.", is_vouched=True, by="ada")
    assert vouched.what == "on the word of ada it is watched; its recovery is not measured yet"
    of_before = told("status", status="Monitoring", why="a person says that it is over.", is_vouched=True)
    assert of_before.what == "on the word of a person it is watched; its recovery is not measured yet"
    assert "recovery is verified" in told("status", status="Monitoring", why="Metrics are normal.").what
