"""Plain words: what users and stakeholders may read. Public names only, and no cause that is not concluded."""

import re
from datetime import datetime

from agents.io.act_kinds import ACT_KINDS
from agents.io.catalogue import NO_PUBLIC_NAME
from agents.reports.basis import Cause
from agents.rules.writing import neighbours
from agents.rules.writing.disturbance import disturbed, disturbed_when
from agents.rules.writing.ending import was_never_over, was_unseen
from agents.rules.writing.last_look import (
    FELT,
    NO_TROUBLE,
    as_of,
    by_last_look,
    is_of_this_trouble,
    last_measured,
    measured_free_of_trouble,
    name,
    seen,
    spoken_of,
    trouble_from,
    was_well_after,
)
from agents.rules.writing.separate import is_told_of_it, named_in
from agents.rules.writing.wording import at, capital, listed, requests_in_words, requests_to
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Damage

CAUSES: dict[Cause, str] = {
    "recent deployment": "a recent change on our side",
    "infrastructure": "a fault in the systems that run it",
    "code bug": "a fault in our software",
    "external dependency": "a service outside ours that we depend on",
}
REMEDIES: dict[str, str] = {
    "rollback": "undoing a recent change",
    "scale": "adding capacity",
    "restart": "restarting part of our systems",
    "failover": "moving to standby systems",
    "fallback": "switching to a substitute",
    "build_hotfix": "preparing a correction",
    "deploy": "putting a correction in place",
    **{action: kind.in_public for action, kind in ACT_KINDS.items()},
}


BY_REPORT = "our team reports"
"""Who says that it is over, or what caused it, where that was not measured."""


def subject(briefing: Briefing) -> str:
    """The same before a verb in the singular."""
    return as_subject(name(briefing))


def as_subject(who: str) -> str:
    """A name before a verb in the singular: "the Payments service" where it may be a plural, "Checkout"."""
    is_plural = who != NO_PUBLIC_NAME and (who.endswith("s") or " and " in who)
    return f"the {who} service" if is_plural else who


def concluded(briefing: Briefing) -> Cause | None:
    """The cause, where it has been concluded, or where a person has just named it."""
    conclusion = briefing.conclusion
    found = conclusion.cause if conclusion and conclusion.verdict == "cause found" else None
    return just_named(briefing) or found


def just_named(briefing: Briefing) -> Cause | None:
    """The cause that a person has named since the last one was concluded: the run takes it up at its next step.

    What they named of separate trouble is not the cause of the rest.
    """
    said = briefing.ledger.last_named
    later = [briefing.ledger.relapsed_at, *(one.at for one in briefing.ledger.suspected)]
    is_new = said is not None and not any(moment is not None and moment >= said.at for moment in later)
    return said.cause if said and is_new and not is_told_of_it(said, briefing) else None


def known_cause(briefing: Briefing) -> Cause | None:
    """The cause, where it is more than a suspicion, and more than the word of a person that no reading bears out."""
    found, ledger, named = briefing.conclusion, briefing.ledger, briefing.ledger.last_named
    if found is None or concluded(briefing) is None:
        return None
    cause = (found.cause, found.component)
    if just_named(briefing) and named and (named.cause, named.component) != cause:
        return None
    said, shown = {one.cite for one in ledger.statements}, [c for one in found.hypotheses[:1] for c in one.support]
    is_only_told = bool(shown) and all(said.issuperset(claim.cites) for claim in shown)
    if is_only_told and cause not in {(one.cause, one.component) for one in ledger.confirmed}:
        return None
    is_sure = found.confidence == "high" and not is_from_before_a_relapse(briefing)
    return found.cause if is_sure or is_confirmed(briefing) else None


def is_from_before_a_relapse(briefing: Briefing) -> bool:
    """Whether the cause was concluded before the trouble came back: of what came after, it says nothing."""
    relapsed, found = briefing.ledger.relapsed_at, [one for one in briefing.ledger.suspected if not one.is_kept]
    return relapsed is not None and not (found and found[-1].at > relapsed)


def relapse(briefing: Briefing) -> str:
    """When trouble was seen again; or still measured, where that it was over was only said."""
    seen_again = "still measured" if was_never_over(briefing, briefing.ledger.last_relapse) else "seen again"
    return f"trouble was {seen_again} at {at(briefing.ledger.relapsed_at or briefing.now, briefing.now)}"


