"""Policy: who decides about a proposed change. No rule means ask a person; nobody who may approve means no."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.io.policy_rules import PolicyEntry, Verdict, hours_of, matching
from graphs.model.identity import plain

ANYBODY = "*"


class ProposedChange(NamedTuple):
    """What the policy is asked about."""

    severity: str
    action: str
    service: str
    environment: str
    """As the alert names it; may be empty."""
    at: datetime
    """When it was proposed."""


class DecidingRule(BaseModel):
    """A rule as questions and decisions record it."""

    number: int
    """Its place in the catalogue's policy, counted from 1; 0: it is built in."""
    text: str


class Approval(BaseModel):
    """A person's yes to a change that needs several."""

    by: str
    comment: str
    digest: str
    """Of exactly the change that they approved."""
    rule: str
    """The text of the rule by which they were asked."""


@dataclass(frozen=True)
class PolicyRule:
    """A rule of the policy, with its groups resolved to people."""

    entry: PolicyEntry
    number: int = 0
    """Its place in the catalogue's policy, counted from 1; 0: it is built in."""
    may: tuple[str, ...] = (ANYBODY,)
    """Who may approve, where people are asked; `*` is everybody."""

    @property
    def verdict(self) -> Verdict:
        """What the rule says; never, where not enough people may approve."""
        return self.entry.verdict if self.entry.verdict != "ask" or self.has_enough_approvers else "never"

    @property
    def approvals(self) -> int:
        """How many different people have to approve, where people are asked."""
        return self.entry.approvals

    @property
    def has_enough_approvers(self) -> bool:
        """Whether as many people may approve as have to."""
        return ANYBODY in self.may or len({plain(name) for name in self.may}) >= self.approvals

    @property
    def why(self) -> str:
        """Why it decides so; what is built in needs no number."""
        if not self.number:
            return self.entry.why
        nobody = "" if self.has_enough_approvers else ", and not enough people may approve"
        return f"rule {self.number} of the policy ({self.text}){nobody}"

    @cached_property
    def text(self) -> str:
        """The rule as a sentence without a full stop."""
        because = f", because {self.entry.why}" if self.entry.why else ""
        return f"{_conditions(self.entry)}: {self._in_words()}{because}"

    @property
    def record(self) -> DecidingRule:
        """The rule as a question or a decision records it."""
        return DecidingRule(number=self.number, text=self.text)

    def fits(self, change: ProposedChange) -> bool:
        """Whether all of its conditions hold for a change."""
        entry = self.entry
        return (
            (entry.severity is None or change.severity in entry.severity)
            and _fits(entry.action, change.action)
            and _fits(entry.service, change.service)
            and _fits(entry.environment, change.environment)
            and (entry.hours is None or any(hours_of(text).are_open(change.at) for text in entry.hours))
        )

    def _in_words(self) -> str:
        if self.entry.verdict != "ask":
            return {"auto": "made without asking", "never": "never made"}[self.entry.verdict]
        whom = "anybody" if ANYBODY in self.may else _either(self.may) or "nobody"
        several = f"; {self.approvals} different people have to approve" if self.approvals > 1 else ""
        return f"asks {whom}{several}"


def _fits(patterns: Sequence[str] | None, name: str) -> bool:
    return patterns is None or bool(matching(patterns, [name]))


def _conditions(entry: PolicyEntry) -> str:
    what = _either(entry.action).replace("_", " ") if entry.action else "every change"
    parts = [f"{what} of {_either(entry.service)}" if entry.service else what]
    parts += [f"at {_either(entry.severity)}"] if entry.severity else []
    parts += [f"in {_either(entry.environment)}"] if entry.environment else []
    parts += [_either(entry.hours) or "at no hour"] if entry.hours is not None else []
    return ", ".join(parts)


def _either(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


POLICY: tuple[PolicyRule, ...] = (
    PolicyRule(
        PolicyEntry(action=["build_hotfix"], verdict="auto", why="building a candidate does not touch production")
    ),
)
"""What holds where no rule of the catalogue fits."""
ASK = PolicyRule(PolicyEntry(verdict="ask", why="everything that changes production asks a person"))
"""What holds where no rule fits at all."""


def policy_of(catalogue: Catalogue) -> tuple[PolicyRule, ...]:
    """The catalogue's rules in their order, and after them what is built in."""
    written = (
        PolicyRule(entry, number, _people(entry.ask, catalogue)) for number, entry in enumerate(catalogue.policy, 1)
    )
    return (*written, *POLICY)


def _people(ask: Iterable[str] | None, catalogue: Catalogue) -> tuple[str, ...]:
    if ask is None:
        return (ANYBODY,)
    names = (person for name in ask for person in catalogue.groups.get(name, [name]))
    return tuple(dict.fromkeys(names))


def decide(change: ProposedChange, rules: Iterable[PolicyRule]) -> PolicyRule:
    """The first rule that fits; without one, a person is asked."""
    return next((rule for rule in rules if rule.fits(change)), ASK)


def counting(approvals: Iterable[Approval], rule: PolicyRule, digest: str) -> list[Approval]:
    """The approvals that count for exactly one change under one rule: one of each person, in their order."""
    people: dict[str, Approval] = {}
    for approval in approvals:
        may = ANYBODY in rule.may or approval.by in rule.may
        if may and (approval.rule, approval.digest) == (rule.text, digest):
            people.setdefault(plain(approval.by), approval)
    return list(people.values())
