"""Open harm: what the ledger shows to go on after the last change, or not to be over, whatever a report says."""

from typing import NamedTuple

from agents.rules.diagnosis.alert_claim import unanswered
from agents.rules.writing.wording import damage_in_words
from graphs.runtime.node_context import NodeContext
from graphs.transcript.facts import Facts

READER = "open harm"
"""Whose bookmark in the transcript this is."""


class OpenHarm(NamedTuple):
    """In words; each is empty where there is nothing."""

    going_on: str
    """What is measured to go on."""
    not_seen_to_end: str
    """What was found of the data, of which no reading can show whether it is over."""


def open_harm(node: NodeContext) -> OpenHarm:
    """By the readings up to this visit's report; of the signals, those taken well after the last change count."""
    facts = _facts(node)
    unseen = facts.ledger.data_not_seen_to_end(facts.changed_at or facts.detected_at, facts.detected_at)
    return OpenHarm("; ".join(_going_on(facts)), "; ".join(unseen))


def is_failing(facts: Facts) -> bool:
    """Whether anything is measured to go on."""
    return bool(_going_on(facts))


def _going_on(facts: Facts) -> list[str]:
    detected, ledger = facts.detected_at, facts.ledger
    changed = facts.changed_at or detected
    settled = changed + ledger.gap if facts.changed_at else facts.fixed_at
    own = ledger.hurt(detected)
    failing = [entry for entry in ledger.failing(settled) if entry in own] if settled else []
    return [*map(damage_in_words, failing), *ledger.data_going_on(changed)]


def is_measured(node: NodeContext) -> bool:
    """Whether anything that was read bears on the alert: what never showed it cannot show that it is over."""
    facts = _facts(node)
    if facts.ledger.data_not_seen_to_end(facts.changed_at or facts.detected_at, facts.detected_at):
        return False
    return bool(facts.ledger.hurt(facts.detected_at)) or not unanswered(facts.alert_received)


def _facts(node: NodeContext) -> Facts:
    return node.deps.facts(node.run, node.report_event().seq, READER)
