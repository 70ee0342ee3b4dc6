"""The post-mortem: timeline, root cause and impact."""

import re

from agents.io import act_kinds
from agents.reports.basis import Claim
from agents.reports.post_mortem import (
    Impact,
    RootCause,
    Timeline,
    TimelineEntry,
)
from agents.reports.triage import Scope
from agents.rules.writing import beginning, extent, refuted, testimony
from agents.rules.writing.ending import is_end_measured
from agents.rules.writing.happenings import that_matter
from agents.rules.writing.in_vain import seen_in_vain
from agents.rules.writing.lessons import (
    against_what_was_told,
    alert_on_it,
    as_far_as_known,
    as_it_was,
    cause_in_words,
    chosen,
    lesson,
    told_by,
    without_since,
)
from agents.rules.writing.people import accounts, people_said, with_full_stop
from agents.rules.writing.post_mortem_summary import (
    by_the_last_look,
    gravest_of_each,
    impact_minutes,
    those_hurt,
    what_happened,
    worst,
)
from agents.rules.writing.separate import as_sentence, cites_of_it
from agents.rules.writing.wording import (
    amount,
    apart,
    at,
    capital,
    damage_in_words,
    on,
    share,
    short,
)
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.runtime.ledger import BY_HAND, Act, Damage

A_LOOK = re.compile(r"^[a-z ]+: (?P<words>.+; data at risk: \w+\.)$")
"""A line of the history by which a look at the scope found trouble."""


async def reconstruct_timeline(briefing: Briefing, context: DutyContext) -> Timeline:
    """Put together when it was introduced, detected and resolved, and how long users were hurt."""
    introduced, first_sign = beginning.introduced(briefing), beginning.is_first_sign(briefing)
    resolved = briefing.resolved_at or briefing.now
    impact = impact_minutes(briefing)
    entries = [*that_matter(briefing.history), *_measured(briefing), *_in_vain(briefing)]
    if introduced is not None and briefing.conclusion_ref:
        cause = without_since(cause_in_words(briefing))
        entries.append(
            TimelineEntry(
                at=introduced,
                what=f"{'first sign' if first_sign else 'introduced'}, as concluded later: {cause}",
                cites=[briefing.conclusion_ref],
            )
        )
    or_before = " or earlier" if first_sign else ""
    told = f"Introduced {on(introduced)}{or_before}, " if introduced else "Introduction not known, "
    lasted = (
        f"user impact {extent.not_measured(briefing)}"
        if impact is None
        else extent.measured_for(f"{extent.minutes_of(impact)} of user impact", briefing)
    )
    return Timeline(
        introduced_at=introduced,
        detected_at=briefing.started_at,
        resolved_at=resolved,
        user_impact_minutes=impact,
        entries=sorted(entries, key=lambda entry: entry.at),
        summary=f"{told}detected {on(briefing.started_at)}, resolved {on(resolved)}; {lasted}.",
    )


def _measured(briefing: Briefing) -> list[TimelineEntry]:
    """When users began to be hurt and when that ended, by what was measured."""
    hurt = gravest_of_each(extent.hurt(briefing), briefing)
    begins = [
        TimelineEntry(
            at=entry.since, what=f"{_known_by(entry, briefing)}: {damage_in_words(entry)}", cites=entry.cites[-1:]
        )
        for entry in hurt
    ]
    last = max(extent.hurt(briefing), key=lambda entry: entry.until, default=None)
    if last is None or any(entry.is_open for entry in extent.hurt(briefing)):
        return begins
    ended = TimelineEntry(at=last.until, what=f"measured: {last.service} last failed its users", cites=last.cites[-1:])
    return [*begins, ended]


def _known_by(entry: Damage, briefing: Briefing) -> str:
    by_alert = beginning.is_by_the_alert(entry, briefing)
    return "measured, its start taken from the alert" if by_alert else "measured"


def _in_vain(briefing: Briefing) -> list[TimelineEntry]:
    """Which changes did not help, with when that was checked."""
    return [
        TimelineEntry(
            at=attempt.at,
            what=f"the {act_kinds.named(act.action, act.service, act.parameters)} did not help",
            cites=attempt.cites or [act.cite],
        )
        for act in briefing.ledger.acts
        if act.action != BY_HAND and (attempt := seen_in_vain(act, briefing)) is not None
    ]


