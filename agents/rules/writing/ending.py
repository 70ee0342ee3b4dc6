"""What ended an incident: the last change that can have, or that nobody measured how it ended."""

from collections.abc import Set
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from agents.io.act_kinds import named
from agents.rules.writing import testimony
from agents.rules.writing.in_vain import aftermath, was_in_vain
from agents.rules.writing.separate import separate
from agents.rules.writing.wording import at, listed
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import BY_HAND, Act, Relapse, Statement, Tried

ActT = TypeVar("ActT", bound=Act)
MOST_TIMES = 3
"""Of relapses, that are told one by one."""


def is_end_measured(briefing: Briefing, of: Set[str] | None = None) -> bool:
    """Whether recovery was verified, or else damage was measured, and none of it was open when it was last measured.

    All damage, or that `of` some services.
    """
    return _was_measured(briefing, _relapses(briefing), of)


def _was_measured(briefing: Briefing, relapses: list[datetime], of: Set[str] | None = None) -> bool:
    ledger = briefing.ledger
    if briefing.fixed_at is not None and not briefing.is_vouched:
        return True
    hurt = ledger.hurt(briefing.detected_at)
    if of is not None:
        hurt = [entry for entry in hurt if entry.service in of]
        below = {name for service in of for name in briefing.catalogue.downstream(service)}
        read = [one for one in ledger.data_readings if one.service in below]
        ledger = ledger.model_copy(update={"data_readings": read})
    was_seen_to_end = (hurt or not briefing.is_vouched) and not _is_seen_again_unmeasured(briefing, relapses)
    changed = max((act.at for act in ledger.acts), default=briefing.detected_at)
    return (
        bool(was_seen_to_end)
        and not any(e.is_open for e in hurt)
        and not ledger.data_not_seen_to_end(changed, briefing.detected_at)
    )


def was_never_over(briefing: Briefing, relapse: Relapse | None) -> bool:
    """Whether it was only said to be over, and nothing shows a break before it was measured the next time."""
    if relapse is None or relapse.said_over is None:
        return False
    ledger, said, again = briefing.ledger, relapse.said_over.at, relapse.at
    well = ledger.measured_well_at
    if was_unseen(briefing, said, again) or (well is not None and said < well < again):
        return False
    hurt = [entry for entry in ledger.hurt(briefing.detected_at) if entry.since <= again and entry.until > said]
    return not hurt or any(entry.since <= said for entry in hurt)


def was_unseen(briefing: Briefing, since: datetime, until: datetime) -> bool:
    """Whether requests were not counted at some time in between, so that nobody knows whether it went on."""
    return any(one.since < until and one.until > since for one in briefing.ledger.unknown(briefing.detected_at))


def is_without_act(briefing: Briefing) -> bool:
    """Whether it is known to have ended, no change can have had a part in it, and no person tells of one."""
    relapses, tried = _relapses(briefing), [one for one in briefing.ledger.tried if one.seen_at is not None]
    told = testimony.of_a_deed(briefing.ledger) or _taken_effect(briefing, relapses)
    told = told or next(iter(_told_of_recovery(briefing, relapses)), None)
    told = told or _before_the_relapse(briefing, relapses)
    told = told or next((one for one in tried if relapses and one.at <= relapses[-1]), None)
    told = told or next(iter(_in_vain(briefing, relapses)), None)
    return _was_measured(briefing, relapses) and _ended_by(briefing, relapses) is None and told is None


def last_act(briefing: Briefing) -> Act | None:
    """The last change before users were last hurt, but for those in vain: what came later ended nothing.

    Nor did what a relapse followed. A change of ours comes before what a person did by hand.
    """
    return _ended_by(briefing, _relapses(briefing))


def _ended_by(briefing: Briefing, relapses: list[datetime]) -> Act | None:
    acts = _before_the_end(briefing, relapses, briefing.ledger.acts)
    acts = [act for act in acts if not was_in_vain(act, briefing)]
    ours = [act for act in acts if act.action != BY_HAND]
    return (ours or acts or [None])[-1]


