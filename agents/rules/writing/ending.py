"""What ended an incident: the last change that can have, or that nobody measured how it ended."""

from agents.io.act_kinds import ACT_KINDS, named
from agents.rules.writing.wording import at, short
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import BY_HAND, Act


def is_end_measured(briefing: Briefing) -> bool:
    """Whether recovery was verified, or else damage was measured, and none of it was open when it was last measured."""
    ledger = briefing.ledger
    if briefing.fixed_at is not None and not briefing.is_vouched:
        return True
    hurt = ledger.hurt(briefing.detected_at)
    was_seen_to_end = bool(hurt) or not briefing.is_vouched
    changed = max((act.at for act in ledger.acts), default=briefing.detected_at)
    return (
        was_seen_to_end
        and not any(e.is_open for e in hurt)
        and not ledger.data_not_seen_to_end(changed, briefing.detected_at)
    )


def is_without_act(briefing: Briefing) -> bool:
    """Whether it is known to have ended, and no change can have ended it."""
    return is_end_measured(briefing) and last_act(briefing) is None


def last_act(briefing: Briefing) -> Act | None:
    """The last change before users were last hurt: what came later ended nothing.

    A change of ours that is not known to have been in vain comes before what a person did by hand.
    """
    acts = _before_the_end(briefing)
    ours = [act for act in acts if act.action != BY_HAND and not was_in_vain(act, briefing)]
    return (ours or acts or [None])[-1]


def _before_the_end(briefing: Briefing) -> list[Act]:
    """The changes that can have ended it.

    A sample stands for the minute that follows. Endpoints are checked now and then: between two checks nobody knows.
    """
    ledger = briefing.ledger
    hurt = ledger.hurt(briefing.detected_at)
    if not hurt or any(entry.is_open for entry in hurt):
        return ledger.acts
    last = max(hurt, key=lambda entry: entry.until)
    return [
        act for act in ledger.acts if act.at < last.until + (ledger.gap if last.kind == "refused" else ledger.minute)
    ]


def was_in_vain(act: Act, briefing: Briefing) -> bool:
    """Whether a change was checked afterwards and had not helped."""
    return any(
        attempt.outcome == "did not help"
        and (attempt.proposal.action, attempt.proposal.service) == (act.action, act.service)
        and (act.action not in ACT_KINDS or attempt.proposal.parameters == act.parameters)
        and attempt.at >= act.at
        for attempt in briefing.attempts
    )


def what_ended_it(briefing: Briefing) -> str:
    """The last change before it was over; "after" is all that a time can show."""
    act = last_act(briefing)
    if not is_end_measured(briefing):
        return _not_measured(briefing, act)
    if act is None:
        changed = "it was over before anything was changed" if briefing.ledger.acts else ""
        return f"{changed or 'it ended without a change that is known here'}{_told_over(briefing)}"
    if act.action != BY_HAND:
        return f"it ended after {_named(act)}"
    return _by_hand(briefing, act)


def _named(act: Act) -> str:
    return f"the {named(act.action, act.service, act.parameters)} at {at(act.at)}"


def _not_measured(briefing: Briefing, act: Act | None) -> str:
    """The damage was still open when it was last measured; what people say and what was done stands beside it."""
    still_open = [entry.until for entry in briefing.ledger.hurt(briefing.detected_at) if entry.is_open]
    done = ""
    if act is not None:
        done = f"; the last change was {_named(act) if act.action != BY_HAND else f'made by hand at {at(act.at)}'}"
    still = f"; it still failed when it was last measured, at {at(max(still_open))}" if still_open else ""
    return f"its end was not measured{still}{done}{_told_over(briefing) or _said_without_words(briefing)}"


def _told_over(briefing: Briefing) -> str:
    said = briefing.ledger.said_over
    return f" ({said.by}: “{short(said.words, 160)}”)" if said and said.words else ""


def _said_without_words(briefing: Briefing) -> str:
    said = briefing.ledger.said_over
    return f"; {said.by} said at {at(said.at)} that it was over" if said else ""


def _by_hand(briefing: Briefing, act: Act) -> str:
    """What a person did by hand; where they had to say so more than once, no single time can be what ended it."""
    said = [one for one in briefing.ledger.statements if one.is_by_hand and one.at <= act.at]
    last = briefing.ledger.last_damage(briefing.detected_at)
    who = said[-1].by if said else "a person"
    words = f": “{short(said[-1].words, 200).rstrip('.')}”" if said and said[-1].words else ""
    went_on = last is not None and last > act.at + briefing.ledger.gap
    if said[1:] or went_on:
        ended = f"it ended at {at(last)}" if last is not None else "it is over"
        return f"{ended}; what ended it is not known; {who} worked on it, last at {at(act.at)}{words}"
    return f"it ended after what {who} did by hand at {at(act.at)}{words}"
