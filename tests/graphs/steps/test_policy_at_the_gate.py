"""The policy at the gate: a written rule lets a change through, forbids it, or says whose approval it needs."""

from typing import Any

import pytest

from evals.defects.planting import altered
from evals.playing.play import EPOCH
from graphs.model.questions import Instruction, UnprovenName, WrongAnswer
from graphs.replay.replay import replay
from graphs.transcript.event import Event
from tests.graphs.gate import BOTH, MINUTE, RESTART, RESTARTED, Gate, Rule, played, refused


def test_an_auto_rule_has_one_service_restarted_at_p0_without_a_person_and_the_decision_names_the_rule() -> None:
    async def part(gate: Gate) -> None:
        decision = await gate.decision()
        text = "restart of bookings-*, at P0: made without asking, because it is safe"
        assert (decision["decision"], decision["by"]) == ("approved", "policy")
        assert decision["rule"] == {"number": 2, "text": text}
        assert decision["why"] == f"rule 2 of the policy ({text})"
        assert gate.done == [("restart", "bookings-db")]
        (result,) = gate.of("result")
        assert result["digest"] == decision["digest"]
        assert not [asked for asked in gate.of("question") if asked["question"]["kind"] == "approval"]

    played(RESTARTED, part, {"action": "deploy", "verdict": "never"}, RESTART)


@pytest.mark.parametrize("more", [{"severity": "P1"}, {"action": "scale"}, {"environment": "staging"}])
def test_an_auto_rule_for_something_else_lets_nothing_through(more: Rule) -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        assert (asked.may, asked.approvals, asked.rule) == (["*"], 1, None)
        assert gate.done == []
        gate.says(asked, "on-call", is_proven=False)
        decision = await gate.decision()
        assert decision["rule"]["number"] == 0
        assert gate.done == [("restart", "bookings-db")]

    played(RESTARTED, part, {**RESTART, **more})


def test_an_auto_rule_changes_nothing_while_acting_is_on_hold() -> None:
    async def part(gate: Gate) -> None:
        gate.incidents.hold(True, "ada")
        await gate.until(lambda: bool(gate.of("proposal")))
        await gate.clock.sleep(20 * MINUTE)
        assert (gate.done, gate.of("decision")) == ([], [])
        gate.incidents.hold(False, "ada")
        await gate.until(lambda: bool(gate.done))
        assert gate.done == [("restart", "bookings-db")]

    played(RESTARTED, part, RESTART)


def test_what_was_on_hold_until_it_was_over_is_not_made_though_a_rule_lets_it_through() -> None:
    def well(report: dict[str, Any]) -> None:
        report["state"] = "recovered"

    async def part(gate: Gate) -> None:
        gate.incidents.hold(True, "ada")
        await gate.until(lambda: bool(gate.of("proposal")))
        await gate.clock.sleep(20 * MINUTE)
        gate.incidents.hold(False, "ada")
        await gate.until(lambda: bool(gate.of("attempt")))
        attempt = gate.of("attempt")[0]["attempt"]
        assert (gate.done, attempt["outcome"]) == ([], "overtaken")
        assert attempt["said"].startswith("before it was made, it was over: ")

    with altered("infrastructure_maintainer", "verify_recovery", well):
        played(RESTARTED, part, RESTART)


def test_what_was_on_hold_until_the_hours_of_its_rule_were_over_is_asked_about() -> None:
    async def part(gate: Gate) -> None:
        gate.incidents.hold(True, "ada")
        await gate.until(lambda: bool(gate.of("proposal")))
        await gate.clock.sleep(60 * MINUTE)
        gate.incidents.hold(False, "ada")
        asked = await gate.asked()
        assert (
            "Put to the policy anew: by the time it was decided on, the hours of another rule had begun" in asked.text
        )
        assert gate.done == []

    played(RESTARTED, part, {**RESTART, "hours": "03:00-03:40"})


