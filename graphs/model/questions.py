"""What people are asked and answer, what they tell a run unasked, and what a run pauses for."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from agents.reports.basis import Action, Cause, Parameters, Severity
from agents.tools.change import SHORT, Change, UnfitChange
from graphs.model.identity import plain
from graphs.model.policy import ANYBODY, DecidingRule

QuestionKind = Literal["approval", "direction", "outcome", "revenue limit", "fault"]
FAULT = "fault"
"""What the names of questions begin with that stop a lane: it takes no turn until they are answered."""


EXPIRED = "it expired"
"""Why a question is withdrawn that nobody answered in time."""


class OfferedAct(BaseModel, frozen=True):
    """A declared change that a person may ask for. It is put to the policy like any proposal before it is made."""

    action: Action
    service: str
    parameters: Parameters = {}
    digest: str
    """Stands for exactly this action, service and parameters."""
    text: str


class Question(BaseModel):
    """Something only a person may say."""

    id: str
    kind: QuestionKind
    text: str
    proposal: dict[str, Any] | None = None
    """The frozen proposal, for an approval."""
    digest: str = ""
    """Stands for exactly the proposal's action, service and parameters; empty where no change is asked about."""
    options: list[str]
    """The words that `answer` may be."""
    acts: list[OfferedAct] = []
    """What the answer "act" may ask for."""
    components: list[str] = []
    """The catalogue's names that the answer "cause" may be about, the likeliest first."""
    may: list[str] = [ANYBODY]
    """Who may answer; `*` is everybody."""
    approvals: int = 1
    """How many different people have to approve."""
    approved_by: list[str] = []
    """Who of them has approved exactly this before."""
    rule: DecidingRule | None = None
    """The rule of the catalogue's policy by which it is asked; None: it is built in that people are asked."""
    expires_at: datetime | None = None

    @property
    def approvals_missing(self) -> int:
        """How many more people have to approve."""
        return max(0, self.approvals - len(self.approved_by))

    @property
    def who_may_answer(self) -> str:
        """Who may answer, and how many approvals are missing, in words."""
        if ANYBODY in self.may and self.approvals == 1:
            return "anybody"
        whom = "anybody" if ANYBODY in self.may else ", ".join(self.may)
        before = f", approved so far by {', '.join(self.approved_by)}" if self.approved_by else ""
        missing = f"; {self.approvals_missing} of {self.approvals} approvals missing{before}"
        return f"{whom}, with a key of their own{missing if self.approvals > 1 else ''}"


class HumanAnswer(BaseModel, extra="forbid"):
    """A person's answer to a question."""

    answer: Literal[
        "approve",
        "refuse",
        "edit",
        "look again",
        "act",
        "cause",
        "handled",
        "over",
        "done",
        "not done",
        "amount",
        "try again",
    ]
    """handled: "I did this myself". over: "it is over, and nobody did anything"."""
    by: str = Field(default="on-call", min_length=1, max_length=200)
    comment: str = Field(default="", max_length=4000)
    cause: Cause | None = None
    component: str = Field(default="", max_length=200)
    amount: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    parameters: Parameters | None = None
    """With "edit": the proposal's parameters as they should be, all of them."""
    digest: str = Field(default="", pattern=rf"^([0-9a-f]{{{SHORT},64}})?$")
    """The digest of the question that is answered, or at least how it begins: another change is not answered then.
    With "act": that of the offered act."""

    @model_validator(mode="after")
    def says_what_it_must(self) -> "HumanAnswer":
        if self.answer == "cause" and not (self.cause and self.component):
            raise ValueError('an answer "cause" needs "cause" and "component"')
        if self.answer == "edit" and not self.parameters:
            raise ValueError('an answer "edit" needs "parameters"')
        if self.answer == "act" and not self.digest:
            raise ValueError('an answer "act" needs the "digest" of one of the offered acts')
        if self.answer == "amount" and self.amount is None:
            raise ValueError('an answer "amount" needs "amount"')
        return self


class Pause(BaseModel):
    """What a waiting node hands to the executor: everything that ends the wait."""

    occurrence: str
    why: str
    until: datetime | None = None
    question: Question | None = None
    acts: bool = False
    """A change to production follows: while acting is on hold, only a refusal ends it."""
    ends_on_news: bool = False
    """It ends at an event that the background workflows have to know of."""
    seen: int = 0
    """Only events after this one are news."""

    @property
    def lane(self) -> str:
        return self.occurrence.partition("/")[0]


class WrongAnswer(ValueError):
    """The answer does not fit the question."""


class UnprovenName(WrongAnswer):
    """Only people who prove their names may answer this, and the answer came without proof."""


class AnotherChange(WrongAnswer):
    """The answer is to another change than the question."""


def check_answer(question: Question, answer: HumanAnswer, name_is_proven: bool = False) -> None:
    """Raise WrongAnswer where an answer is not an option, its author may not give it, or its edits do not fit.

    UnprovenName, where the author has to prove their name and does not; AnotherChange, where the answer names the
    digest of another change than the one that is asked about.
    """
    if answer.answer not in question.options:
        raise WrongAnswer(f"{answer.answer!r} is not one of {', '.join(question.options)}")
    _check_author(question, answer, name_is_proven)
    if answer.answer == "act":
        chosen_act(question, answer)
    elif not question.digest.startswith(answer.digest):
        asked = question.digest[:SHORT] or "none"
        raise AnotherChange(f"you answer the change {answer.digest[:SHORT]}, and the question is about {asked}")
    if answer.answer == "edit":
        try:
            Change.of({**(question.proposal or {}), "parameters": answer.parameters})
        except UnfitChange as unfit:
            raise WrongAnswer(str(unfit)) from unfit
    elif answer.parameters:
        raise WrongAnswer('"parameters" belong to the answer "edit" only')


