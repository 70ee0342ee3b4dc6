"""The person on call approves the right act, refuses others, tells what was found out, and repairs what is left."""

import dataclasses
from typing import Any, cast

import httpx2
import pytest

from tests.lab.street import person as person_module
from tests.lab.street.controls import Act
from tests.lab.street.faults import FAULTS, RightAct
from tests.lab.street.person import Person
from tests.lab.street.ticket_office import TicketOffice
from tests.lab.warroom_client import WarroomClient

FAULT = FAULTS["seats_hangs"]
RESTART: dict[str, Any] = {"action": "restart", "service": "seats", "parameters": {}}
ROLLBACK: dict[str, Any] = {"action": "rollback", "service": "front", "parameters": {"version": "2.3.0"}}


class Evening:
    """A clock of minutes, an office whose acts are what a test says, and a Warroom that keeps what it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.minute = 0.0
        self.acts: list[Act] = []
        self.restarted: list[str] = []
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.refuses = False
        monkeypatch.setattr(person_module.time, "time", lambda: 60.0 * self.minute)
        office, warroom = cast(TicketOffice, self), cast(WarroomClient, self)
        self.person = Person(FAULT, office, warroom, 60.0)

    def restart(self, service: str) -> None:
        self.restarted.append(service)

    def post(self, path: str, body: dict[str, Any]) -> None:
        if self.refuses:
            request = httpx2.Request("POST", "http://127.0.0.1")
            raise httpx2.HTTPStatusError("409", request=request, response=httpx2.Response(409, request=request))
        self.posted.append((path.removeprefix("/v1/runs/r1/"), body))

    def at(self, minute: float, *questions: dict[str, Any], broken: bool = True, **run: Any) -> list[str]:
        """Let the person look at one run; gives the answers and words that this led to."""
        self.minute, before = minute, len(self.posted)
        stands = {"id": "r1", "status": "running", "step": 2, "questions": list(questions), **run}
        self.person.look([stands], lambda: broken)
        return [f"{path} {body.get('answer', '')}".strip() for path, body in self.posted[before:]]


def approval(name: str, proposal: dict[str, Any]) -> dict[str, Any]:
    options = ["approve", "refuse"]
    return {"id": name, "kind": "approval", "proposal": proposal, "digest": "d1", "options": options}


def direction(name: str) -> dict[str, Any]:
    return {"id": name, "kind": "direction", "proposal": None, "options": ["look again", "cause", "handled"]}


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    return Evening(monkeypatch)


def test_the_right_act_is_approved_after_a_while_and_once(evening: Evening) -> None:
    assert evening.at(0, approval("q1", RESTART)) == []
    assert evening.at(2, approval("q1", RESTART)) == ["answers/q1 approve"]
    assert evening.posted[0][1]["digest"] == "d1"
    assert evening.at(3, approval("q1", RESTART)) == []


def test_any_other_act_is_refused(evening: Evening) -> None:
    evening.at(0, approval("q1", ROLLBACK))
    assert evening.at(2, approval("q1", ROLLBACK)) == ["answers/q1 refuse"]


def test_the_right_act_is_not_done_twice(evening: Evening) -> None:
    evening.acts = [Act(1, "restart", "seats", "", "k")]
    evening.at(0, approval("q1", RESTART))
    assert evening.at(2, approval("q1", RESTART)) == ["answers/q1 refuse"]


def test_a_rollback_is_right_only_to_its_version() -> None:
    rollback = RightAct("rollback", "front", "2.4.0")
    fault = dataclasses.replace(FAULT, right=(rollback,))
    proposal = {"action": "rollback", "service": "front", "parameters": {"version": "2.4.0"}}
    assert person_module.is_right(fault, proposal)
    assert not person_module.is_right(fault, ROLLBACK)


def test_what_was_found_out_is_told_in_its_minute_and_once(evening: Evening) -> None:
    evening.at(0)
    assert evening.at(FAULT.finding.minutes - 1) == []
    assert evening.at(FAULT.finding.minutes) == ["cause"]
    assert evening.at(FAULT.finding.minutes + 1) == []
    assert [said.words for said in evening.person.said] == [FAULT.finding.words]


def test_a_question_for_a_direction_is_answered_by_what_is_known(evening: Evening) -> None:
    assert evening.at(0, direction("q1")) == []
    assert evening.at(5, direction("q1")) == []
    assert evening.at(FAULT.finding.minutes, direction("q1")) == ["answers/q1 cause"]


def test_what_nothing_has_put_right_is_repaired_by_hand_and_said(evening: Evening) -> None:
    evening.at(0)
    assert "handled" in evening.at(FAULT.repair.minutes)
    assert evening.restarted == ["seats"]
    assert evening.person.is_done


def test_nothing_is_repaired_twice(evening: Evening) -> None:
    evening.acts = [Act(1, "restart", "seats", "", "k")]
    evening.at(0)
    assert evening.at(FAULT.repair.minutes) == []
    assert evening.restarted == []


def test_what_works_again_is_looked_at_again_before_it_is_called_over(evening: Evening) -> None:
    evening.acts = [Act(1, "restart", "seats", "", "k")]
    answers: list[str] = []
    for number in range(3):
        evening.at(10 * number, direction(f"q{number}"), broken=False)
        answers += evening.at(10 * number + 2, direction(f"q{number}"), broken=False)
    assert answers == ["answers/q0 look again", "answers/q1 look again", "answers/q2 handled"]


def test_what_still_fails_is_not_called_over(evening: Evening) -> None:
    evening.acts = [Act(1, "restart", "seats", "", "k")]
    evening.at(0, direction("q1"))
    assert evening.at(9, direction("q1"), broken=True) == []


def test_a_run_that_is_over_is_left_alone_and_a_refused_word_was_not_said(evening: Evening) -> None:
    evening.at(0)
    assert evening.at(FAULT.finding.minutes, status="closed") == []
    evening.refuses = True
    evening.at(FAULT.finding.minutes)
    assert evening.person.said == []