def was_over_before(act: Act, briefing: Briefing) -> bool:
    """Whether the trouble was measured to be over before a change of ours, which was so not needed any more."""
    relapses = _relapses(briefing)
    is_last = not relapses or act.at > relapses[-1]
    return is_last and act not in _before_the_end(briefing, relapses, briefing.ledger.acts)


def was_called_for(act: Act, briefing: Briefing) -> bool:
    """Whether a change was needed, as far as is known: not in vain, when it was over, or after a deed that held."""
    relapses, told = _relapses(briefing), [one for one in briefing.ledger.statements if one.is_by_hand]
    before = [one for one in told if one.at <= act.at and not any(one.at < again <= act.at for again in relapses)]
    has_held = any(not aftermath(one, briefing) for one in before)
    return not (has_held or was_in_vain(act, briefing) or was_over_before(act, briefing))


def _in_vain(briefing: Briefing, relapses: list[datetime]) -> list[Act]:
    """The changes before the end that are known not to have helped."""
    made = _before_the_end(briefing, relapses, briefing.ledger.acts)
    return [act for act in made if was_in_vain(act, briefing)]


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
    """Each minute in which it was measured again after a recovery."""
    times = [one.at for one in _told_relapses(briefing) if one.measured]
    return list({f"{moment:%Y-%m-%d %H:%M}": moment for moment in times}.values())


def _told_relapses(briefing: Briefing) -> list[Relapse]:
    """What was measured or said after a recovery; not where separate trouble had begun by then."""
    gap, apart = briefing.ledger.gap, separate(briefing)
    told = [one for one in briefing.ledger.relapses if one.measured or one.said_on]
    return [one for one in told if not any(entry.since <= one.at + gap for entry in apart)]


def _before_the_relapse(briefing: Briefing, relapses: list[datetime]) -> Act | None:
    """The last change that a relapse followed: it did not end the trouble for good."""
    made = [act for act in briefing.ledger.acts if relapses and act.at <= relapses[-1]]
    ours = [act for act in made if act.action != BY_HAND]
    return (ours or made or [None])[-1]


def what_ended_it(briefing: Briefing) -> str:
    """The last change before it was over; "after" is all that a time can show. A person's words stand as they are."""
    relapses = _relapses(briefing)
    act = _ended_by(briefing, relapses)
    if not _was_measured(briefing, relapses):
        return _not_measured(briefing, relapses, act or _before_the_relapse(briefing, relapses))
    if act is None:
        return _as_told(briefing, relapses) or f"{_without_an_act(briefing, relapses)}{_said_over(briefing, relapses)}"
    if act.action == BY_HAND:
        return _by_hand(briefing, relapses, act)
    is_told = any(one.is_by_hand for one in briefing.ledger.statements) or _told_of_recovery(briefing, relapses)
    told = _said_over(briefing, relapses) if is_told else _said_on(briefing, relapses)
    return f"it ended after {_named(act, briefing)}{told}"


def _without_an_act(briefing: Briefing, relapses: list[datetime]) -> str:
    """That no change can have ended it; after a relapse, which change that had followed, and when it was seen again."""
    again, in_vain = _seen_again(briefing, relapses), _in_vain(briefing, relapses)
    later = [act for act in briefing.ledger.acts if not relapses or act.at > relapses[-1]]
    later = [act for act in later if act not in in_vain]
    over = f"it was over before {_named(later[0], briefing)}" if later else ""
    if in_vain:
        over = f"{over or 'what ended it is not known'}; {_named(in_vain[-1], briefing)} did not help"
    if not over and _told_of_recovery(briefing, relapses):
        return _over(briefing, relapses)
    if again:
        return f"{again}; {over or 'what ended it then is not known'}"
    return over or "it ended without a change that is known here"


def _told_of_recovery(briefing: Briefing, relapses: list[datetime]) -> list[Statement]:
    """What people told of a recovery, or of what others mended, where it did not go on for long after that."""
    last, gap = _last_hurt(briefing, relapses), briefing.ledger.gap
    told = [one for one in testimony.of_recovery(briefing.ledger) if not relapses or one.at > relapses[-1]]
    return [one for one in told if last is None or one.at + 2 * gap >= last]