def chosen_act(question: Question, answer: HumanAnswer) -> OfferedAct:
    """The offered act that an answer asks for. Raises AnotherChange where it names none of them, or several."""
    chosen = [act for act in question.acts if act.digest.startswith(answer.digest)]
    if len(chosen) != 1:
        offered = "; ".join(f"{act.digest[:SHORT]} {act.text}" for act in question.acts) or "none"
        raise AnotherChange(f"{answer.digest[:SHORT]} is none of the acts that are offered: {offered}")
    return chosen[0]


def _check_author(question: Question, answer: HumanAnswer, name_is_proven: bool) -> None:
    """Raise WrongAnswer where this person may not give this answer."""
    is_yes = answer.answer in ("approve", "edit")
    if not name_is_proven and (ANYBODY not in question.may or (question.approvals > 1 and is_yes)):
        asks = "named people" if ANYBODY not in question.may else f"{question.approvals} different people"
        raise UnprovenName(
            f"the policy asks {asks}, and {answer.by} is a name without proof: answer with an API key of your own"
            " (warroom keys create NAME --scope answer)"
        )
    if ANYBODY not in question.may and answer.by not in question.may:
        raise WrongAnswer(f"{answer.by} may not answer this; {', '.join(question.may)} may")
    if answer.answer == "approve" and plain(answer.by) in map(plain, question.approved_by):
        raise WrongAnswer(f"{answer.by} has approved this before; another person has to")


class Instruction(BaseModel, extra="forbid"):
    """Carried out by the run at its next wait."""

    kind: Literal["severity", "cause", "handled", "over", "not over", "cancel", "scope"]
    """handled: "I did this myself". over: "it is over, and nobody did anything"; not over: "it still goes on".
    scope: the incident has grown; from the run's own reassessment only."""
    by: str = Field(min_length=1, max_length=200)
    comment: str = Field(default="", max_length=4000)
    severity: Severity | None = None
    cause: Cause | None = None
    component: str = Field(default="", max_length=200)
    ref: str = ""
    """The transcript event that holds it, to cite; of a scope: that holds the scope."""

    @model_validator(mode="after")
    def says_what_it_must(self) -> "Instruction":
        if self.kind == "severity" and self.severity is None:
            raise ValueError('an instruction "severity" needs "severity"')
        if self.kind == "cause" and not (self.cause and self.component):
            raise ValueError('an instruction "cause" needs "cause" and "component"')
        return self


def withdrawn_because(instruction: Instruction) -> str:
    """Why a question is withdrawn to which an instruction came."""
    if instruction.kind == "scope":
        return "it has grown worse"
    words = f": “{instruction.comment}”" if instruction.comment else ""
    return f"{instruction.by} gave an instruction, {instruction.kind}{words}"


class Remark(BaseModel, extra="forbid"):
    """What people add to the record, or switch."""

    kind: Literal["note", "hold", "resume", "awareness"]
    """hold: nothing acts until `resume`. awareness: since when people know of a data breach; the 72 h run from it."""
    by: str = Field(min_length=1, max_length=200)
    text: str = Field(default="", max_length=4000)
    at: datetime | None = None
    """Of the awareness."""

    @model_validator(mode="after")
    def says_what_it_must(self) -> "Remark":
        if self.kind == "note" and not self.text.strip():
            raise ValueError("a note needs a text")
        if self.kind == "awareness" and (self.at is None or self.at.tzinfo is None):
            raise ValueError('an awareness needs "at", a time with its zone')
        return self


class BadEdit(ValueError):
    """What was typed changes no parameter of the proposal."""


def typed_parameters(typed: Iterable[str]) -> dict[str, str]:
    """Read `name=value` words. Raises BadEdit."""
    split = [word.partition("=") for word in typed]
    if not split or not all(name and equals for name, equals, _ in split):
        raise BadEdit("an edit is name=value, such as version=1.2.0")
    return {name: value for name, _, value in split}


def edited_parameters(question: Question, typed: Mapping[str, str]) -> Parameters:
    """All parameters of a question's proposal, with those that were typed in their place. Raises BadEdit."""
    frozen: Parameters = (question.proposal or {}).get("parameters", {})
    unknown = [name for name in typed if name not in frozen]
    if unknown:
        raise BadEdit(f"there is no parameter {unknown[0]}; there is: {', '.join(frozen) or 'none'}")
    return {**frozen, **{name: _like(frozen[name], name, text) for name, text in typed.items()}}


def _like(frozen: str | int, name: str, text: str) -> str | int:
    """A text as a value of the same kind as the frozen one."""
    if isinstance(frozen, str):
        return text
    try:
        return int(text)
    except ValueError as error:
        raise BadEdit(f"{name} is a whole number, not {text!r}") from error
