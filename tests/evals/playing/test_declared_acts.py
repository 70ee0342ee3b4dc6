"""Whole runs with declared acts: one that is called for before the cause is known, and some that never are."""

from datetime import timedelta

import pytest

from evals.playing.play import Played, play
from evals.scenarios.loading import load
from evals.scenarios.scenario import OnCall
from graphs.transcript.event import Event


def of_kind(played: Played, kind: str) -> list[Event]:
    return [event for event in played.events if event.kind == kind]


def test_a_mitigation_is_proposed_before_the_cause_is_known_done_to_the_letter_and_verified() -> None:
    played = play(load("dark_harbour"), patience=timedelta(minutes=75))
    (concluded,), (proposed,) = of_kind(played, "conclusion"), of_kind(played, "proposal")
    assert concluded.payload["conclusion"]["verdict"] == "insufficient evidence"
    assert not of_kind(played, "question")[1:]  # but for the approval, nobody was asked anything
    (act,) = [done for done in played.production.journal.acts() if done.changes_production]
    wanted = {"service": "manifest-api", "region": "sin"}
    assert (act.port, act.arguments) == ("reroute_region", wanted)
    assert {"service": "manifest-api", **proposed.payload["proposal"]["parameters"]} == wanted
    assert played.facts.resolved_at
    (written,) = of_kind(played, "post_mortem")
    text = written.payload["text"]
    assert "The cause is not known." in text
    assert "It ended after the rerouting of sin at manifest-api at " in text
    assert "it ended after a mitigation, before its cause was seen" in text
    assert "Find out what failed in sin of manifest-api" in text


def test_where_a_person_refuses_it_they_are_asked_for_a_direction() -> None:
    rules = [OnCall(question="approval", answer="refuse", comment="We need it.")]
    played = play(load("stray_anvil")._replace(on_call=rules), patience=timedelta(minutes=60))
    asked = [event.payload["question"] for event in of_kind(played, "question")]
    proposals = [
        (one["proposal"]["action"], one["proposal"]["parameters"]) for one in asked if one["kind"] == "approval"
    ]
    assert proposals == [(action, {"instance": "basket-5"}) for action in ("drain_instance", "replace_instance")]
    direction = next(one for one in asked if one["kind"] == "direction")
    assert "No mitigation to propose" in direction["text"]
    assert not [done for done in played.production.journal.acts() if done.changes_production]


@pytest.mark.parametrize("name", ["calm_ferry", "busy_meadow", "quiet_forge"])
def test_an_act_that_is_declared_and_not_called_for_is_never_proposed(name: str) -> None:
    scenario = load(name)
    declared = {(action, name) for name, service in scenario.world.services.items() for action in service.acts}
    proposals = [event.payload["proposal"] for event in of_kind(play(scenario), "proposal")]
    assert declared
    assert not declared & {(proposal["action"], proposal["service"]) for proposal in proposals}
