"""Playing: what the person on call says to which proposal, and what people add while a run is under way."""

from datetime import timedelta

from evals.playing.play import play
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall, PersonsNote

YES = OnCall(question="approval", action="rollback", service="sign-in", answer="approve")
NO = OnCall(question="approval", answer="refuse")


def test_a_rule_for_one_service_answers_no_proposal_for_another() -> None:
    scenario = load("first_light")
    decisions: dict[str, tuple[str, str]] = {}
    for service in ("sign-in", "storefront"):
        rules = [YES.model_copy(update={"service": service}), NO, OnCall(question="direction", answer="handled")]
        events = play(scenario._replace(on_call=rules), patience=timedelta(minutes=30)).events
        first = next(event for event in events if event.kind == "decision")
        decisions[service] = (first.payload["proposal"]["service"], first.payload["decision"])
    assert decisions == {"sign-in": ("sign-in", "approved"), "storefront": ("sign-in", "refused")}


def test_a_note_is_in_the_transcript_at_its_minute() -> None:
    notes = [PersonsNote(after_minutes=900, text="too late"), PersonsNote(after_minutes=4, by="desk", text="two more")]
    played = play(load("first_light")._replace(notes=notes))
    told = [event for event in played.events if event.kind == "note"]
    assert [(e.payload["text"], (e.at - played.events[0].at).total_seconds()) for e in told] == [("two more", 240)]


def test_what_a_world_says_was_changed_is_in_the_ledger_that_investigators_read() -> None:
    played = play(load("first_light"), patience=timedelta(minutes=20))
    read = [e.payload for e in played.events if e.kind == "tool_result" and e.payload["tool"] == "change_history"]
    told = [(one["service"], one["kind"]) for payload in read for one in payload["value"]["changes"]]
    assert ("sign-in", "release") in told
    assert ("user-store", "certificate") in told