def test_who_is_asked_in_the_hours_of_another_rule_is_told_that_it_was_measured_to_be_over() -> None:
    def well(report: dict[str, Any]) -> None:
        report["state"], report["summary"] = "recovered", "Recovered: all is as usual."

    async def part(gate: Gate) -> None:
        for minutes in (8, 16):  # by the second yes, bob's hours have begun
            asked = await gate.asked()
            await gate.clock.sleep(minutes * MINUTE)
            gate.says(asked, "ada")
            await gate.clock.sleep(MINUTE)
        anew = await gate.asked()
        assert anew.may == ["bob"]
        assert (
            "Put to the policy anew: by the time it was decided on, the hours of another rule had begun." in anew.text
        )
        assert "it was over: all is as usual. Should it be made all the same?" in anew.text
        assert gate.done == []

    with altered("infrastructure_maintainer", "verify_recovery", well):
        played(RESTARTED, part, {"hours": "03:00-03:30", "ask": ["ada"]}, {"ask": ["bob"]})


def test_a_yes_in_the_hours_of_a_rule_that_forbids_the_change_does_not_help() -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        await gate.clock.sleep(MINUTE)
        begun = gate.clock.now()
        await gate.restart({"hours": f"{begun:%H:%M}-02:00", "verdict": "never"})
        await gate.clock.sleep(MINUTE)
        gate.says(asked, "on-call", is_proven=False)
        await gate.until(lambda: len(gate.of("decision")) > 1)
        first, second = gate.of("decision")[:2]
        assert [(one["decision"], one["by"]) for one in (first, second)] == [
            ("approved", "on-call"),
            ("refused", "policy"),
        ]
        assert gate.done == []

    played(RESTARTED, part)


def test_a_yes_stands_where_the_hours_of_an_auto_rule_have_begun_meanwhile() -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        await gate.until(lambda: gate.clock.now() >= EPOCH + 31 * MINUTE)
        gate.says(asked, "on-call", is_proven=False)
        await gate.until(lambda: bool(gate.done))
        assert [(one["decision"], one["by"]) for one in gate.of("decision")] == [("approved", "on-call")]

    played(RESTARTED, part, {"hours": "03:00-03:30", "verdict": "ask"}, RESTART)


def test_a_yes_in_the_hours_of_other_approvers_is_asked_for_again() -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        assert asked.may == ["ada"]
        await gate.until(lambda: gate.clock.now() >= EPOCH + 31 * MINUTE)
        gate.says(asked, "ada")
        anew = await gate.asked()
        assert (anew.may, gate.done) == (["bob"], [])
        gate.says(anew, "bob")
        await gate.until(lambda: bool(gate.done))

    played(RESTARTED, part, {"hours": "03:00-03:30", "ask": ["ada"]}, {"ask": ["bob"]})


@pytest.mark.parametrize(
    "rule", [{"service": "bookings-db", "verdict": "never", "why": "it has no standby"}, {"ask": []}]
)
def test_what_a_rule_forbids_or_nobody_may_approve_is_not_made_and_nobody_is_asked_to_approve_it(rule: Rule) -> None:
    async def part(gate: Gate) -> None:
        decision = await gate.decision()
        assert (decision["decision"], decision["by"]) == ("refused", "policy")
        assert decision["rule"]["number"] == 1
        assert rule.get("why", "not enough people may approve") in decision["why"]
        await gate.until(lambda: bool(gate.of("question")))
        assert {asked["question"]["kind"] for asked in gate.of("question")} == {"direction"}
        assert gate.done == []

    played(RESTARTED, part, rule)


