"""Changes as causes: a setting or an operation on record, or a caller's release, where something ties them to it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from agents.readings.history import Deployment
from agents.readings.production import LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.change_ties import Tie, shared_words, tie
from agents.rules.diagnosis.changes import SUSPECT_FOR_DAYS, Change, is_before
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.diagnosis.survey import SAME_TIME
from agents.rules.diagnosis.suspect_evidence import LOUD, RELEASE_SHOWS_WITHIN, SuspectEvidence
from agents.rules.writing.wording import apart, at, listed, on, short
from agents.runtime.briefing import Briefing

A_DAY_MINUTES = 24 * 60
COMPLAINS = re.compile(
    r"\b(?:g[ai]ves? up|given up|fail\w*|refus\w+|abort\w*|cancel\w*|cut off|lost|could not|cannot|no answer)\b",
    re.IGNORECASE,
)
"""What a caller writes of work that it did not get done, rather than of what it does."""
TOLD_WITHIN = 120
"""Minutes of the runbook in which people who are hit by a change write to somebody who raises an alert."""
SIZE = r"replica|scal|\bfloor\b|\bceiling\b|\binstances?\b|\bcapacity\b"
"""A change of how much of a service runs."""


def rival_changes(evidence: SuspectEvidence, release: Deployment) -> list[Claim]:
    """What else was done to the component in the time for which a release is suspected: time cannot tell them apart."""
    if evidence.onset is None:
        return []
    nearest = release.at - SAME_TIME * evidence.minute
    elsewhere = [c for c in evidence.changes_felt_beside() if c.at >= nearest and _is_near(evidence, c)]
    other = [
        d
        for d in (evidence.history.value.deployments if evidence.history.value else [])
        if d.version != release.version
        and d.status != "failed"
        and is_before(d.at, evidence.onset, evidence.minute, RELEASE_SHOWS_WITHIN)
    ]
    told = [Claim(text=f"changed at the same time: {c.told}", cites=[c.ref]) for c in elsewhere]
    return [*_near_changes(evidence), *told] + [
        Claim(text=f"deployed at the same time: {d.version}, {on(d.at)}", cites=[evidence.history.ref]) for d in other
    ]


def _near_changes(evidence: SuspectEvidence) -> list[Claim]:
    """What was done to the component itself just before it began to fail, apart from releases."""
    return [
        Claim(text=f"changed at the same time: {change.told}", cites=[change.ref])
        for change in evidence.changes
        if _is_near(evidence, change)
    ]


def _is_near(evidence: SuspectEvidence, change: Change) -> bool:
    if evidence.onset is None or change.kind == "release":  # of releases the history tells
        return False
    return is_before(change.at, evidence.onset, evidence.minute, RELEASE_SHOWS_WITHIN)


def changed(evidence: SuspectEvidence, changes: Sequence[Change], briefing: Briefing) -> list[Hypothesis]:
    """What was done to the component or beside it, as far as what is read of the failure names what was changed.

    The time alone makes a suspect and no cause; of what does not fail by its signals, not even that: there the lines
    that are new, or what the alert says, must be tied to it. Names of services tie nothing where both name one.
    """
    known = {word for name in briefing.catalogue.services for word in (name, *shared_words(name, [name]))}
    signs, found = _signs(evidence), list[Hypothesis]()
    if not (evidence.component.is_failing or signs):
        signs = [_claim(briefing)]
    for change in changes:
        if change.kind == "release" and evidence.history.value is not None:
            continue  # the history of deployments tells of it
        tied = [(sign, shared) for sign in signs if (shared := _tied(evidence, change, sign, known))]
        onset = evidence.onset or min((sign.since for sign, _ in tied if sign.since), default=None)
        if onset is not None and not is_before(change.at, onset, evidence.minute, SUSPECT_FOR_DAYS * A_DAY_MINUTES):
            continue
        is_near = onset is not None and is_before(change.at, onset, evidence.minute, RELEASE_SHOWS_WITHIN)
        if tied or (is_near and evidence.component.is_failing):
            found.append(_hypothesis(evidence, change, tied, onset))
    return found


class Sign(NamedTuple):
    """Something that is read of a failure, in words."""

    text: str
    claim: str
    """The same, told with its figures."""
    cites: list[str]
    since: datetime | None
    is_loud: bool
    """It is what happens, and not a remark beside it."""
    is_error: bool = True
    is_of_release: bool = False
    """Only a version that was deployed just before writes it, so that it may as well be of its doing."""
    only: str = ""
    """What a change must be about for this sign to mean anything of it, as a pattern."""
    within: float = RELEASE_SHOWS_WITHIN
    """Minutes of the runbook from a change to this sign of it."""
    is_read: bool = True
    """A reading shows it; otherwise the alert says it."""


def _claim(briefing: Briefing) -> Sign:
    """What the alert says, where nothing that is read shows it: people tell of it late, and in words of their own."""
    alert = briefing.alert
    since = alert.starts_at or briefing.started_at
    claim = f"the alert says {listed([f'“{short(said)}”' for said in (alert.title, alert.description) if said])}"
    cites = [briefing.alert_ref] if briefing.alert_ref else []
    return Sign(f"{alert.title} {alert.description}", claim, cites, since, True, within=TOLD_WITHIN, is_read=False)


def _signs(evidence: SuspectEvidence) -> list[Sign]:
    """New lines, most frequent first, and the reasons of machines that are not as they should be."""
    errors = evidence.new_patterns()
    if not evidence.component.is_failing and evidence.onset is None:
        errors = [pattern for pattern in errors if evidence.is_new(pattern)]
    quiet = [pattern for pattern in evidence.new_warnings() if pattern not in errors]
    total = sum(pattern.count for pattern in errors)
    lines = [(p, True) for p in errors] + [(p, p.count >= LOUD * max(total, 1)) for p in quiet]
    release = evidence.aligned()
    by_release = [release.version] if release is not None else None
    written = [
        Sign(
            text=pattern.signature,
            claim=_line(pattern),
            cites=[evidence.ref_of(pattern)],
            since=pattern.first_seen,
            is_loud=is_loud,
            is_error=pattern.level != "warning",
            is_of_release=pattern.versions == by_release,
        )
        for pattern, is_loud in lines
    ]
    broken = [Sign(claim.text, claim.text, claim.cites, None, True) for claim in evidence.broken()]
    return [*_figures(evidence), *written, *broken]


def _figures(evidence: SuspectEvidence) -> list[Sign]:
    """What it has run out of, and on how many replicas it does so."""
    found = [Sign(claim.text, claim.text, claim.cites, None, True) for claim in evidence.exhausted()]
    state, saturation = evidence.infrastructure.value, evidence.component.changes.get("saturation")
    if state is not None and saturation is not None and saturation.abnormal:
        text = f"{state.service} runs {state.replicas_wanted} replicas, and is full: {saturation}"
        cites = [evidence.infrastructure.ref, *evidence.component.shows[:1]]
        found.append(Sign(f"{state.replicas_wanted} replicas", text, cites, None, True, only=SIZE))
    return found


def _line(pattern: LogPattern) -> str:
    since = at(pattern.first_seen, pattern.last_seen)
    return f"{pattern.service} writes “{short(pattern.signature)}” {pattern.count} times since {since}"


def is_on_record(hypothesis: Hypothesis) -> bool:
    """Whether it blames a change that is no release, in the words of its record."""
    return bool(hypothesis.change) and not hypothesis.version


def beside_mechanisms(found: list[Hypothesis]) -> list[Hypothesis]:
    """Where a mechanism was seen, the change on record is what set it off, and no rival of it.

    Mere strain is none beside a setting that is tied to it, which is put back. An operation is not: what it left in
    trouble is what has to be mended.
    """
    strong = [h for h in found if h.strength == 3 and not is_on_record(h)]
    operations = {h.component for h in found if is_on_record(h) and h.strength >= 2 and h.cause == "infrastructure"}
    settings = {h.component: h for h in found if is_on_record(h) and h.strength >= 2 and h.cause != "infrastructure"}
    strong += [h for h in found if _is_strain(h) and h.component in operations and h.component not in settings]
    known = {h.component for h in strong}
    return [
        h.model_copy(update={"strength": 1, "status": "open"})
        if is_on_record(h) and h.component in known
        else h.model_copy(update={"support": [*h.support, *_set_off(h, found)]})
        if h in strong
        else _behind_change(h, settings[h.component])
        if _is_strain(h) and h.component in settings
        else h
        for h in found
    ]


def _is_strain(hypothesis: Hypothesis) -> bool:
    return hypothesis.cause == "infrastructure" and hypothesis.strength == 2 and not is_on_record(hypothesis)


def _behind_change(strain: Hypothesis, change: Hypothesis) -> Hypothesis:
    text = f"a change explains it: {change.support[0].text}"
    against = [*strain.against, Claim(text=text, cites=change.support[0].cites)]
    return strain.model_copy(update={"status": "open", "strength": 1, "against": against})


def _set_off(mechanism: Hypothesis, found: list[Hypothesis]) -> list[Claim]:
    return [h.support[0] for h in found if is_on_record(h) and h.component == mechanism.component and h.strength >= 2]


def _tied(evidence: SuspectEvidence, change: Change, sign: Sign, known: set[str]) -> Tie | None:
    """What ties them. A subject that both speak of is enough only where one came just before the other."""
    shared = tie(change.words, sign.text, known) if re.search(sign.only, change.words, re.IGNORECASE) else None
    if shared is None or (shared.marks and sign.is_read):
        return shared
    since = evidence.onset or sign.since
    is_near = since is not None and is_before(change.at, since, evidence.minute, sign.within)
    return shared if is_near and sign.is_loud and shared.subject else None


def _hypothesis(
    evidence: SuspectEvidence, change: Change, tied: list[tuple[Sign, Tie]], onset: datetime | None
) -> Hypothesis:
    component = evidence.component
    since = f", {apart(change.at, onset, evidence.minute)} min before it began" if onset is not None else ""
    support = [Claim(text=f"{change.told}{since}", cites=[change.ref, *component.shows[:1]])]
    support += [Claim(text=f"{sign.claim}; {_in_common(shared)}", cites=sign.cites) for sign, shared in tied[:1]]
    strength = _strength(evidence, change, tied, onset)
    effect = f"made {component.name} fail" if component.is_failing else f"is behind what {component.name} writes"
    return Hypothesis(
        cause="recent deployment" if change.is_setting else "infrastructure",
        component=change.service,
        statement=f"“{short(change.words, 120)}” of {change.service} at {on(change.at)} {effect}",
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=support,
        onset=onset,
        change=change.words,
        changed_at=change.at,
    )


def _strength(
    evidence: SuspectEvidence, change: Change, tied: list[tuple[Sign, Tie]], onset: datetime | None
) -> Literal[1, 2, 3]:
    """By what ties it and by its age; where no signal has moved, only what is loud in the log is trusted, and less.

    What the alert says makes a suspect: that it is so has not been read anywhere.
    """
    if not tied or not (evidence.component.is_failing or any(sign.is_loud and sign.is_read for sign, _ in tied)):
        return 1
    if not evidence.component.is_failing:
        return 2
    if not any(_is_telling(sign, shared) for sign, shared in tied):
        return 1
    if onset is not None and is_before(change.at, onset, evidence.minute, RELEASE_SHOWS_WITHIN):
        return 3
    is_fresh = onset is None or is_before(change.at, onset, evidence.minute, A_DAY_MINUTES)
    is_named = any(shared.is_named for _, shared in tied)
    if is_fresh and is_named:
        return 3
    return 2 if is_fresh or is_named or any(len(shared.marks) > 1 for _, shared in tied) else 1


def _is_telling(sign: Sign, shared: Tie) -> bool:
    """Whether a tie is more than one word in a remark, or in what a fresh release may have brought."""
    is_sure = shared.is_named or len(shared.marks) > 1 or bool(shared.subject)
    return is_sure or (sign.is_error and not sign.is_of_release)


def _in_common(shared: Tie) -> str:
    if shared.marks:
        return f"the record of the change says {listed(shared.marks)}, too"
    return f"the change is about {shared.subject}, and so is that"


def floods(
    component: str, log: Sequence[LogPattern], releases: Sequence[Deployment], onset: datetime, near: float
) -> tuple[LogPattern, Deployment] | None:
    """A line that one version of a caller alone has been writing since the component began to fail, with its release.

    A line that only says that something fails or is given up, or what the caller runs on, tells of no new work of its
    own.
    `near`: seconds between the line's beginning and the onset within which both are one event.
    """
    began = min((pattern.first_seen for pattern in log), default=onset)
    for pattern in log:
        is_new = abs((pattern.first_seen - onset).total_seconds()) <= near and pattern.first_seen > began
        release = next((d for d in reversed(releases) if pattern.versions == [d.version]), None)
        is_own = class_of(pattern.signature).group in ("code", "other") and component not in pattern.signature
        is_own = is_own and not COMPLAINS.search(pattern.signature)
        if is_new and is_own and release is not None and release.at <= pattern.first_seen:
            return pattern, release
    return None
