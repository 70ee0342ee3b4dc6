"""What ended an incident: the last change that can have, or that nobody measured how it ended."""

from datetime import datetime
from typing import TypeVar

from agents.io.act_kinds import named
from agents.rules.writing import testimony
from agents.rules.writing.in_vain import aftermath, was_in_vain
from agents.rules.writing.separate import separate
from agents.rules.writing.wording import at, listed
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import BY_HAND, Act, Tried

ActT = TypeVar("ActT", bound=Act)
MOST_TIMES = 3
"""Of relapses, that are told one by one."""


def is_end_measured(briefing: Briefing) -> bool:
    """Whether recovery was verified, or else damage was measured, and none of it was open when it was last measured."""
    ledger = briefing.ledger
    if briefing.fixed_at is not None and not briefing.is_vouched:
        return True
    hurt = ledger.hurt(briefing.detected_at)
    was_seen_to_end = not _is_seen_again_unmeasured(briefing, _relapses(briefing)) and (
        bool(hurt) or not briefing.is_vouched
    )
    changed = max((act.at for act in ledger.acts), default=briefing.detected_at)
    return (
        was_seen_to_end
        and not any(e.is_open for e in hurt)
        and not ledger.data_not_seen_to_end(changed, briefing.detected_at)
    )


def was_never_over(briefing: Briefing) -> bool:
    """Whether it was only said to be over, and nothing shows a break before it was measured the next time."""
    ledger, said, again = briefing.ledger, briefing.ledger.said_too_early, briefing.ledger.relapsed_at
    if said is None or again is None:
        return False
    well = ledger.measured_well_at
    if was_unseen(briefing, said.at, again) or (well is not None and said.at < well < again):
        return False
    hurt = [entry for entry in ledger.hurt(briefing.detected_at) if entry.since <= again and entry.until > said.at]
    return not hurt or any(entry.since <= said.at for entry in hurt)


def was_unseen(briefing: Briefing, since: datetime, until: datetime) -> bool:
    """Whether requests were not counted at some time in between, so that nobody knows whether it went on."""
    return any(one.since < until and one.until > since for one in briefing.ledger.unknown(briefing.detected_at))


def is_without_act(briefing: Briefing) -> bool:
    """Whether it is known to have ended, no change can have had a part in it, and no person tells of one."""
    relapses, tried = _relapses(briefing), [one for one in briefing.ledger.tried if one.seen_at is not None]
    told = testimony.of_a_deed(briefing.ledger) or _taken_effect(briefing, relapses)
    told = told or _before_the_relapse(briefing, relapses)
    told = told or next((one for one in tried if relapses and one.at <= relapses[-1]), None)
    return is_end_measured(briefing) and last_act(briefing) is None and told is None


def last_act(briefing: Briefing) -> Act | None:
    """The last change before users were last hurt: what came later ended nothing, nor did what a relapse followed.

    A change of ours that is not known to have been in vain comes before what a person did by hand.
    """
    acts = _before_the_end(briefing, _relapses(briefing), briefing.ledger.acts)
    ours = [act for act in acts if act.action != BY_HAND and not was_in_vain(act, briefing)]
    return (ours or acts or [None])[-1]


def _taken_effect(briefing: Briefing, relapses: list[datetime]) -> Tried | None:
    """The last change before the end whose call failed, and which a reading shows to have been made all the same."""
    tried = [one for one in briefing.ledger.tried if one.seen_at is not None]
    return next(reversed(_before_the_end(briefing, relapses, tried)), None)


def _before_the_end(briefing: Briefing, relapses: list[datetime], made: list[ActT]) -> list[ActT]:
    """Of some changes, those that can have ended it.

    A sample stands for the minute that follows. Endpoints are checked now and then: between two checks nobody knows.
    Of what a person did by hand it is known only when they told of it; they did it before that.
    """
    ledger, apart = briefing.ledger, separate(briefing)
    hurt = [entry for entry in ledger.hurt(briefing.detected_at) if entry not in apart]
    made = [act for act in made if not relapses or act.at > relapses[-1]]
    if not hurt or any(entry.is_open for entry in hurt):
        return made
    last = max(hurt, key=lambda entry: entry.until)
    if _is_seen_again_unmeasured(briefing, relapses):
        return made
    end = last.until + (ledger.gap if last.kind in ("refused", "down") else ledger.minute)
    return [act for act in made if act.action == BY_HAND or act.at < end]


def _relapses(briefing: Briefing) -> list[datetime]:
    """Each time that it was seen again after a recovery; not where separate trouble had begun by then."""
    gap, apart = briefing.ledger.gap, separate(briefing)
    return [one for one in briefing.ledger.relapses if not any(entry.since <= one + gap for entry in apart)]


def _before_the_relapse(briefing: Briefing, relapses: list[datetime]) -> Act | None:
    """The last change that a relapse followed: it did not end the trouble for good."""
    made = [act for act in briefing.ledger.acts if relapses and act.at <= relapses[-1]]
    ours = [act for act in made if act.action != BY_HAND]
    return (ours or made or [None])[-1]


def what_ended_it(briefing: Briefing) -> str:
    """The last change before it was over; "after" is all that a time can show. A person's words stand as they are."""
    act, relapses = last_act(briefing), _relapses(briefing)
    if not is_end_measured(briefing):
        return _not_measured(briefing, relapses, act or _before_the_relapse(briefing, relapses))
    if act is None:
        return _as_told(briefing, relapses) or f"{_without_an_act(briefing, relapses)}{_said_over(briefing, relapses)}"
    if act.action == BY_HAND:
        return _by_hand(briefing, relapses, act)
    by_hand = any(said.is_by_hand for said in briefing.ledger.statements)
    return f"it ended after {_named(act)}{_said_over(briefing, relapses) if by_hand else ''}"


