"""Refuted: what people told and evidence speaks against by name; both are told, and neither takes the other away."""

from agents.reports.basis import Cause, Claim
from agents.rules.writing import testimony
from agents.rules.writing.in_vain import aftermath
from agents.rules.writing.separate import named_in
from agents.rules.writing.wording import gravest_in_words, short
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Damage, Statement

MOST_READ = 2
"""Readings that are told against a person's word."""


def account(said: Statement, briefing: Briefing) -> str:
    """Such as: ada said at 14:31 UTC: “I drained the queue”; it went on after that."""
    return f"{testimony.quoted_with_time(said)}{answer_to(said, briefing)}."


def answer_to(said: Statement, briefing: Briefing) -> str:
    """What came of a person's deed, or what evidence says against their words; empty where nothing does."""
    if later := aftermath(said, briefing):
        return later
    if still_hurt := _went_on(said, briefing):
        return f"; measured was: {gravest_in_words(still_hurt, 1)}"
    against = _in_words(against_cause(said.cause, said.component, briefing))
    return f"; against that was read: {against}" if against else ""


def _went_on(said: Statement, briefing: Briefing) -> list[Damage]:
    """Harm that was measured for long after somebody told that something has recovered; of what they name, if any."""
    if said.is_by_hand or not testimony.tells_of_recovery(said.words):
        return []
    named, late = named_in(said.words, briefing), said.at + briefing.ledger.gap
    hurt = briefing.ledger.hurt(briefing.detected_at)
    return [e for e in hurt if e.since <= said.at and e.until > late and (not named or e.service in named)]


def against_cause(cause: Cause | None, component: str, briefing: Briefing) -> list[Claim]:
    """The readings of the last round that speak by name against a cause that a person named."""
    found = briefing.conclusion.hypotheses if briefing.conclusion else []
    same = [one for one in found if (one.cause, one.component) == (cause, component)]
    claims = [claim for one in same if one.status != "supported" for claim in one.against]
    return list({claim.text: claim for claim in claims}.values())[:MOST_READ]


def as_sentence(claims: list[Claim]) -> str:
    """Such as: Against that was read: the deployment came after the failure; empty without any."""
    return f"Against that was read: {_in_words(claims)}." if claims else ""


def _in_words(claims: list[Claim]) -> str:
    return "; ".join(short(claim.text, 200).rstrip(".") for claim in claims)
