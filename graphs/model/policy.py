"""Policy: who decides about a proposed change. If no rule matches, a person is asked; if nobody may approve, no."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from pydantic import BaseModel

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import Catalogue
from agents.io.policy_rules import PolicyEntry, Verdict, hours_of, matching
from graphs.model.identity import plain

ANYBODY = "*"


class ProposedChange(NamedTuple):
    """A proposed change, as rules are matched against it."""

    severity: str
    action: str
    service: str
    environment: str
    """As named by the incident's first alert; may be empty."""
    at: datetime
    """When it was proposed."""


class DecidingRule(BaseModel):
    """A rule, as it is recorded with questions and decisions."""

    number: int
    """Its position in the catalogue's policy, counted from 1; 0 for a built-in rule."""
    text: str


class Approval(BaseModel):
    """One person's approval of a change that needs several approvals."""

    by: str
    comment: str
    digest: str
    """The digest of exactly the change that they approved."""
    rule: str
    """The text of the rule that asked them."""


@dataclass(frozen=True)
class PolicyRule:
    """A rule of the policy, with its groups resolved to people."""

    entry: PolicyEntry
    number: int = 0
    """Its position in the catalogue's policy, counted from 1; 0 for a built-in rule."""
    approvers: tuple[str, ...] = (ANYBODY,)
    """The people who may approve, where the rule asks; `*` means anybody."""

    @property
    def verdict(self) -> Verdict:
        """The rule's verdict; `never` where too few people may approve."""
        return self.entry.verdict if self.entry.verdict != "ask" or self.has_enough_approvers else "never"

    @property
    def approvals(self) -> int:
        """How many different people have to approve, where the rule asks."""
        return self.entry.approvals

    @property
    def has_enough_approvers(self) -> bool:
        """Whether the approvers are at least as many as the approvals needed."""
        return ANYBODY in self.approvers or len({plain(name) for name in self.approvers}) >= self.approvals

    @property
    def why(self) -> str:
        """The reason recorded with the decision; a built-in rule is given without a number."""
        if not self.number:
            return self.entry.why
        too_few = "" if self.has_enough_approvers else ", and not enough people may approve"
        return f"rule {self.number} of the policy ({self.text}){too_few}"

    @cached_property
    def text(self) -> str:
        """The rule as a sentence without a full stop."""
        because = f", because {self.entry.why}" if self.entry.why else ""
        return f"{_conditions(self.entry)}: {self._in_words()}{because}"

    @property
    def record(self) -> DecidingRule:
        """The rule, as it is recorded with a question or a decision."""
        return DecidingRule(number=self.number, text=self.text)

    def matches(self, change: ProposedChange) -> bool:
        """Whether all of its conditions match a change."""
        entry = self.entry
        return (
            (entry.severity is None or change.severity in entry.severity)
            and _matches(entry.action, change.action)
            and _matches(entry.service, change.service)
            and _matches(entry.environment, change.environment)
            and (entry.hours is None or any(hours_of(text).are_open(change.at) for text in entry.hours))
        )

    def _in_words(self) -> str:
        if self.entry.verdict != "ask":
            return {"auto": "made without asking", "never": "never made"}[self.entry.verdict]
        whom = "anybody" if ANYBODY in self.approvers else _joined_with_or(self.approvers) or "nobody"
        needed = f"; {self.approvals} different people have to approve" if self.approvals > 1 else ""
        return f"asks {whom}{needed}"


def _matches(patterns: Sequence[str] | None, name: str) -> bool:
    return patterns is None or bool(matching(patterns, [name]))


def _conditions(entry: PolicyEntry) -> str:
    what = _joined_with_or(entry.action).replace("_", " ") if entry.action else "every change"
    parts = [f"{what} of {_joined_with_or(entry.service)}" if entry.service else what]
    parts += [f"at {_joined_with_or(entry.severity)}"] if entry.severity else []
    parts += [f"in {_joined_with_or(entry.environment)}"] if entry.environment else []
    parts += [_joined_with_or(entry.hours) or "at no hour"] if entry.hours is not None else []
    return ", ".join(parts)


def _joined_with_or(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


POLICY: tuple[PolicyRule, ...] = (
    PolicyRule(
        PolicyEntry(action=["build_hotfix"], verdict="auto", why="building a candidate does not touch production")
    ),
)
"""Built-in rules, tried after those of the catalogue."""
ASK = PolicyRule(PolicyEntry(verdict="ask", why="everything that changes production asks a person"))
"""The default, where no rule matches."""


def policy_of(catalogue: Catalogue) -> tuple[PolicyRule, ...]:
    """The catalogue's rules in their order, followed by the built-in ones."""
    from_catalogue = (
        PolicyRule(entry, number, _approvers(entry.ask, catalogue)) for number, entry in enumerate(catalogue.policy, 1)
    )
    return (*from_catalogue, *POLICY)


def _approvers(ask: Iterable[str] | None, catalogue: Catalogue) -> tuple[str, ...]:
    if ask is None:
        return (ANYBODY,)
    names = (person for name in ask for person in catalogue.groups.get(name, [name]))
    return tuple(dict.fromkeys(names))


def decide(change: ProposedChange, rules: Iterable[PolicyRule]) -> PolicyRule:
    """The first rule that matches; without one, the default, which asks a person.

    For an act that only a person may approve, a rule that would not ask gives way to those that ask or refuse.
    """
    only_by_a_person = change.action in ACT_KINDS and ACT_KINDS[change.action].by_a_person
    fitting = (rule for rule in rules if rule.matches(change))
    return next((rule for rule in fitting if not (only_by_a_person and rule.verdict == "auto")), ASK)


def valid_approvals(approvals: Iterable[Approval], rule: PolicyRule, digest: str) -> list[Approval]:
    """The approvals of exactly this change under exactly this rule: one per person, in the order given."""
    people: dict[str, Approval] = {}
    for approval in approvals:
        is_approver = ANYBODY in rule.approvers or approval.by in rule.approvers
        if is_approver and (approval.rule, approval.digest) == (rule.text, digest):
            people.setdefault(plain(approval.by), approval)
    return list(people.values())
