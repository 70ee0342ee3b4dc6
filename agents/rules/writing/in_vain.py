"""What was in vain: a change, or what a person did by hand, after which a check found no recovery, or harm went on."""

from collections.abc import Collection
from datetime import datetime, timedelta

from agents.io.act_kinds import ACT_KINDS
from agents.rules.writing.wording import at, listed
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.ledger import BY_HAND, Act, Damage, Statement


def was_in_vain(act: Act, briefing: Briefing) -> bool:
    """Whether a change did not help by a check made afterwards, and harm went on after the time that it takes."""
    return seen_in_vain(act, briefing) is not None


def seen_in_vain(act: Act, briefing: Briefing) -> Attempt | None:
    """The check by which a change did not help, where harm went on after the time that it takes.

    Not where recovery was measured between the two: what came later is something new.
    """
    for attempt in _checked(briefing, act.action, act.at):
        is_new = _recovered_between(act.at, attempt, briefing)
        if _is_of(attempt, act) and not is_new and _went_on_after(act, attempt, briefing):
            return attempt
    return None


def aftermath(said: Statement, briefing: Briefing) -> str:
    """That it was not over after a person said that they had ended it; empty where nothing shows that."""
    ledger, hurt = briefing.ledger, briefing.ledger.hurt(briefing.detected_at)
    if not said.is_by_hand:
        return ""
    next_word = min((one.at for one in ledger.statements if one.is_by_hand and one.at > said.at), default=None)
    soon = said.at + ledger.gap * (1 if next_word else 2)  # what may have ended it is given more time
    if longer := [entry for entry in hurt if entry.since <= said.at and entry.until > soon]:
        own = own_services(said.at, briefing)
        others = [] if any(e.service in own for e in longer) else list(dict.fromkeys(e.service for e in longer))
        return f"; trouble with {listed(others)} went on after that" if others else "; it went on after that"
    checked = [
        one for one in _checked(briefing, None, said.at) if one.at > said.at and (not next_word or one.at <= next_word)
    ]
    checked = [one for one in checked if not _recovered_between(said.at, one, briefing)]
    if hurt and all(not entry.is_open and entry.until <= said.at + ledger.gap for entry in hurt):
        return ""  # the harm had ended by then: what a check found later is no harm to users
    return f"; a check at {at(checked[0].at)} found that it did not help" if checked else ""


def own_services(done: datetime, briefing: Briefing) -> set[str]:
    """What a deed by hand was for: the alerted service, and the one at which it was done."""
    acts = briefing.ledger.acts
    return {briefing.service, *(act.service for act in acts if (act.action, act.at) == (BY_HAND, done))}


def have_ended(services: Collection[str], since: datetime, hurt: list[Damage], gap: timedelta) -> bool:
    """Whether services were hurt when something was done, and were measured free of that soon after.

    What goes on at others does not speak against what was done for them; nor does what began later.
    """
    own = [e for e in hurt if e.service in services and e.since <= since and e.until >= since - gap]
    return bool(own) and not any(entry.is_open or entry.until > since + 2 * gap for entry in own)


def _recovered_between(since: datetime, attempt: Attempt, briefing: Briefing) -> bool:
    """Whether recovery was measured between a deed and the check: what came later is something new."""
    proofs = [proof.at for proof in briefing.ledger.confirmed]
    proofs += [one.over_since for one in briefing.ledger.relapses if one.over_since and not one.said_over]
    return any(since <= moment <= attempt.at for moment in proofs)


def _checked(briefing: Briefing, action: str | None, since: datetime) -> list[Attempt]:
    """What was found not to have helped, of one kind of change; None: by hand."""
    own = [one for one in briefing.attempts if one.outcome == "did not help" and one.at >= since]
    return [one for one in own if one.proposal.action == action]


def _is_of(attempt: Attempt, act: Act) -> bool:
    done = attempt.proposal
    return done.service == act.service and (act.action not in ACT_KINDS or done.parameters == act.parameters)


def _went_on_after(act: Act, attempt: Attempt, briefing: Briefing) -> bool:
    """Whether users or data were harmed after the time that a change takes; a check counts that was made after it.

    Also where no harm to users was measured at any time.
    """
    hurt, ledger = briefing.ledger.hurt(briefing.detected_at), briefing.ledger
    due = act.at + max(ledger.gap, attempt.proposal.takes_effect_in_minutes * briefing.minute)
    is_open = not hurt or any(entry.is_open for entry in hurt)
    is_hurt = any(entry.until >= due for entry in hurt) or (is_open and attempt.at >= due)
    return is_hurt or bool(ledger.data_going_on(act.at))
