"""The two-person rule: two different people approve exactly the same change, the second knowing of the first."""

import pytest

from graphs.model.questions import UnprovenName, WrongAnswer
from tests.graphs.gate import BOTH, FAILED_OVER, RESTARTED, Gate, played, refused


def test_two_different_people_have_to_approve_and_the_second_sees_what_the_first_said() -> None:
    async def part(gate: Gate) -> None:
        first = await gate.asked()
        assert first.approvals_missing == 2
        assert first.text.startswith("Restart of bookings-db. 2 different people have to approve.")
        with refused(UnprovenName, "the policy asks named people"):
            gate.says(first, "ada", is_proven=False)
        gate.says(first, "ada", comment="The standby is up.")
        second = await gate.asked()
        assert (second.digest, second.approved_by, second.approvals_missing) == (first.digest, ["ada"], 1)
        assert "ada approved this: The standby is up. One more person has to approve." in second.text
        assert second.who_may_answer == (
            "ada, bob, with a key of their own; 1 of 2 approvals missing, approved so far by ada"
        )
        with refused(WrongAnswer, "ada has approved this before; another person has to"):
            gate.says(second, "ada")
        assert (gate.done, gate.of("decision")) == ([], [])
        gate.says(second, "bob")
        decision = await gate.decision()
        assert (decision["decision"], decision["approved_by"]) == ("approved", ["ada", "bob"])
        assert gate.done == [("restart", "bookings-db")]

    played(RESTARTED, part, BOTH)


def test_two_people_are_needed_of_anybody_and_a_typed_name_is_none_of_them() -> None:
    async def part(gate: Gate) -> None:
        first = await gate.asked()
        with refused(UnprovenName, "the policy asks 2 different people, and on-call is a name without proof"):
            gate.says(first, "on-call", is_proven=False)
        gate.says(first, "ada")
        second = await gate.asked()
        with refused(WrongAnswer, "ADA has approved this before"):
            gate.says(second, "ADA")
        gate.says(second, "whoever")
        assert (await gate.decision())["approved_by"] == ["ada", "whoever"]

    played(RESTARTED, part, {"verdict": "ask", "approvals": 2})


@pytest.mark.parametrize("who", ["ada", "bob"])
def test_a_refusal_by_either_of_two_people_ends_it(who: str) -> None:
    async def part(gate: Gate) -> None:
        gate.says(await gate.asked(), "ada")
        gate.says(await gate.asked(), who, "refuse", comment="Not now.")
        decision = await gate.decision()
        assert (decision["decision"], decision["by"], gate.done) == ("refused", who, [])

    played(RESTARTED, part, BOTH)


def test_without_the_second_approval_in_time_nothing_is_done() -> None:
    async def part(gate: Gate) -> None:
        gate.says(await gate.asked(), "ada")
        await gate.asked()
        decision = await gate.decision()
        assert (decision["decision"], decision["by"], gate.done) == ("expired", "nobody", [])

    played(RESTARTED, part, BOTH)


def test_an_edit_begins_anew_with_the_edited_change_and_whoever_edited_it_has_approved_it() -> None:
    async def part(gate: Gate) -> None:
        first = await gate.asked()
        gate.says(first, "ada")
        second = await gate.asked()
        gate.says(second, "bob", "edit", parameters={"standby": "another"})
        third = await gate.asked()
        assert third.digest != first.digest
        assert third.proposal
        assert third.proposal["parameters"] == {"standby": "another"}
        assert (third.approved_by, third.approvals_missing) == (["bob"], 1)
        assert gate.done == []
        with refused(WrongAnswer, "bob has approved this before"):
            gate.says(third, "bob")
        gate.says(third, "ada")
        decision = await gate.decision()
        assert (decision["digest"], decision["approved_by"]) == (third.digest, ["bob", "ada"])
        (result,) = gate.of("result")
        assert (result["digest"], result["arguments"]["standby"]) == (third.digest, "another")

    played(FAILED_OVER, part, BOTH)


def test_the_first_of_two_approvals_outlives_the_process() -> None:
    async def part(gate: Gate) -> None:
        gate.says(await gate.asked(), "ada")
        await gate.asked()
        await gate.restart(BOTH)
        gate.says(await gate.asked(), "bob")
        assert (await gate.decision())["approved_by"] == ["ada", "bob"]
        assert len(gate.done) == 1

    played(RESTARTED, part, BOTH)