def is_confirmed(briefing: Briefing) -> bool:
    """Whether a person named the cause that was concluded, or a change at it helped; a relapse undoes both."""
    found, ledger, relapsed = briefing.conclusion, briefing.ledger, briefing.ledger.relapsed_at
    if found is None or concluded(briefing) is None:
        return False
    named = (found.cause, found.component)
    told = [one for one in (*ledger.statements, *ledger.confirmed) if (one.cause, one.component) == named]
    return any(relapsed is None or one.at > relapsed for one in told)


def is_over(briefing: Briefing) -> bool:
    return briefing.status in ("Monitoring", "Resolved")


UNSEEN_AFTER = 12
"""Minutes after the last look of a watch that was well: one is due every 5, or 10 where a provider is at fault."""


def last_seen_well(briefing: Briefing) -> datetime | None:
    """When a watched service was last measured well, where that is too long ago to say anything of this minute."""
    if briefing.status != "Monitoring" or briefing.fixed_at is None or briefing.is_vouched:
        return None
    well = [briefing.fixed_at, *(moment for moment in [briefing.ledger.measured_well_at] if moment)]
    if briefing.scope_at and by_last_look(briefing).verdict == "normal":
        well.append(briefing.scope_at)
    return max(well) if briefing.now - max(well) > UNSEEN_AFTER * briefing.minute else None


ABOVE_USUAL = 1.1
"""Times its usual: from there on answers are said to be slower; less comes and goes by chance."""


def trouble(briefing: Briefing) -> str:
    """What users notice, in the present tense; empty where nothing is known to be wrong at this minute."""
    return _trouble(briefing)[0]


def found_at(briefing: Briefing) -> datetime:
    """When that was measured."""
    return _trouble(briefing)[1]


def noticed(briefing: Briefing) -> str:
    """What users notice, with when it was measured unless that was at a look of these minutes."""
    words, found = _trouble(briefing)
    return words and f"{words}{as_of(found, briefing)}"


def _trouble(briefing: Briefing) -> tuple[str, datetime]:
    """What users notice and when what says so was measured: by the newest look, or by the reading that is told."""
    now, looked = seen(briefing), briefing.scope_at or briefing.now
    if now.verdict != "abnormal":
        return "", looked
    who, it = name(briefing), subject(briefing)
    if now.is_down:
        return f"{it} is not available", looked
    if now.is_client_side:
        return f"parts of {who} may not work in the browser or the app", looked
    if now.error_rate is not None and now.error_rate >= FELT:
        return f"{requests_to(who, now.error_rate, now.features)} fail", looked
    if read := _kept_out(briefing):
        return read
    if slow := [entry for entry in _slow(briefing) if entry.until >= trouble_from(briefing)]:
        return f"{it} is slower than usual", max(entry.until for entry in slow)
    if is_unnoticed(briefing):
        return "", looked
    return f"some users may notice that {it} does not work as usual", looked


def _kept_out(briefing: Briefing) -> tuple[str, datetime] | None:
    """What keeps users out without a request that fails, by readings of these minutes, and when it last did.

    Requests that no longer come, or checks all of which failed the last time.
    """
    fresh_from = trouble_from(briefing)
    going_on = {entry.kind: entry for entry in _own_open(briefing) if entry.until >= fresh_from}
    if lost := going_on.get("lost traffic"):
        return f"most of the usual requests no longer reach {name(briefing)}", lost.until
    refused = going_on.get("refused")
    if refused is not None and refused.at_last == 1.0:
        return f"our own checks of {name(briefing)} fail", refused.until
    return None


def _own_open(briefing: Briefing) -> list[Damage]:
    """The damage of the service that is spoken of that was going on when it was last measured."""
    who = spoken_of(briefing.service, briefing.ledger, briefing.catalogue)
    return [entry for entry in briefing.ledger.damage if entry.is_open and entry.service == who]


def _slow(briefing: Briefing) -> list[Damage]:
    """By which answers take so much longer that users notice; a ratio alone does not say."""
    return [entry for entry in _own_open(briefing) if entry.kind in neighbours.SLOW]


def is_unnoticed(briefing: Briefing) -> bool:
    """Whether what is wrong was measured, at the newest look, to reach hardly any user."""
    scope, who = briefing.scope, spoken_of(briefing.service, briefing.ledger, briefing.catalogue)
    if scope is None or scope.error_rate is None or scope.latency_ratio is None or scope.client_side:
        return False
    if who != briefing.service:
        return False
    kinds = ("refused", "down", "lost traffic")
    refuses = any(entry.kind in kinds for entry in _own_open(briefing))
    is_slight = scope.error_rate < FELT and (scope.users_share or 0.0) < 0.01
    return is_slight and not _slow(briefing) and not refuses