async def analyse_root_cause(briefing: Briefing, context: DutyContext) -> RootCause:
    """Say what failed, why, and why it was not caught, with five whys down to where the evidence ends."""
    what, why, learned, concluded = _what_failed(briefing), _why(briefing), lesson(briefing), _of_conclusion(briefing)
    noticed = " ".join(filter(None, [f"{learned.not_caught}.", _between(briefing)]))
    fired = alert_on_it(briefing)
    refs = [*(concluded or _alert_refs(briefing)), *(fired.cites if fired else [])]
    caught = Claim(text=noticed, cites=list(dict.fromkeys(refs)))
    return RootCause(
        what_failed=what,
        why=why,
        why_not_caught=caught,
        five_whys=_five_whys(briefing, what, why, caught),
        summary=f"{what.text} {why.text}",
    )


def _of_conclusion(briefing: Briefing) -> list[str]:
    return [briefing.conclusion_ref] if briefing.conclusion_ref else []


def _alert_refs(briefing: Briefing) -> list[str]:
    """The alert itself."""
    return [briefing.alert_ref] if briefing.alert_ref else []


def _what_failed(briefing: Briefing) -> Claim:
    hypothesis, cites = chosen(briefing), _of_conclusion(briefing) or _alert_refs(briefing)
    if hypothesis is not None:
        cause, told = cause_in_words(briefing), told_by(briefing)
        named = "" if hypothesis.component in cause else f"{hypothesis.component} failed: "
        against = against_what_was_told(briefing)
        text = " ".join(filter(None, [with_full_stop(f"{named}{cause}"), refuted.as_sentence(against)]))
        return Claim(text=text, cites=[*([told.cite] if told else []), *cites, *_refs(against)])
    if extent.was_false_alert(briefing):
        alert = short(briefing.alert.title)
        text = f"The alert “{alert}” was false: {briefing.service} was within its usual range."
        return Claim(text=text, cites=cites)
    shown = [ref for entry in gravest_of_each(extent.hurt(briefing), briefing) for ref in entry.cites[-1:]] or cites
    looked = [briefing.scope_ref] if by_the_last_look(briefing) and briefing.scope_ref else []
    shown = [*shown, *looked, *_of_what_is_told(briefing)]
    return Claim(text=what_happened(briefing), cites=list(dict.fromkeys(shown)))


def _why(briefing: Briefing) -> Claim:
    """The readings for the cause, people's words for it, and after them what people say was done, and else told."""
    hypothesis, cites = chosen(briefing), _of_conclusion(briefing) or _alert_refs(briefing)
    so_far, grounds = as_far_as_known(briefing), _grounds(briefing)
    reasons, repairs, others = people_said(briefing)
    shown = [claim for claim in (grounds, *reasons, so_far) if claim is not None]
    is_false = extent.was_false_alert(briefing)
    texts = [claim.text for claim in shown]
    if not shown or (hypothesis is None and so_far is None and not is_false):
        none = "No fault was found." if is_false else "No cause was confirmed."
        texts.append(f"{as_it_was(hypothesis.statement)}." if hypothesis else none)
    done = [f"What was done, as reported: {' '.join(claim.text for claim in repairs)}"] if repairs else []
    beside = [f"What people told besides: {' '.join(claim.text for claim in others)}"] if others else []
    later = list(filter(None, [as_sentence(briefing)]))
    refs = [*_refs([*shown, *repairs, *others]), *cites_of_it(briefing)]
    return Claim(text=" ".join([*texts, *done, *beside, *later]), cites=list(dict.fromkeys(refs)) or cites)


def _grounds(briefing: Briefing) -> Claim | None:
    """What the readings say for the cause, beyond its own words; None where that is nothing."""
    hypothesis, ledger = chosen(briefing), briefing.ledger
    acts = [act for act in ledger.acts if act.action != BY_HAND]
    people_and_acts = {one.cite for one in (*ledger.statements, *acts)}
    support = hypothesis.support if hypothesis else []
    own = [claim for claim in support if hypothesis and claim.text not in hypothesis.statement]
    shown = [claim for claim in own[:3] if not set(claim.cites) & people_and_acts]
    words = "; ".join(as_it_was(claim.text) for claim in shown)
    return Claim(text=f"{words}.", cites=_refs(shown)) if shown else None


def _refs(claims: list[Claim]) -> list[str]:
    return list(dict.fromkeys(ref for claim in claims for ref in claim.cites))


