"""The suite on played runs: what the scorers say, what planted defects set off, and the three ways to play."""

from functools import cache
from typing import Any

import pytest

from evals.defects.registry import DEFECTS, planted
from evals.playing.play import Played, play
from evals.playing.run_result import RunResult, missing_evidence
from evals.recording.capture import redact
from evals.report.records import Record
from evals.running.eval_runner import Job, Models, provider_fault, run_job
from evals.running.selftest import judged
from evals.scenarios.loading import load, names
from evals.scorers.evidence import not_in_evidence, source
from evals.scorers.registry import SCORERS, score
from evals.scorers.scores import mark
from graphs.transcript.event import Event
from tests.model_server import Reply, refuses, says, serving


@cache
def result(name: str = "amber_pike") -> RunResult:
    scenario = load(name)
    return RunResult(scenario, 0, play(scenario))


def retold(change: Any) -> RunResult:
    """The same run with some of its events told otherwise."""
    sound = result()
    events = [change(event) for event in sound.events]
    played = Played(sound.facts, [event for event in events if event], sound.played.production)
    return RunResult(sound.scenario, 0, played)


def without_evidence(event: Event) -> Event:
    if event.kind != "tool_result" or event.duty != "assess_scope":
        return event
    refusal = {"error": "no data", "said": "nothing is recorded"}
    return event.model_copy(update={"payload": {**event.payload, "refusal": refusal}})


def test_a_sound_run_passes_by_every_scorer_that_decides() -> None:
    verdict, marks = score(result())
    assert verdict == "pass"
    assert [name for name, told in marks.items() if told.verdict != "pass"] == []


def test_what_severity_rests_on_is_missed_where_it_was_not_there() -> None:
    assert missing_evidence(result()) == []
    assert missing_evidence(retold(without_evidence))


def test_a_wrong_severity_without_its_evidence_is_inconclusive_and_with_it_wrong() -> None:
    sound = retold(without_evidence)
    wrong = sound.scenario._replace(expected=sound.expected.model_copy(update={"severity": "P0"}))
    assert score(RunResult(wrong, 0, sound.played))[1]["severity"].verdict == "inconclusive"
    assert score(RunResult(wrong, 0, result().played))[1]["severity"].verdict == "fail"


def test_a_missing_approval_is_unsafe_whatever_evidence_was_missing() -> None:
    def unapproved_and_without_evidence(event: Event) -> Event | None:
        return None if event.kind == "decision" else without_evidence(event)

    unapproved = retold(unapproved_and_without_evidence)
    verdict, marks = score(unapproved)
    assert marks["unsafe actions"].values["unsafe"] == 1
    assert verdict == "fail"


@pytest.mark.parametrize(
    ("text", "cited", "faults"),
    [
        ("error rate 42 %", {"error_rate": {"values": [0.001, 0.42]}}, 0),
        ("error rate 42 %", {"error_rate": {"values": [0.001, 0.1]}}, 1),
        ("2.3.1 was deployed", {"running": "2.3.1"}, 0),
        ("2.3.1 was deployed", {"running": "2.3.0"}, 1),
        ("it writes “KeyError: issuer”", {"signature": "KeyError: issuer"}, 0),
        ("it writes “KeyError: issuer”", {"signature": "TypeError"}, 1),
        ("error rate 50 % or more", {"severity": "P1"}, 0),
    ],
)
def test_a_claim_says_what_its_evidence_says(text: str, cited: dict[str, Any], faults: int) -> None:
    assert len(not_in_evidence(text, [source(cited)])) == faults


def test_every_planted_defect_names_scenarios_that_there_are() -> None:
    assert len(DEFECTS) >= 25
    assert {scenario for defect in DEFECTS.values() for scenario in defect.scenarios} <= set(names())


@pytest.mark.parametrize(
    ("defect", "scorer"),
    [("skipped approval", "unsafe actions"), ("resolved too early", "premature resolved"), ("update lost", "updates")],
)
def test_a_planted_defect_sets_off_its_scorer(defect: str, scorer: str) -> None:
    record = run_job(Job("wry_neck", defect=defect, seed=0))
    assert record.verdict == "fail"
    assert record.marks[scorer].verdict == "fail"


def test_a_defect_is_gone_when_its_run_is_over() -> None:
    with planted("skipped approval"):
        pass
    assert run_job(Job("amber_pike", 0)).verdict == "pass"


def test_a_defect_that_changes_nothing_is_uncaught_and_an_objection_to_the_sound_product_an_alarm() -> None:
    sound = run_job(Job("amber_pike", 0))
    defect = DEFECTS["prevention empty"]
    told = judged([defect], {("", "amber_pike"): sound, (defect.name, "amber_pike"): sound})
    assert (told.planted, told.caught, told.uncaught) == (1, 0, ["prevention empty"])
    loud = sound.model_copy(update={"marks": {**sound.marks, "levels": mark(["loud"])}})
    told = judged([defect], {("", "amber_pike"): loud, (defect.name, "amber_pike"): loud})
    assert told.false_alarms == {"amber_pike": ["levels"]}


def test_a_scenario_that_is_not_there_is_an_error_of_the_setup() -> None:
    record = run_job(Job("no_such_scenario", 0))
    assert (record.verdict, record.error) == ("error", "setup")


def answered(fault: dict[str, Any] | None) -> Event:
    return result().events[0].model_copy(update={"kind": "model_answer", "payload": {"fault": fault, "answer": None}})


def test_a_fault_of_the_endpoint_is_the_provider_s_and_a_bad_report_is_not() -> None:
    assert provider_fault([answered({"kind": "no connection", "said": "refused"})])
    assert not provider_fault([answered({"kind": "invalid report", "said": "no severity"}), answered(None)])


def test_a_run_by_the_book_replays_exactly_and_each_duty_does_the_same_again() -> None:
    assert run_job(Job("north_wind", 0, way="exact")).verdict == "pass"
    done = run_job(Job("north_wind", 0, way="duty"))
    assert done.verdict == "pass"
    assert done.provenance["exact"] > 0
    assert done.provenance["missing"] == 0


def duties_by(reply: Reply, monkeypatch: pytest.MonkeyPatch) -> Record:
    """A P3's duties one by one, by a model that always answers so."""
    with serving(lambda _: reply) as url:
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        return run_job(Job("north_wind", 0, "model", Models(base_url=url), way="duty"))


def test_duties_that_the_rules_do_in_a_model_s_place_are_none_of_the_model_s(monkeypatch: pytest.MonkeyPatch) -> None:
    done = duties_by(says("All is well."), monkeypatch)
    assert done.verdict == "fail"
    assert {mark.score for mark in done.marks.values()} == {0.0}
    assert all("no report" in mark.why[0] for mark in done.marks.values())


def test_a_dead_endpoint_makes_a_duty_exam_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    done = duties_by(refuses(503, "gone"), monkeypatch)
    assert (done.verdict, done.error, done.marks) == ("error", "provider", {})
    assert done.said.startswith("server error: ")


def test_scorers_have_names_of_their_own() -> None:
    assert len({scorer.name for scorer in SCORERS}) == len(SCORERS)


def test_secrets_and_addresses_are_taken_out_and_stay_tellable_apart() -> None:
    told = redact("ann@example.org at 10.1.2.3 used Bearer abc.def and token=xyz; bob@example.org did not")
    assert not any(secret in told for secret in ("ann@", "bob@", "10.1.2.3", "abc.def", "xyz"))
    assert told.count("<mail-") == 2
    assert redact("ann@example.org") != redact("bob@example.org")
    assert redact("version 1.2.3 of 5.19.0") == "version 1.2.3 of 5.19.0"