def was_unnoticed(briefing: Briefing) -> bool:
    """Whether it was measured at every look that hardly any user met it, and no damage was, nor harm to data."""
    worst, scope = briefing.ledger.users_share, briefing.scope
    measured = scope is not None and scope.error_rate is not None and not scope.abnormal
    is_calm = measured and not briefing.ledger.was_abnormal
    is_slight = worst is not None and worst < 0.01
    is_safe = briefing.ledger.data is None
    return (is_calm or is_slight) and is_safe and not briefing.ledger.hurt(briefing.detected_at)


def _no_effect(briefing: Briefing) -> str:
    """That users were not hurt, where no look of the run, newest or not, measured or counted anything else."""
    scope, ledger = briefing.scope, briefing.ledger
    if scope is None or scope.data_at_risk != "no" or scope.breach_suspected or ledger.data:
        return ""
    has_changed_traffic = any(" traffic " in claim.text for claim in scope.claims)
    was_felt = ledger.damage or ledger.users_affected or ledger.users_share or has_changed_traffic
    return "" if was_felt else " No effect on its users has been measured."


def impact(briefing: Briefing) -> str:
    """What users notice, or noticed, of the service that is spoken of; and which others fail."""
    noticed = _impact(briefing)
    return " ".join([noticed, *(f"{capital(phrase)}." for phrase in others(briefing, beside=noticed))])


def _impact(briefing: Briefing) -> str:
    now, words, who, it = seen(briefing), noticed(briefing), name(briefing), capital(subject(briefing))
    if again := trouble_again(briefing):
        return f"{again}. {disturbed(briefing)}" if briefing.status == "Resolved" else f"{again}; we are checking it."
    if is_over(briefing) and was_unnoticed(briefing):
        looked = (
            "We have looked into something unusual" if briefing.status == "Resolved" else "We watch what was unusual"
        )
        return f"{looked} on {who}.{_no_effect(briefing)}"
    if briefing.status == "Resolved":
        works = f"{it} works with a substitute" if is_on_substitute(briefing) else f"{it} works as usual"
        again = f"{who} should work as usual, {BY_REPORT}" if briefing.is_vouched else ""
        return f"{again or works}. {disturbed(briefing)}"
    if briefing.status == "Monitoring":
        return _watched(briefing)
    if words:
        return f"{capital(words)}."
    if now.verdict == "abnormal":
        return f"We are looking into something unusual on {who}.{_no_effect(briefing)}"
    if now.verdict == "normal" and briefing.conclusion and briefing.conclusion.verdict == "nothing wrong":
        return f"We see nothing unusual on {who} at present and keep looking."
    if last := last_measured(briefing):
        return f"{last}{_how_much_then(briefing, last)}; we are checking it again."
    return f"We are checking whether {subject(briefing)} is affected."


def _how_much_then(briefing: Briefing, told: str) -> str:
    """How much failed by the newest look, with its time, where that is not told as present any more."""
    last, looked = by_last_look(briefing), briefing.scope_at
    if looked is None or not is_of_this_trouble(looked, briefing):
        return ""
    if last.verdict != "abnormal" or (last.error_rate or 0.0) < FELT or NO_TROUBLE in told:
        return ""
    failed, when = f"{requests_in_words(last.error_rate or 0.0)} failed", at(looked, briefing.now)
    if last.features:
        failed = f"{requests_in_words(last.features.share)} to {listed(last.features.names)} failed"
    return f", when {failed}" if told.endswith(when) else f" (at {when} {failed})"


def _watched(briefing: Briefing) -> str:
    """How it does while it is watched: by a measurement of the last minutes, else by the last one."""
    who, it = name(briefing), capital(subject(briefing))
    if briefing.is_vouched:
        return f"{measured_free_of_trouble(briefing) or f'{who} should work again, {BY_REPORT}'}; we are checking."
    if (last := last_seen_well(briefing)) is not None:
        return f"{it} worked again when we last measured it, at {at(last, briefing.now)}; we are checking it again."
    if is_on_substitute(briefing):
        return f"{it} works again with a substitute; some things may differ from usual."
    is_slower = (seen(briefing).latency_ratio or 0.0) >= ABOVE_USUAL
    watched = "single requests may still be slow while we watch" if is_slower else "we are watching it"
    return f"{it} works again; {watched}."


def trouble_again(briefing: Briefing) -> str:
    """The trouble since its recovery, if any; what is resolved is called neither broken nor well."""
    words, failed = noticed(briefing), _failed_since(briefing)
    if not is_over(briefing) or not (words or failed):
        return ""
    if briefing.status == "Resolved":
        return f"We are checking {name(briefing)} once more"
    again = "still measured" if _goes_on(briefing) else "measured again"
    return capital(words) or f"Trouble with {name(briefing)} was {again} at {at(failed or briefing.now)}"


