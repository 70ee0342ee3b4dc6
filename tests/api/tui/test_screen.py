"""A run on the whole terminal, as wide and as high as it is."""

from datetime import UTC, timedelta, timezone, tzinfo
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from agents.tools.change import Change
from api.runs.run_view import view_of
from api.tui.dialogue import Dialogue
from api.tui.screen import ScreenState
from tests.api.conftest import Incident

SIZES = [(80, 24), (100, 30), (200, 50), (40, 12)]
PROPOSAL = {
    **{"action": "rollback", "service": "checkout", "summary": "", "parameters": {"version": "41"}},
    **{"risk": "2 min of errors", "undo": "deploy 42 again"},
}


def scene(incident: Incident, later: timedelta = timedelta(0), zone: tzinfo = UTC) -> ScreenState:
    """What a watcher would see of the run."""
    incidents = incident.incidents
    now = incidents.clock.now() + later
    view = view_of(incidents.facts(incident.run), incidents.catalogue, now)
    shown = ScreenState(incident.run, "http://127.0.0.1:1", view, who="night shift", zone=zone)
    for event in incidents.transcript(incident.run):
        shown.take_in(event)
    shown.dialogue = Dialogue(view.questions[0]) if view.questions else None
    return shown


def drawn(shown: ScreenState, size: tuple[int, int] = (80, 24), **colours: Any) -> list[str]:
    page = StringIO()
    console = Console(file=page, highlight=False, width=size[0], height=size[1], **colours)
    console.print(shown)
    return page.getvalue().splitlines()


@pytest.fixture
def busy(incident: Incident) -> Incident:
    """A P0 in the middle of its investigation."""
    incident.write("classification", severity="P0", set_by="rule", reasons=["it is down"], level="Critical", was=None)
    incident.write("activation", severity="P0", team=[], joined=[])
    for number, role in enumerate(("api_tester", "backend_architect", "devops_automator", "frontend_developer")):
        incident.write("duty_started", role, "investigate", summary=f"Look at part {number}. (S2.{number})")
    for number in range(60):
        incident.write("note", by="on-call", text=f"note {number}")
    return incident


@pytest.mark.parametrize("size", SIZES)
def test_it_fills_the_screen_and_never_more(busy: Incident, size: tuple[int, int]) -> None:
    busy.ask(PROPOSAL)
    lines = drawn(scene(busy), size)
    assert len(lines) <= size[1]
    assert max(map(len, lines)) <= size[0]
    assert " P0  checkout" in lines[0] and "leave" in lines[-1]


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_a_question_shows_all_that_a_person_decides_on(busy: Incident, size: tuple[int, int]) -> None:
    busy.ask(PROPOSAL)
    page = "\n".join(drawn(scene(busy), size))
    digest = Change.of(PROPOSAL).digest[:12]
    for text in (
        "Roll back checkout to 41?",
        "rollback of checkout, version 41",
        digest,
        "2 min of errors",
        "deploy 42",
    ):
        assert text in page
    assert "a approve  r refuse  e edit  c comment" in page


def test_the_header_counts_from_the_server_s_clock(busy: Incident) -> None:
    page = "\n".join(drawn(scene(busy, timedelta(minutes=10))))
    assert " P0  checkout answers 500" in page
    assert "elapsed 10 min" in page
    assert "next update in 5 min (03:15)" in page
    assert "ESC-1 in 20 min" in page
    assert "commander Infrastructure Maintainer" in page
    assert "severity by written rule" in page


def test_the_last_lines_are_shown_and_who_goes_back_stays_there(busy: Incident) -> None:
    shown = scene(busy)
    assert "note 59" in "\n".join(drawn(shown))
    shown.back = 30
    before = drawn(shown)
    assert "newer below" in "\n".join(before)
    busy.write("note", by="on-call", text="the newest")
    shown.take_in(busy.incidents.transcript(busy.run)[-1])
    old, new = ([line for line in page if ": note " in line] for page in (before, drawn(shown)))
    assert old == new != []


def test_a_lost_connection_says_that_what_is_shown_is_old(busy: Incident) -> None:
    shown = scene(busy)
    assert "● live" in drawn(shown)[-1]
    shown.lost = "connection lost after event 7"
    assert "live" not in drawn(shown)[-1]
    assert "connection lost after event 7" in drawn(shown)[-1]


def test_what_would_be_sent_stands_above_the_keys(busy: Incident) -> None:
    busy.ask(PROPOSAL)
    shown = scene(busy)
    assert shown.dialogue
    shown.dialogue.press("r")
    assert "As night shift. Send: refuse?" in drawn(shown)[-2]
    assert "y send it" in drawn(shown)[-1]


def test_text_from_outside_commands_no_terminal(incident: Incident) -> None:
    hostile = "\x1b[2J[red]\x1b]0;x\x07"
    incident.write("note", by=hostile, text=hostile)
    incident.ask({**PROPOSAL, "risk": hostile, "undo": hostile, "service": hostile})
    page = "\n".join(drawn(scene(incident), (200, 50)))
    assert [line.count("[red]") for line in page.splitlines() if "notes:" in line] == [2]
    assert [line.count("[red]") for line in page.splitlines() if line.startswith(("Action", "Risk", "Undo"))] == [1] * 3
    assert "\x1b" not in page
    assert "\x07" not in page


def test_what_a_model_cost_is_in_the_header_and_nothing_where_none_was_asked(incident: Incident) -> None:
    shown = scene(incident)
    assert "tokens" not in "\n".join(drawn(shown))
    spent = shown.view.spent.model_copy(update={"money": 0.42})
    shown.view = shown.view.model_copy(update={"tokens_in": 12_000, "tokens_out": 345, "spent": spent})
    assert "cost 12,345 tokens, 0.42" in "\n".join(drawn(shown))


@pytest.mark.parametrize(("estimated", "words"), [(345, "345 of them estimated"), (12_345, "all of them estimated")])
def test_what_of_the_cost_is_an_estimate_is_said(incident: Incident, estimated: int, words: str) -> None:
    shown = scene(incident)
    spent = shown.view.spent.model_copy(update={"tokens_estimated": estimated})
    shown.view = shown.view.model_copy(update={"tokens_in": 12_000, "tokens_out": 345, "spent": spent})
    assert f"cost 12,345 tokens, {words}" in "\n".join(drawn(shown))


@pytest.mark.parametrize(
    ("zone", "name", "hour"), [(UTC, "UTC", "03"), (timezone(timedelta(hours=2), "CEST"), "CEST", "05")]
)
def test_the_screen_shows_times_in_the_zone_that_is_wanted_and_names_it(
    busy: Incident, zone: tzinfo, name: str, hour: str
) -> None:
    shown = scene(busy, zone=zone)
    shown.view = shown.view.model_copy(update={"next_update_at": shown.view.as_of + timedelta(minutes=30)})
    page = "\n".join(drawn(shown, (200, 50)))
    for text in (f"What happened, {name}", f"in 30 min ({hour}:30)", f"{hour}:00:00"):
        assert text in page


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("nothing wrong", "nothing wrong (high confidence)"), ("insufficient evidence", "insufficient evidence")],
)
def test_nobody_is_confident_where_the_evidence_does_not_suffice(busy: Incident, verdict: str, said: str) -> None:
    shown = scene(busy)
    found = {"verdict": verdict, "confidence": "high", "conclusion": "What was read."}
    shown.view = shown.view.model_copy(update=found)
    assert said in [line.rstrip() for line in drawn(shown)]
