"""Policy review: what in a policy does other than one may think, a sentence each, for `warroom doctor`."""

from collections.abc import Collection, Iterator
from itertools import product
from typing import NamedTuple, get_args

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import Catalogue
from agents.io.policy_rules import Action, PolicyEntry, Severity, is_pattern, matching
from graphs.model.policy import ANYBODY, PolicyRule, policy_of

STATEFUL = ("database", "cache", "queue")
"""Kinds of components that lose something when a change to them goes wrong."""
CHANGE_THE_RULE = "change the rule or its place, or leave it where this is meant"
MAKE_KEYS = "make each person a key: `warroom keys create NAME --scope answer`"
NAME_MORE_PEOPLE = "name more people, or ask for fewer approvals"
Target = tuple[str, str, str]
"""Severity, action, service."""


class Doubt(NamedTuple):
    """What in a rule may not be meant, and what to do about it."""

    says: str
    do: str


def sentences(catalogue: Catalogue) -> list[str]:
    """The rules of the catalogue in words, in their order, and what holds where none fits."""
    written = [f"rule {rule.number}: {rule.text}" for rule in policy_of(catalogue) if rule.number]
    return [*written, f"{'otherwise' if written else 'no rules'}: every change to production asks anybody"]


def doubts(catalogue: Catalogue, approvers: Collection[str]) -> list[Doubt]:
    """What in the policy may not be meant. `approvers`: the people who can prove their names when they answer."""
    found: list[Doubt] = []
    before: list[PolicyRule] = []
    for rule in policy_of(catalogue):
        if rule.number:
            targets = _targets(rule.entry, catalogue)
            left = targets - _decided_before(rule, before, catalogue)
            about = [
                *_never_fits(rule, targets, left),
                *_keeps_state(rule, left, catalogue),
                *_needs_a_person(rule, left, catalogue),
                *_unproven(rule, approvers),
            ]
            found += [doubt._replace(says=f"rule {rule.number} {doubt.says}") for doubt in about]
        before.append(rule)
    return found


def _targets(entry: PolicyEntry, catalogue: Catalogue) -> set[Target]:
    """Every severity, action and listed service that fits, whatever the environment and the hour."""
    if entry.hours == []:
        return set()
    severities = entry.severity or get_args(Severity)
    actions = matching(entry.action or ["*"], get_args(Action))
    return set(product(severities, actions, matching(entry.service or ["*"], list(catalogue.services))))


def _decided_before(rule: PolicyRule, before: list[PolicyRule], catalogue: Catalogue) -> set[Target]:
    """What earlier rules always decide first, wherever and whenever this one could."""
    always = [earlier.entry for earlier in before if _is_as_wide(earlier.entry, rule.entry)]
    return set[Target]().union(*(_targets(entry, catalogue) for entry in always))


def _is_as_wide(earlier: PolicyEntry, later: PolicyEntry) -> bool:
    """Whether an earlier rule fits every environment and hour that a later one fits."""
    hours = earlier.hours is None or (later.hours is not None and set(later.hours) <= set(earlier.hours))
    if earlier.environment is None or "*" in earlier.environment:
        return hours
    names = later.environment or ["*"]
    known = earlier.environment
    return hours and all(name in known or (not is_pattern(name) and matching(known, [name])) for name in names)


def _never_fits(rule: PolicyRule, targets: set[Target], left: set[Target]) -> Iterator[Doubt]:
    if rule.entry.hours == []:
        yield Doubt("can never fit: its hours are never open", CHANGE_THE_RULE)
    elif not targets:
        yield Doubt("can never fit: the catalogue lists no service that it names", CHANGE_THE_RULE)
    elif not left:
        yield Doubt("can never fit: earlier rules decide everything that it is about", CHANGE_THE_RULE)


def _keeps_state(rule: PolicyRule, left: set[Target], catalogue: Catalogue) -> Iterator[Doubt]:
    services = {service for _, action, service in left if action != "build_hotfix"}
    stateful = sorted(name for name in services if catalogue.services[name].kind in STATEFUL)
    if rule.verdict == "auto" and stateful:
        yield Doubt(f"lets {', '.join(stateful)} be changed without asking, where data is kept", CHANGE_THE_RULE)


def _needs_a_person(rule: PolicyRule, left: set[Target], catalogue: Catalogue) -> Iterator[Doubt]:
    asked = {
        action
        for _, action, service in left
        if action in ACT_KINDS and ACT_KINDS[action].by_a_person and catalogue.services[service].declared(action)
    }
    if rule.verdict == "auto" and asked:
        yield Doubt(f"does not count for {', '.join(sorted(asked))}, which a person always approves", CHANGE_THE_RULE)


def _unproven(rule: PolicyRule, approvers: Collection[str]) -> Iterator[Doubt]:
    if rule.entry.verdict != "ask":
        return
    if not rule.has_enough_approvers:
        says = f"can never be approved: it needs {rule.approvals}, and {len(rule.approvers)} may approve"
        yield Doubt(says, NAME_MORE_PEOPLE)
        return
    able = set(approvers) if ANYBODY in rule.approvers else set(approvers) & set(rule.approvers)
    without_key = [name for name in rule.approvers if name not in able and name != ANYBODY]
    if without_key:
        says = (
            f"asks {', '.join(without_key)}, who cannot prove their names: there is no API key for them that may answer"
        )
        yield Doubt(says, MAKE_KEYS)
    if len(able) < rule.approvals and (rule.approvals > 1 or without_key):
        says = f"cannot be approved as things are: it needs {rule.approvals}, and {len(able)} can prove their names"
        yield Doubt(says, MAKE_KEYS)
