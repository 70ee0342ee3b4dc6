"""What ended an incident: the last change that can have, or that nobody measured how it ended."""

from typing import TypeVar

from agents.io.act_kinds import ACT_KINDS, named
from agents.rules.writing import testimony
from agents.rules.writing.separate import separate
from agents.rules.writing.wording import at
from agents.runtime.briefing import Attempt, Briefing
from agents.runtime.ledger import BY_HAND, Act, Tried

ActT = TypeVar("ActT", bound=Act)


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
    """Whether it is known to have ended, no change can have ended it, and no person tells of one."""
    told = testimony.of_a_deed(briefing.ledger) or _taken_effect(briefing)
    return is_end_measured(briefing) and last_act(briefing) is None and told is None


def last_act(briefing: Briefing) -> Act | None:
    """The last change before users were last hurt: what came later ended nothing.

    A change of ours that is not known to have been in vain comes before what a person did by hand.
    """
    acts = _before_the_end(briefing, briefing.ledger.acts)
    ours = [act for act in acts if act.action != BY_HAND and not was_in_vain(act, briefing)]
    return (ours or acts or [None])[-1]


def _taken_effect(briefing: Briefing) -> Tried | None:
    """The last change before the end whose call failed, and which a reading shows to have been made all the same."""
    tried = [one for one in briefing.ledger.tried if one.seen_at is not None]
    return next(reversed(_before_the_end(briefing, tried)), None)


def _before_the_end(briefing: Briefing, made: list[ActT]) -> list[ActT]:
    """Of some changes, those that can have ended it.

    A sample stands for the minute that follows. Endpoints are checked now and then: between two checks nobody knows.
    Of what a person did by hand it is known only when they told of it; they did it before that.
    """
    ledger = briefing.ledger
    apart = separate(briefing)
    hurt = [entry for entry in ledger.hurt(briefing.detected_at) if entry not in apart]
    if not hurt or any(entry.is_open for entry in hurt):
        return made
    last = max(hurt, key=lambda entry: entry.until)
    end = last.until + (ledger.gap if last.kind in ("refused", "down") else ledger.minute)
    return [act for act in made if act.action == BY_HAND or act.at < end]


def was_in_vain(act: Act, briefing: Briefing) -> bool:
    """Whether a change had not helped when it was checked afterwards, and harm went on after the time that it takes.

    Not where recovery was measured between the two: what came later is something new.
    """
    return any(
        attempt.outcome == "did not help"
        and _is_of(attempt, act)
        and not any(act.at <= proof.at <= attempt.at for proof in briefing.ledger.confirmed)
        and _went_on_after(act, attempt, briefing)
        for attempt in briefing.attempts
    )


def _is_of(attempt: Attempt, act: Act) -> bool:
    done = attempt.proposal
    is_same = (done.action, done.service) == (act.action, act.service)
    return is_same and attempt.at >= act.at and (act.action not in ACT_KINDS or done.parameters == act.parameters)


def _went_on_after(act: Act, attempt: Attempt, briefing: Briefing) -> bool:
    """Whether users or data were harmed after the time that a change takes; a check counts that was made after it.

    Also where no harm to users was measured at any time.
    """
    hurt, ledger = briefing.ledger.hurt(briefing.detected_at), briefing.ledger
    due = act.at + max(ledger.gap, attempt.proposal.takes_effect_in_minutes * briefing.minute)
    is_open = not hurt or any(entry.is_open for entry in hurt)
    is_hurt = any(entry.until >= due for entry in hurt) or (is_open and attempt.at >= due)
    return is_hurt or bool(ledger.data_going_on(act.at))


def what_ended_it(briefing: Briefing) -> str:
    """The last change before it was over; "after" is all that a time can show. A person's words stand as they are."""
    act, acts = last_act(briefing), briefing.ledger.acts
    if not is_end_measured(briefing):
        return _not_measured(briefing, act)
    if act is None:
        before = f"it was over before {_named(acts[0])}" if acts else "it ended without a change that is known here"
        return _as_told(briefing) or f"{before}{_said_over(briefing)}"
    if act.action == BY_HAND:
        return _by_hand(briefing, act)
    by_hand = any(said.is_by_hand for said in briefing.ledger.statements)
    return f"it ended after {_named(act)}{_said_over(briefing) if by_hand else ''}"


def _as_told(briefing: Briefing) -> str:
    """What a person told that they did, or else what a reading shows to have been made; empty without either."""
    told, last = testimony.of_a_deed(briefing.ledger), briefing.ledger.last_damage(briefing.detected_at)
    if told is None and (tried := _taken_effect(briefing)) is not None:
        attempted = f"the {named(tried.action, tried.service, tried.parameters)} was attempted at {at(tried.at)}"
        version = f"version {tried.parameters['version']} was running by {at(tried.seen_at or tried.at)}"
        return f"it ended after {attempted}; no success was reported back, but {version}{_said_over(briefing)}"
    if told is None:
        return ""
    ended = f"it ended at {at(last)}" if last is not None else "it is over"
    return f"{ended}; what ended it was not measured; {testimony.quoted_with_time(told)}"


def _named(act: Act) -> str:
    return f"the {named(act.action, act.service, act.parameters)} at {at(act.at)}"


def _not_measured(briefing: Briefing, act: Act | None) -> str:
    """The damage was still open when it was last measured; what people say and what was done stands beside it."""
    still_open = [entry.until for entry in briefing.ledger.hurt(briefing.detected_at) if entry.is_open]
    done = f"; the last change was {_named(act)}" if act is not None and act.action != BY_HAND else ""
    still = f"; it still failed when it was last measured, at {at(max(still_open))}" if still_open else ""
    return f"its end was not measured{still}{done}{_said_over(briefing)}"


def _said_over(briefing: Briefing) -> str:
    """The newest word of a person that it is over, with when it was said; who did something by hand comes first."""
    told = [one for one in briefing.ledger.statements if one.is_over]
    said = next(reversed([one for one in told if one.is_by_hand] or told), None)
    if said is None:
        return ""
    told = testimony.quoted_with_time(said) if said.words else f"{said.by} said at {at(said.at)} that it was over"
    return f"; {told}"


def _by_hand(briefing: Briefing, act: Act) -> str:
    """When it ended, and what a person told: not what ended it, where they had to say it again or said it too early."""
    told = [said for said in briefing.ledger.statements if said.is_by_hand and said.at <= act.at]
    last = briefing.ledger.last_damage(briefing.detected_at)
    went_on = last is not None and last > act.at + briefing.ledger.gap
    ended = f"it ended at {at(last)}" if last is not None else "it is over"
    not_known = "; what ended it is not known" if told[1:] or went_on else ""
    return f"{ended}{not_known}{_said_over(briefing)}"
