"""Policy review: what in a policy does other than one may think, a sentence each, for `warroom doctor`."""

from collections.abc import Collection, Iterator
from itertools import product
from typing import get_args

from agents.io.catalogue import Catalogue
from agents.io.policy_rules import Action, PolicyEntry, Severity, is_pattern, matching
from graphs.model.policy import ANYBODY, PolicyRule, policy_of

STATEFUL = ("database", "cache", "queue")
"""Kinds of components that lose something when a change to them goes wrong."""
Target = tuple[str, str, str]
"""Severity, action, service."""


def sentences(catalogue: Catalogue) -> list[str]:
    """The rules of the catalogue in words, in their order, and what holds where none fits."""
    written = [f"{rule.number}. {rule.text}" for rule in policy_of(catalogue) if rule.number]
    return [*written, "otherwise: every change to production asks anybody"]


def doubts(catalogue: Catalogue, approvers: Collection[str]) -> list[str]:
    """What in the policy may not be meant. `approvers`: the people who can prove their names when they answer."""
    found: list[str] = []
    before: list[PolicyRule] = []
    for rule in policy_of(catalogue):
        if rule.number:
            targets = _targets(rule.entry, catalogue)
            left = targets - _decided_before(rule, before, catalogue)
            about = [
                *_never_fits(rule, targets, left),
                *_keeps_state(rule, left, catalogue),
                *_unproven(rule, approvers),
            ]
            found += [f"rule {rule.number} {doubt}" for doubt in about]
        before.append(rule)
    return found


def _targets(entry: PolicyEntry, catalogue: Catalogue) -> set[Target]:
    """Every severity, action and listed service that fits, whatever the environment and the hour."""
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


def _never_fits(rule: PolicyRule, targets: set[Target], left: set[Target]) -> Iterator[str]:
    if rule.entry.hours == []:
        yield "can never fit: its hours are never open"
    elif not targets:
        yield "can never fit: the catalogue lists no service that it names"
    elif not left:
        yield "can never fit: earlier rules decide everything that it is about"


def _keeps_state(rule: PolicyRule, left: set[Target], catalogue: Catalogue) -> Iterator[str]:
    services = {service for _, action, service in left if action != "build_hotfix"}
    stateful = sorted(name for name in services if catalogue.services[name].kind in STATEFUL)
    if rule.verdict == "auto" and stateful:
        yield f"changes {', '.join(stateful)} without asking, and that keeps data"


def _unproven(rule: PolicyRule, approvers: Collection[str]) -> Iterator[str]:
    if rule.entry.verdict != "ask":
        return
    if not rule.has_enough_approvers:
        yield f"is never approved: it needs {rule.approvals}, and {len(rule.may)} may approve"
        return
    able = set(approvers) if ANYBODY in rule.may else set(approvers) & set(rule.may)
    without_key = [name for name in rule.may if name not in able and name != ANYBODY]
    if without_key:
        yield f"asks {', '.join(without_key)}, who cannot prove their names: they have no API key that may answer"
    if len(able) < rule.approvals and (rule.approvals > 1 or without_key):
        yield f"cannot be approved by anybody now: it needs {rule.approvals}, and {len(able)} can prove their names"