def _between(briefing: Briefing) -> str:
    introduced = beginning.introduced(briefing)
    if extent.was_false_alert(briefing) or introduced == briefing.started_at:
        return ""
    if introduced is None:
        return "When the fault was introduced is not known."
    lasted = apart(introduced, briefing.started_at, briefing.minute)
    long = f"{lasted or 'less than 1'} minute{'s' if lasted > 1 else ''}"
    since = "its first measured sign" if beginning.is_first_sign(briefing) else "it was introduced"
    return f"The fault was detected {long} after {since}."


def _five_whys(briefing: Briefing, what: Claim, why: Claim, caught: Claim) -> list[Claim]:
    """From the alert down to where the evidence ends; the last one says so."""
    alert, learned = briefing.alert, lesson(briefing)
    came = f"The alert “{short(alert.title)}” came from {alert.source} at {at(briefing.started_at)}."
    called = Claim(text=f"Why were people called? {came}", cites=_alert_refs(briefing))
    if extent.was_false_alert(briefing):
        text = f"Why? {what.text} {why.text} The evidence ends here."
        return [called, Claim(text=text, cites=_refs([what, why]))]
    measured = _what_was_measured(briefing)
    whys = [called, *([measured] if measured else [])]
    if chosen(briefing) is None:
        so_far, told = as_far_as_known(briefing), accounts(briefing)
        known = [so_far] if so_far else []
        words = " ".join(claim.text for claim in [*known, *told]) if known or told else "No cause was found."
        text = f"Why did it fail? {words} Here the evidence ends. {learned.where_it_ends}."
        return [*whys, Claim(text=text, cites=_refs([*known, *told]) or why.cites)]
    grounds, told = _grounds(briefing), accounts(briefing, beside=what.text)
    news = [grounds] if grounds is not None and grounds.text.rstrip(".") not in what.text else []
    known = "".join(f" How is that known? {claim.text}" for claim in news)
    said = "".join(f" {claim.text}" for claim in told)
    return [
        *whys,
        Claim(text=f"Why? {what.text}{known}{said}", cites=_refs([what, *news, *told])),
        Claim(text=f"Why was it not caught earlier? {caught.text}", cites=caught.cites),
        Claim(text=f"Why was that possible? {learned.where_it_ends}; here the evidence ends.", cites=what.cites),
    ]


def _what_was_measured(briefing: Briefing) -> Claim | None:
    """The harm to data, else the gravest damage, else what a look found; None where nobody looked."""
    hurt, harmed = extent.hurt(briefing), extent.data_harm(briefing)
    refs, words = ([briefing.scope_ref] if briefing.scope_ref else []), ""
    if harmed:
        words, refs = f"{capital(harmed)}.", _of_what_is_told(briefing) or refs
    elif hurt:
        words, refs = f"{damage_in_words(worst(hurt))}.", worst(hurt).cites[-1:] or refs
    elif briefing.scope:
        words, refs = _by_a_look(briefing, briefing.scope, refs)
    return Claim(text=f"What was measured? {words}", cites=refs or _alert_refs(briefing)) if words else None


def _by_a_look(briefing: Briefing, last: Scope, refs: list[str]) -> tuple[str, list[str]]:
    """What the last look found; where that is nothing any more, an earlier one that found trouble, the worst."""
    if last.abnormal or not briefing.ledger.was_abnormal:
        return last.summary, refs
    looks = [(line, found["words"]) for line in briefing.history if (found := A_LOOK.match(line.what))]
    worst_first = sorted(looks, key=lambda look: " completely down" not in look[1])
    for line, words in worst_first[:1]:
        return f"At {at(line.at, briefing.started_at)}: {words}", line.cites
    return f"An earlier look found it out of its usual range. The last one: {last.summary}", refs


async def assess_impact(briefing: Briefing, context: DutyContext) -> Impact:
    """Say what the incident meant for users, revenue, reputation and data."""
    ledger = briefing.ledger
    cites = [ref for ref in (ledger.scope_cite or briefing.scope_ref,) if ref] or _alert_refs(briefing)
    who = those_hurt(briefing)
    counted = [ledger.share_cite] if extent.by_two_counts(ledger) and ledger.share_cite else []
    shown = [*cites, *counted, *_instead_of_users(briefing), *_of_what_is_told(briefing)]
    return Impact(
        users=Claim(text=who, cites=list(dict.fromkeys(shown))),
        revenue=Claim(text=_revenue(briefing), cites=[ledger.share_cite] if ledger.share_cite else cites),
        reputation=Claim(text=_reputation(briefing), cites=_of_conclusion(briefing) or cites),
        data=_data(briefing),
        summary=f"{who} {_revenue(briefing)}",
    )