def _seen_again(briefing: Briefing, relapses: list[datetime]) -> str:
    """When it was seen again, and the last time after which change; empty without a relapse."""
    parts: list[str] = []
    for early, group in groupby(filter(_is_measured, _told_relapses(briefing)), key=lambda one: one.said_over):
        over = f"{testimony.name_of(early)} said at {_at(early.at, briefing)} that it was over; " if early else ""
        parts.append(f"{over}it was {_told_one_by_one(list(group), briefing)}")
    return f"{'; '.join(parts)}{_after_which_change(briefing, relapses)}"


def _is_measured(relapse: Relapse) -> bool:
    return relapse.measured


def _after_which_change(briefing: Briefing, relapses: list[datetime]) -> str:
    """The last change before it was last seen again, where no relapse but all or the last one followed it."""
    followed = _before_the_relapse(briefing, relapses)
    if followed is None or followed.action == BY_HAND or relapses[0] < followed.at <= relapses[-2]:
        return ""
    last = ", the last time" if relapses[1:] and followed.at > relapses[-2] else ""
    return f"{last} after {_named(followed, briefing, relapses[-1])}"


def seen_again(briefing: Briefing) -> str:
    """Such as: seen again at 14:31 UTC and 14:52 UTC; empty without a relapse."""
    told: list[str] = []
    for (on, _), group in groupby(_told_relapses(briefing), key=lambda one: (_only_said(one), one.said_over)):
        told.append(_not_over(on, briefing) if on else _told_one_by_one(list(group), briefing))
    return ", ".join(told)


def _only_said(relapse: Relapse) -> Statement | None:
    """The word that it was not over, where nothing that was measured says so."""
    return None if relapse.measured else relapse.said_on


def _not_over(said: Statement, briefing: Briefing) -> str:
    return f"{testimony.name_of(said)} said at {_at(said.at, briefing)} that it was not over"


def _told_one_by_one(relapses: list[Relapse], briefing: Briefing) -> str:
    """Each minute once."""
    told = list(dict.fromkeys(_at(one.at, briefing) for one in relapses))
    seen = "still measured" if was_never_over(briefing, relapses[0]) else "seen again"
    if len(told) > MOST_TIMES:
        return f"{seen} {len(told)} times, first at {told[0]} and last at {told[-1]}"
    return f"{seen} at {listed(told)}"


def _at(moment: datetime, briefing: Briefing) -> str:
    return at(moment, briefing.started_at)


def _as_told(briefing: Briefing, relapses: list[datetime]) -> str:
    """What a person told that they did, or else what a reading shows to have been made; empty without either."""
    told = testimony.of_a_deed(briefing.ledger)
    if told is None and (tried := _taken_effect(briefing, relapses)) is not None:
        attempted = (
            f"the {named(tried.action, tried.service, tried.parameters)} was attempted at {_at(tried.at, briefing)}"
        )
        version = f"version {tried.parameters['version']} was running by {_at(tried.seen_at or tried.at, briefing)}"
        return (
            f"it ended after {attempted}; no success was reported back, but {version}{_said_over(briefing, relapses)}"
        )
    if told is None:
        return ""
    return (
        f"{_over(briefing, relapses)}; what ended it was not measured; {testimony.quoted_since(told, briefing.ledger)}"
    )


def _over(briefing: Briefing, relapses: list[datetime]) -> str:
    """When it ended, as far as that was measured; when it was seen again after that."""
    last, again = _last_hurt(briefing, relapses), _seen_again(briefing, relapses)
    if last is not None:
        return f"it ended at {_at(last, briefing)}"
    return f"{again}, and is over" if again else "it is over"


def _last_hurt(briefing: Briefing, relapses: list[datetime]) -> datetime | None:
    """When users were last hurt; None where that was not measured, or where it was seen again after that."""
    return None if _is_seen_again_unmeasured(briefing, relapses) else briefing.ledger.last_damage(briefing.detected_at)