def test_only_a_named_approver_with_a_proven_name_may_answer() -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        assert (asked.may, asked.who_may_answer) == (["ada"], "ada, with a key of their own")
        with refused(UnprovenName, "ada is a name without proof: answer with an API key of your own"):
            gate.says(asked, "ada", is_proven=False)
        with refused(WrongAnswer, "bob may not answer this; ada may"):
            gate.says(asked, "bob")
        with refused(WrongAnswer, "may not answer this"):
            gate.says(asked, "Ada")
        assert gate.done == []
        gate.says(asked, "ada")
        decision = await gate.decision()
        assert (decision["by"], decision["approved_by"], decision["rule"]["number"]) == ("ada", ["ada"], 1)
        assert gate.done == [("restart", "bookings-db")]

    played(RESTARTED, part, {"ask": ["ada"]})


@pytest.mark.parametrize("answer", ["approve", "refuse"])
def test_where_the_policy_became_stricter_an_earlier_yes_is_not_enough(answer: str) -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        await gate.restart(BOTH)
        gate.says(asked, "on-call", answer, is_proven=False)
        if answer == "refuse":
            assert (await gate.decision())["decision"] == "refused"
            return
        anew = await gate.asked()
        assert (anew.approved_by, anew.approvals_missing, gate.done) == ([], 2, [])

    played(RESTARTED, part)


def test_a_person_s_no_stands_where_the_policy_became_looser_meanwhile() -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        await gate.restart(RESTART)
        gate.says(asked, "on-call", "refuse", is_proven=False)
        decision = await gate.decision()
        assert (decision["decision"], decision["by"]) == ("refused", "on-call")

    played(RESTARTED, part)


def test_where_a_change_became_forbidden_meanwhile_a_yes_does_not_help() -> None:
    async def part(gate: Gate) -> None:
        asked = await gate.asked()
        await gate.restart({"verdict": "never"})
        gate.says(asked, "on-call", is_proven=False)
        decision = await gate.decision()
        assert (decision["decision"], decision["by"], gate.done) == ("refused", "policy", [])

    played(RESTARTED, part)


def test_another_severity_is_another_rule_and_what_was_approved_before_does_not_count() -> None:
    async def part(gate: Gate) -> None:
        gate.says(await gate.asked(), "ada")
        second = await gate.asked()
        gate.incidents.instruct(
            gate.run, Instruction.model_validate({"kind": "severity", "by": "ada", "severity": "P1"})
        )
        await gate.until(lambda: gate.incidents.facts(gate.run).severity == "P1")
        gate.answered.add(second.id)
        anew = await gate.asked()
        assert (anew.may, anew.approved_by, anew.approvals_missing) == (["ada", "bob", "cleo"], [], 2)

    played(RESTARTED, part, {**BOTH, "severity": "P0"}, {"ask": ["ada", "bob", "cleo"], "approvals": 2})


@pytest.mark.parametrize(("rule", "people"), [(RESTART, []), (BOTH, ["ada", "bob"]), ({"ask": ["ada"]}, ["ada"])])
def test_a_run_under_a_policy_is_played_again_exactly(rule: Rule, people: list[str]) -> None:
    async def part(gate: Gate) -> None:
        for name in people:
            gate.says(await gate.asked(), name)
        for _ in range(100):
            if gate.incidents.facts(gate.run).closed_at:
                return
            await gate.clock.sleep(60 * MINUTE)

    replayed = replay(played(RESTARTED, part, rule))
    assert replayed.identical, replayed.difference


def test_a_run_that_was_recorded_before_rules_were_is_played_again_exactly() -> None:
    async def part(gate: Gate) -> None:
        gate.says(await gate.asked(), "on-call", is_proven=False)
        await gate.until(lambda: bool(gate.of("result")))
        while not gate.incidents.facts(gate.run).closed_at:
            await gate.clock.sleep(60 * MINUTE)

    def as_it_was(event: Event) -> Event:
        return event.model_copy(update={"payload": {n: v for n, v in event.payload.items() if n != "rule"}})

    events = played(RESTARTED, part)
    assert any("rule" in event.payload for event in events)
    replayed = replay([as_it_was(event) for event in events])
    assert replayed.identical, replayed.difference
