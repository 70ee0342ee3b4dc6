"""Changes as causes: a setting or an operation on record, or a caller's release, where something ties them to it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from agents.readings.history import Deployment
from agents.readings.production import LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.changes import SUSPECT_FOR_DAYS, Change, is_before, shared_words
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.diagnosis.suspect_evidence import RELEASE_SHOWS_WITHIN, SuspectEvidence
from agents.rules.writing.wording import apart, at, listed, on, short

A_DAY_MINUTES = 24 * 60


def rival_changes(evidence: SuspectEvidence, release: Deployment) -> list[Claim]:
    """What else was done to the component in the time in which the release is suspected: time tells them not apart."""
    if evidence.onset is None:
        return []
    near = [c for c in evidence.changes if is_before(c, evidence.onset, evidence.minute, RELEASE_SHOWS_WITHIN)]
    beside = [
        d
        for d in (evidence.history.value.deployments if evidence.history.value else [])
        if d.version != release.version
        and d.status != "failed"
        and 0 <= (evidence.onset - d.at) / evidence.minute <= RELEASE_SHOWS_WITHIN
    ]
    told = [Claim(text=f"changed at the same time: {change.told}", cites=[change.ref]) for change in near]
    return told + [
        Claim(text=f"deployed at the same time: {d.version}, {on(d.at)}", cites=[evidence.history.ref]) for d in beside
    ]


def changed(evidence: SuspectEvidence, changes: Sequence[Change], names: Iterable[str]) -> list[Hypothesis]:
    """What was done to the component or beside it, as far as the error lines name what was changed.

    The time alone makes a suspect and no cause. `names`: of services, which tie nothing where both name one.
    """
    onset, found = evidence.onset, list[Hypothesis]()
    known = {word for name in names for word in shared_words(name, [name])}
    lines = [pattern for pattern in evidence.new_patterns() if pattern.count >= 3]
    for change in changes:
        if onset is not None and not is_before(change, onset, evidence.minute, SUSPECT_FOR_DAYS * A_DAY_MINUTES):
            continue
        tied = [(p, words) for p in lines if (words := _tied(change, p, known))]
        is_near = onset is not None and is_before(change, onset, evidence.minute, RELEASE_SHOWS_WITHIN)
        if tied or is_near:
            found.append(_hypothesis(evidence, change, tied, is_near))
    return found


def is_on_record(hypothesis: Hypothesis) -> bool:
    """Whether it blames a change that is no release, in the words of its record."""
    return not hypothesis.version and hypothesis.statement.startswith("“")


def beside_mechanisms(found: list[Hypothesis]) -> list[Hypothesis]:
    """Where a mechanism was seen, the change on record is what set it off, and no rival of it."""
    strong = [h for h in found if h.strength == 3 and not is_on_record(h)]
    known = {h.component for h in strong}
    return [
        h.model_copy(update={"strength": 1, "status": "open"})
        if is_on_record(h) and h.component in known
        else h.model_copy(update={"support": [*h.support, *_set_off(h, found)]})
        if h in strong
        else h
        for h in found
    ]


def _set_off(mechanism: Hypothesis, found: list[Hypothesis]) -> list[Claim]:
    return [h.support[0] for h in found if is_on_record(h) and h.component == mechanism.component and h.strength >= 2]


def _tied(change: Change, pattern: LogPattern, known: set[str]) -> list[str]:
    return [word for word in shared_words(change.words, [pattern.signature]) if word not in known]


def _hypothesis(
    evidence: SuspectEvidence, change: Change, tied: list[tuple[LogPattern, list[str]]], is_near: bool
) -> Hypothesis:
    onset, component = evidence.onset, evidence.component
    words = {word for _, shared in tied for word in shared}
    is_fresh = onset is None or is_before(change, onset, evidence.minute, A_DAY_MINUTES)
    strength = 1 if not tied else 3 if is_near else 2 if is_fresh or len(words) > 1 else 1
    since = f", {apart(change.at, onset, evidence.minute)} min before it began" if onset is not None else ""
    support = [Claim(text=f"{change.told}{since}", cites=[change.ref, *component.shows[:1]])]
    support += [
        Claim(
            text=f"{pattern.service} writes “{short(pattern.signature)}” {pattern.count} times since "
            f"{at(pattern.first_seen, pattern.last_seen)}; the record of the change says {listed(shared)}, too",
            cites=[evidence.log.ref],
        )
        for pattern, shared in tied[:1]
    ]
    return Hypothesis(
        cause="recent deployment" if change.is_setting else "infrastructure",
        component=change.service,
        statement=f"“{short(change.words, 120)}” of {change.service} at {on(change.at)} made {component.name} fail",
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=support,
        onset=onset,
    )


def floods(
    component: str, log: Sequence[LogPattern], releases: Sequence[Deployment], onset: datetime, near: float
) -> tuple[LogPattern, Deployment] | None:
    """A line that one version of a caller alone has been writing since the component began to fail, with its release.

    A line that only says that another system fails, or what the caller runs on, tells of no new work of its own.
    `near`: seconds between the line's beginning and the onset within which both are one event.
    """
    began = min((pattern.first_seen for pattern in log), default=onset)
    for pattern in log:
        is_new = abs((pattern.first_seen - onset).total_seconds()) <= near and pattern.first_seen > began
        release = next((d for d in reversed(releases) if pattern.versions == [d.version]), None)
        is_own = class_of(pattern.signature).group in ("code", "other") and component not in pattern.signature
        if is_new and is_own and release is not None and release.at <= pattern.first_seen:
            return pattern, release
    return None