def _is_seen_again_unmeasured(briefing: Briefing, relapses: list[datetime]) -> bool:
    """Whether no damage was measured of what was seen again; a status follows what it was taken from."""
    last = briefing.ledger.last_damage(briefing.detected_at)
    return bool(relapses) and (last is None or relapses[-1] - last >= briefing.ledger.gap)


def _named(act: Act, briefing: Briefing, beside: datetime | None = None) -> str:
    """With its date where it is another day than that of the start, or of the time that stands beside it."""
    seen_from = briefing.started_at if beside is None or beside.date() == briefing.started_at.date() else beside
    return f"the {named(act.action, act.service, act.parameters)} at {at(act.at, seen_from)}"


def _not_measured(briefing: Briefing, relapses: list[datetime], act: Act | None) -> str:
    """The damage was still open when it was last measured; what people say and what was done stands beside it."""
    still_open = [entry.until for entry in briefing.ledger.hurt(briefing.detected_at) if entry.is_open]
    done = f"; the last change was {_named(act, briefing)}" if act is not None and act.action != BY_HAND else ""
    still = f"; it still failed when it was last measured, at {_at(max(still_open), briefing)}" if still_open else ""
    return f"its end was not measured{still}{done}{_said_over(briefing, relapses)}"


def _said_over(briefing: Briefing, relapses: list[datetime]) -> str:
    """The newest word of a person that it is over, or of a recovery, with when; what was done by hand comes first.

    What was said before a relapse says nothing of it, and a word that came too early nothing of an end that was
    measured. Who said that it was not over stands before that.
    """
    told = [one for one in briefing.ledger.statements if one.is_over and (not relapses or one.at > relapses[-1])]
    told = [one for one in told if not (was_too_early(one, briefing) and _was_measured(briefing, relapses))]
    by_hand = [one for one in told if one.is_by_hand]
    said = next(reversed(by_hand or _told_of_recovery(briefing, relapses) or told), None)
    if said is None:
        return _said_on(briefing, relapses)
    over = f"{testimony.name_of(said)} said at {at(said.at)} that it was over"
    later = "; it went on after that" if was_too_early(said, briefing) else aftermath(said, briefing)
    told = f"; {testimony.quoted_since(said, briefing.ledger) if said.words else over}{later}"
    return f"{_said_on(briefing, relapses, until=said.at)}{told}{_said_on(briefing, [*relapses, said.at])}"


def was_too_early(said: Statement, briefing: Briefing) -> bool:
    """Whether harm that somebody called over without a deed was measured for long after their word."""
    hurt, late = briefing.ledger.hurt(briefing.detected_at), said.at + briefing.ledger.gap
    is_bare = bool(said.is_over) and not said.is_by_hand
    return is_bare and any(entry.since <= said.at and entry.until > late for entry in hurt)


def _said_on(briefing: Briefing, relapses: list[datetime], until: datetime | None = None) -> str:
    """Who said last that it was not over, in the time after the relapses, and that nothing that was measured shows."""
    said = [one for one in map(_only_said, _told_relapses(briefing)) if one is not None]
    said = [one for one in said if (not relapses or one.at > relapses[-1]) and (until is None or one.at <= until)]
    if not said:
        return ""
    words = f": “{testimony.spoken(said[-1], testimony.MOST_WORDS).rstrip('.')}”" if said[-1].words.strip() else ""
    return f"; {_not_over(said[-1], briefing)}{words}"


def _by_hand(briefing: Briefing, relapses: list[datetime], act: Act) -> str:
    """When it ended, and what a person told: not what ended it, where they told of more deeds or it went on."""
    told = [said for said in briefing.ledger.statements if said.is_by_hand and said.at <= act.at]
    told = testimony.first_of_each(told)
    last, done = _last_hurt(briefing, relapses), min((said.at for said in told), default=act.at)
    went_on = last is not None and last > done + briefing.ledger.gap
    is_known = not (told[1:] or went_on or any(moment > done for moment in relapses))
    not_known = "" if is_known else "; what ended it is not known"
    return f"{_over(briefing, relapses)}{not_known}{_said_over(briefing, relapses)}"
