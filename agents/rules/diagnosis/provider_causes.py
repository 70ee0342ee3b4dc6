"""Provider causes: how far the calls to a provider, its answers and what it says of itself make it the cause."""

import re

from agents.readings.production import LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.causes import refused_claims, written
from agents.rules.diagnosis.component import ComponentState, described, fails, is_degraded
from agents.rules.diagnosis.suspect_evidence import SuspectEvidence
from agents.rules.writing.wording import on, short

ANSWERED = re.compile(
    r"(?:https?|status|code|answered|returned|responded|with|got|said|response|->|:)[ :=]*(?:429|50[0-4]|529)\b"
    r"|\b(?:429|50[0-4]|529) (?:[A-Z][a-z]|\w*(?:error|limit|unavailable|overload|too many))"
    r"|rate.?limit|too many (?:\w+ )?(?:requests|orders|calls)|overloaded|slow ?down|try again later"
    r"|internal server error|(?:service|temporarily) ?unavailable|bad gateway",
    re.IGNORECASE,
)
"""What a system answers that fails or has too much to do; refused passwords and wrong requests are the caller's."""


def external_dependency(provider: ComponentState, evidence: SuspectEvidence) -> Hypothesis:
    """A provider that fails, judged by the calls to it and by what it says of itself."""
    bad = [(call, ref) for call, ref in provider.incoming if is_degraded(call)]
    support = [Claim(text=f"{described(call)}", cites=[ref]) for call, ref in bad]
    says = provider.status.value if provider.status else None
    theirs = _answers_of(provider, evidence) if bad else None
    if theirs is not None:
        support.append(written(evidence, theirs, ", which is an answer of the other side"))
    strength = 3 if (provider.provider_admits and bad) or len(bad) >= 2 or theirs else 2
    if strength == 2 and says is None and evidence.log.value is None:
        strength = 1  # calls of one service fail, and nothing tells whether by what is called or by the way there
    against = [] if provider.provider_admits else _of_the_caller(evidence)
    strength = 1 if against else strength
    if says and provider.status and provider.provider_admits:
        since = f" since {on(says.since)}" if says.since else ""
        text = f"{provider.name} reports {says.status}{since}: {short(says.message)}"
        support.append(Claim(text=text, cites=[provider.status.ref]))
    elif says and provider.status:
        text = f"{provider.name} itself reports {says.status}"
        against.append(Claim(text=text, cites=[provider.status.ref]))
        release = evidence.aligned()
        if theirs is None and release is not None and evidence.only_new_version(release):
            strength = 1
    return Hypothesis(
        cause="external dependency",
        component=provider.name,
        statement=_statement(provider, evidence.component.name, theirs is not None),
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=support,
        against=against,
        onset=min((o for o in (provider.onset, evidence.onset) if o is not None), default=None),
        service=evidence.component.name,
        dependency=provider.name,
    )


def _statement(provider: ComponentState, caller: str, has_answered: bool) -> str:
    """What fails: the provider where it says so or answers so, else our calls to it, whoever is to blame for that."""
    if provider.provider_admits or has_answered:
        return f"{provider.name} fails, which affects {caller}"
    fare = "fail" if any(fails(call) for call, _ in provider.incoming) else "are slow"
    return f"calls from {caller} to {provider.name} {fare}"


def _answers_of(provider: ComponentState, evidence: SuspectEvidence) -> LogPattern | None:
    """A new line of the caller that holds what only the other side can have answered: that it fails or is overloaded.

    Where the line names nobody, and calls to others suffer as well, it may be theirs.
    """
    calls = evidence.component.calls.value.calls if evidence.component.calls and evidence.component.calls.value else []
    suffers = [call.to for call in calls if is_degraded(call)]
    return next(
        (
            pattern
            for pattern in evidence.new_patterns()
            if ANSWERED.search(pattern.signature) and (provider.name in pattern.signature or suffers == [provider.name])
        ),
        None,
    )


def _of_the_caller(evidence: SuspectEvidence) -> list[Claim]:
    """Certificates, credentials and names that are refused are the caller's own, unless the provider says otherwise."""
    refused = evidence.refused_by_platform()
    if refused is None or refused[0].name not in ("certificate", "credentials", "name resolution"):
        return []
    return refused_claims(evidence)