def others(briefing: Briefing, beside: str) -> list[str]:
    """Other services that customers have a name for, by the newest measurement of each, in phrases beside a sentence.

    Those that fail; those that failed when they were last measured; and those that were disturbed before.
    """
    also = "" if NO_TROUBLE in beside else "also "
    fails = neighbours.public_names(briefing, neighbours.failing_by_scope(briefing))
    shares = {} if trouble(briefing) else neighbours.shares(briefing)
    down = [] if is_over(briefing) else [who for who in fails if neighbours.is_down(who, briefing)]
    how = [f"{as_subject(who)} is not available" for who in down]
    hit = neighbours.features(briefing)
    how += [f"{requests_to(who, shares[who], hit.get(who))} fail" for who in fails if who in shares and who not in down]
    phrases = neighbours.as_of_the_look(how, beside, briefing)
    told = [who for who in fails if who in shares or who in down]
    now = neighbours.public_names(briefing, neighbours.failing_now(briefing))
    unmeasured = [who for who in now if who not in told]
    phrases += [f"{also}affected: {listed(unmeasured)}"] if unmeasured else []
    told += unmeasured
    before, affected = neighbours.last_affected(briefing, " ".join([beside, *phrases]), told)
    phrases += [f"{also}{affected}"] if before else []
    told += before
    over = [who for who in neighbours.public_names(briefing, neighbours.hurt_before(briefing)) if who not in told]
    reported = [who for who in over if who in _reported_over(briefing)]
    phrases += [f"{listed(reported)} should work again, {BY_REPORT}"] if reported else []
    return [*phrases, *_affected_too([who for who in over if who not in reported], briefing)]


def _affected_too(names: list[str], briefing: Briefing) -> list[str]:
    """That others were affected; once all is over, each with when that was, unless it was when the first was, too."""
    by_time: dict[str, list[str]] = {}
    for who in names:
        when = disturbed_when(who, briefing) if briefing.status == "Resolved" else ""
        when = "" if when == disturbed_when(name(briefing), briefing) else when
        by_time.setdefault(f", {when}" if when else "", []).append(who)
    return [
        f"{f'{listed(group)} were' if len(group) > 1 else f'{as_subject(group[0])} was'} affected, too{when}"
        for when, group in by_time.items()
    ]


def _reported_over(briefing: Briefing) -> list[str]:
    """What customers call the services of which a person said that it is over, where nothing was measured since."""
    said = briefing.ledger.said_over
    if said is None or briefing.status != "Monitoring" or not briefing.is_vouched:
        return []
    return neighbours.public_names(briefing, named_in(said.words, briefing))


SUBSTITUTE, ENDED = r"(?:fall-?back|substitute|stand-?in)", r"\b(?:back|off|away|out|removed|disabled|ended)\b"
TAKEN_AWAY = re.compile(rf"{ENDED}.*{SUBSTITUTE}|{SUBSTITUTE}.*{ENDED}", re.IGNORECASE | re.DOTALL)
"""Words of whoever ended the use of a substitute by hand."""


def is_on_substitute(briefing: Briefing) -> bool:
    """Whether a change of ours put a substitute in place, and no person has told since that they took it away again."""
    put = [act.at for act in briefing.ledger.acts if act.action == "fallback"]
    told = [said for said in briefing.ledger.statements if put and said.is_by_hand and said.at >= put[-1]]
    return bool(put) and not any(TAKEN_AWAY.search(said.words) for said in told)


def _failed_since(briefing: Briefing) -> datetime | None:
    """When it was last measured to fail after its recovery; None where it was measured well after that."""
    who, fixed = spoken_of(briefing.service, briefing.ledger, briefing.catalogue), briefing.fixed_at
    later = [e.until for e in briefing.ledger.damage if e.service == who and fixed is not None and e.until > fixed]
    looked = briefing.scope_at if by_last_look(briefing).verdict == "normal" else None
    if not later or was_well_after(max(later), briefing.ledger) or (looked is not None and looked > max(later)):
        return None
    return max(later)


def _goes_on(briefing: Briefing) -> bool:
    """Whether it has failed without a break since before a person said that it is over, which was not measured."""
    who, fixed = spoken_of(briefing.service, briefing.ledger, briefing.catalogue), briefing.fixed_at
    own = [entry for entry in briefing.ledger.damage if entry.service == who]
    if fixed is None or not briefing.is_vouched:
        return False
    return any(e.since <= fixed < e.until and not was_unseen(briefing, fixed, e.until) for e in own)