def _without_an_act(briefing: Briefing, relapses: list[datetime]) -> str:
    """That no change can have ended it; after a relapse, which change that had followed, and when it was seen again."""
    again = _seen_again(briefing, relapses)
    later = [act for act in briefing.ledger.acts if not relapses or act.at > relapses[-1]]
    over = f"it was over before {_named(later[0])}" if later else ""
    if again:
        return f"{again}; {over or 'what ended it then is not known'}"
    return over or "it ended without a change that is known here"


def _seen_again(briefing: Briefing, relapses: list[datetime]) -> str:
    """When it was seen again, and the last time after which change; empty without a relapse."""
    followed, said = _before_the_relapse(briefing, relapses), briefing.ledger.said_too_early
    last = ", the last time" if relapses[1:] else ""
    after = f"{last} after {_named(followed)}" if followed is not None and followed.action != BY_HAND else ""
    if relapses and said is not None:
        earlier = f"it was {_told_one_by_one(relapses[:-1], briefing)}; " if relapses[1:] else ""
        over = f"{said.by} said at {at(said.at)} that it was over"
        seen = "still measured" if was_never_over(briefing) else "seen again"
        return f"{earlier}{over}; it was {seen} at {at(relapses[-1])}{after.removeprefix(last)}"
    return f"it was {_told_one_by_one(relapses, briefing)}{after}" if relapses else ""


def seen_again(briefing: Briefing) -> str:
    """Such as: seen again at 14:31 UTC and 14:52 UTC; empty without a relapse."""
    relapses = _relapses(briefing)
    if not relapses or not was_never_over(briefing):
        return _told_one_by_one(relapses, briefing)
    told = [_told_one_by_one(relapses[:-1], briefing), f"still measured at {at(relapses[-1], briefing.started_at)}"]
    return ", ".join(filter(None, told))


def _told_one_by_one(relapses: list[datetime], briefing: Briefing) -> str:
    times = [at(one, briefing.started_at) for one in relapses]
    if len(times) > MOST_TIMES:
        return f"seen again {len(times)} times, first at {times[0]} and last at {times[-1]}"
    return f"seen again at {listed(times)}" if times else ""


def _as_told(briefing: Briefing, relapses: list[datetime]) -> str:
    """What a person told that they did, or else what a reading shows to have been made; empty without either."""
    told = testimony.of_a_deed(briefing.ledger)
    if told is None and (tried := _taken_effect(briefing, relapses)) is not None:
        attempted = f"the {named(tried.action, tried.service, tried.parameters)} was attempted at {at(tried.at)}"
        version = f"version {tried.parameters['version']} was running by {at(tried.seen_at or tried.at)}"
        return (
            f"it ended after {attempted}; no success was reported back, but {version}{_said_over(briefing, relapses)}"
        )
    if told is None:
        return ""
    return f"{_over(briefing, relapses)}; what ended it was not measured; {testimony.quoted_with_time(told)}"


def _over(briefing: Briefing, relapses: list[datetime]) -> str:
    """When it ended, as far as that was measured; when it was seen again after that."""
    last, again = _last_hurt(briefing, relapses), _seen_again(briefing, relapses)
    if last is not None:
        return f"it ended at {at(last)}"
    return f"{again}, and is over" if again else "it is over"


def _last_hurt(briefing: Briefing, relapses: list[datetime]) -> datetime | None:
    """When users were last hurt; None where that was not measured, or where it was seen again after that."""
    return None if _is_seen_again_unmeasured(briefing, relapses) else briefing.ledger.last_damage(briefing.detected_at)


def _is_seen_again_unmeasured(briefing: Briefing, relapses: list[datetime]) -> bool:
    """Whether no damage was measured of what was seen again; a status follows what it was taken from."""
    last = briefing.ledger.last_damage(briefing.detected_at)
    return bool(relapses) and (last is None or relapses[-1] - last >= briefing.ledger.gap)


def _named(act: Act) -> str:
    return f"the {named(act.action, act.service, act.parameters)} at {at(act.at)}"


def _not_measured(briefing: Briefing, relapses: list[datetime], act: Act | None) -> str:
    """The damage was still open when it was last measured; what people say and what was done stands beside it."""
    still_open = [entry.until for entry in briefing.ledger.hurt(briefing.detected_at) if entry.is_open]
    done = f"; the last change was {_named(act)}" if act is not None and act.action != BY_HAND else ""
    still = f"; it still failed when it was last measured, at {at(max(still_open))}" if still_open else ""
    return f"its end was not measured{still}{done}{_said_over(briefing, relapses)}"


def _said_over(briefing: Briefing, relapses: list[datetime]) -> str:
    """The newest word of a person that it is over, with when it was said; who did something by hand comes first.

    What was said before a relapse says nothing of it.
    """
    told = [one for one in briefing.ledger.statements if one.is_over and (not relapses or one.at > relapses[-1])]
    said = next(reversed([one for one in told if one.is_by_hand] or told), None)
    if said is None:
        return ""
    told = testimony.quoted_with_time(said) if said.words else f"{said.by} said at {at(said.at)} that it was over"
    return f"; {told}{aftermath(said, briefing)}"


def _by_hand(briefing: Briefing, relapses: list[datetime], act: Act) -> str:
    """When it ended, and what a person told: not what ended it, where they had to say it again or said it too early."""
    told = [said for said in briefing.ledger.statements if said.is_by_hand and said.at <= act.at]
    last = _last_hurt(briefing, relapses)
    went_on = last is not None and last > act.at + briefing.ledger.gap
    not_known = "; what ended it is not known" if told[1:] or went_on else ""
    return f"{_over(briefing, relapses)}{not_known}{_said_over(briefing, relapses)}"
