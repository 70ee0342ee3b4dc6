"""The person on call: decides on what Warroom proposes, tells what was found out, and repairs by hand what is left."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import httpx2

from tests.lab.street.controls import Act
from tests.lab.street.faults import Fault, RightAct
from tests.lab.street.ticket_office import TicketOffice
from tests.lab.warroom_client import WarroomClient

NAME = "robin"
Run = dict[str, Any]
Question = dict[str, Any]
MINUTES_TO_DECIDE = 2
LOOKS = 2
"""How often the person has Warroom look again at what works again, before saying that it is over."""
OVER = ("closed", "cancelled", "resolved")


class Said(NamedTuple):
    """Something that Warroom was told and took."""

    at: float
    run: str
    words: str


def is_right(fault: Fault, proposal: dict[str, Any]) -> bool:
    """Whether a proposed change is one that puts the fault right."""
    parameters: dict[str, Any] = proposal.get("parameters") or {}
    version = str(parameters.get("version", ""))
    return RightAct(proposal["action"], proposal["service"], version) in fault.right


class Person:
    """Looks at the runs from time to time, as they stand at Warroom."""

    def __init__(self, fault: Fault, office: TicketOffice, warroom: WarroomClient, minute_seconds: float) -> None:
        self._fault = fault
        self._office = office
        self._warroom = warroom
        self._minute = minute_seconds
        self._paged_at: float | None = None
        self._seen: dict[str, float] = {}
        """When each question was first seen; those that are answered are in `_answered`."""
        self._answered: set[str] = set()
        self._told: set[tuple[str, str]] = set()
        self._looks: dict[str, int] = {}
        self.repaired_at: float | None = None
        """When the person repaired it by hand."""
        self.said: list[Said] = []

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to tell and to repair."""
        return self.repaired_at is not None or self._right_act() is not None

    def look(self, runs: Sequence[Run], broken: Callable[[], bool]) -> None:
        """Do what is due now."""
        if runs and self._paged_at is None:
            self._paged_at = time.time()
        if self._minutes() >= self._fault.repair.minutes and not self.is_done:
            self._fault.repair_office(self._office)
            self.repaired_at = time.time()
        for run in runs:
            if run["status"] not in OVER:
                self._speak_to(run, broken())

    def _minutes(self) -> float:
        """Since the page, in minutes of the runbook; below zero before it."""
        return -1.0 if self._paged_at is None else (time.time() - self._paged_at) / self._minute

    def _right_act(self) -> Act | None:
        wished = {(act.action, act.service, act.version) for act in self._fault.right}
        return next((act for act in self._office.acts if act[1:4] in wished), None)

    def _speak_to(self, run: Run, broken: bool) -> None:
        for question in run["questions"]:
            since = self._seen.setdefault(question["id"], time.time())
            waited = (time.time() - since) / self._minute
            if question["id"] not in self._answered and waited >= MINUTES_TO_DECIDE:
                self._answer(run, question, broken)
        if any(question["kind"] == "direction" for question in run["questions"]):
            return  # what the person knows is the answer to it
        if self.repaired_at:
            words = self._fault.repair.words
            self._tell(run, "handled", {"comment": words}, words)
        elif self._knows() and run["step"] <= 3:
            finding = self._fault.finding
            told = {"cause": finding.cause, "component": finding.component, "comment": finding.words}
            self._tell(run, "cause", told, finding.words)

    def _knows(self) -> bool:
        """Whether the person knows the cause of something that nothing has put right yet."""
        finding = self._fault.finding
        return bool(finding.cause) and self._minutes() >= finding.minutes and not self.is_done

    def _answer(self, run: Run, question: Question, broken: bool) -> None:
        answer = self._decision(question) if question["kind"] == "approval" else self._direction(run, question, broken)
        if answer is None:
            return
        self._answered.add(question["id"])
        if self._post(run, f"answers/{question['id']}", answer) and answer["answer"] in ("cause", "handled"):
            self._told.add((run["id"], answer["comment"]))
            self.said.append(Said(time.time(), run["id"], answer["comment"]))

    def _decision(self, question: Question) -> dict[str, Any]:
        if is_right(self._fault, question["proposal"]) and not self.is_done:
            return {"answer": "approve", "comment": "yes, go ahead", "digest": question["digest"]}
        return {"answer": "refuse", "comment": "no, this is not what is wrong"}

    def _direction(self, run: Run, question: Question, broken: bool) -> dict[str, Any] | None:
        """What the person answers to a question of another kind; None: nothing yet."""
        options = question["options"]
        if "amount" in options:
            return {"answer": "amount", "amount": 10_000}
        if self.repaired_at and "handled" in options:
            return {"answer": "handled", "comment": self._fault.repair.words}
        if self._knows() and "cause" in options and (run["id"], self._fault.finding.words) not in self._told:
            finding = self._fault.finding
            told = {"cause": finding.cause, "component": finding.component, "comment": finding.words}
            return {"answer": "cause", **told}
        act = self._right_act()
        if act is None or broken:
            return None
        looks = self._looks.get(run["id"], 0)
        if looks < LOOKS and "look again" in options:
            self._looks[run["id"]] = looks + 1
            return {"answer": "look again", "comment": "look again, please"}
        words = f"it works again since the {act.action} of {act.service}"
        return {"answer": "handled", "comment": words} if "handled" in options else None

    def _tell(self, run: Run, door: str, body: dict[str, Any], words: str) -> None:
        """Tell a run something unasked, once."""
        if (run["id"], words) in self._told:
            return
        self._told.add((run["id"], words))
        if self._post(run, door, body):
            self.said.append(Said(time.time(), run["id"], words))

    def _post(self, run: Run, door: str, body: dict[str, Any]) -> bool:
        """Whether Warroom took it; a question may have been withdrawn, and a run closed, in the meantime."""
        try:
            self._warroom.post(f"/v1/runs/{run['id']}/{door}", {**body, "by": NAME})
        except httpx2.HTTPStatusError as refused:
            if refused.response.status_code not in (404, 409):
                raise
            return False
        return True