def _of_what_is_told(briefing: Briefing) -> list[str]:
    """The events that hold what the data came to, and what a person said of harm."""
    ledger = briefing.ledger
    told = extent.told_of_harm(briefing)
    return [*([told.cite] if told else []), *(read.cite for read in ledger.data_readings[-2:])]


def _instead_of_users(briefing: Briefing) -> list[str]:
    """The readings that show what was measured of requests, where that stands for the number of users."""
    if briefing.ledger.users_affected is not None:
        return []
    hurt = extent.hurt(briefing)
    shown = extent.worst_errors(briefing) or ([worst(hurt)] if hurt else [])
    return [ref for entry in shown for ref in (*entry.cites[:1], *entry.cites[-1:])]


def _revenue(briefing: Briefing) -> str:
    if extent.was_false_alert(briefing):
        return "No revenue was lost, as far as the signals show."
    lost, lasted = extent.most_revenue_lost(briefing), impact_minutes(briefing)
    hit = briefing.ledger.users_share
    if lost is None or lasted is None or hit is None:
        missing = "how long it lasted was not measured" if lasted is None else "the catalogue has no figure"
        missing = "which share of users met it was not measured" if hit is None else missing
        return f"Revenue lost is not known: {missing}."
    most, worst = amount(lost, extent.currency(briefing)), f"{share(hit)} of users all the time"
    measured = "" if is_end_measured(briefing) else ", up to when it was last measured"
    return f"At most about {most} was lost{measured} (estimate: {worst}, {extent.minutes_of(lasted)})."


def _reputation(briefing: Briefing) -> str:
    sent = f"{briefing.updates_sent or 'No'} public update{'s' if briefing.updates_sent > 1 else ''}"
    return f"{sent} had been sent when the impact was assessed; what users or the press said is not recorded."


def _data(briefing: Briefing) -> Claim:
    """The worst that any look found of the data; where none found any, the newest that could tell, with its time."""
    found, well, scope = briefing.ledger.data, briefing.ledger.data_found_well, briefing.scope
    if found is not None:
        words = "Data was lost." if found.is_lost else "Data was at risk."
        words += " A breach is suspected." if found.is_breach_suspected else ""
        text = " ".join([_with_figures(words, found.words), *_given_up(briefing)])
        return Claim(text=text, cites=[found.cite, *(act.cite for act in _restores(briefing))])
    cites = [briefing.scope_ref] if briefing.scope_ref else _alert_refs(briefing)
    told, read = testimony.of_lost_data(briefing.ledger), briefing.ledger.data_readings
    if harmed := extent.data_harm(briefing):
        words = "Data was lost." if any(one.records_lost for one in read) else "Data was at risk."
        return Claim(text=_with_figures(words, harmed), cites=[one.cite for one in read] or cites)
    if scope is not None and scope.data_at_risk == "yes":
        return Claim(text=_with_figures("Data was at risk.", scope.words_on_data), cites=cites)
    if told is not None:
        return Claim(text=f"No reading shows harm to data; {testimony.quoted(told)}.", cites=[told.cite, *cites])
    if well is None:
        return Claim(text="Whether data was at risk is not known.", cites=cites)
    unread_since = f" when it was last checked, at {at(well.at, briefing.started_at)}"
    words = f"No harm to data was found{unread_since if well.cite != briefing.scope_ref else ''}."
    return Claim(text=_with_figures(words, well.words), cites=[well.cite])


def _restores(briefing: Briefing) -> list[Act]:
    return [act for act in briefing.ledger.acts if act.action == "restore_backup"]


def _given_up(briefing: Briefing) -> list[str]:
    """What a restore from a backup costs."""
    return [
        f"{act.service} was put back to its state before {act.parameters.get('before')}:"
        " what was written to it after that is not in it."
        for act in _restores(briefing)
    ]


def _with_figures(words: str, figures: str) -> str:
    return f"{words} {capital(figures)}." if figures else words
