"""Outside: how far the readings speak for a provider as the cause."""

from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.component import ComponentState, described, is_degraded
from agents.rules.diagnosis.suspect_evidence import SuspectEvidence
from agents.rules.writing.wording import on, short


def external_dependency(provider: ComponentState, dossier: SuspectEvidence) -> Hypothesis:
    """A provider that fails, judged by the calls to it and by what it says of itself."""
    bad = [(call, ref) for call, ref in provider.incoming if is_degraded(call)]
    support = [Claim(text=f"{described(call)}", cites=[ref]) for call, ref in bad]
    says = provider.status.value if provider.status else None
    strength = 3 if (provider.provider_admits and bad) or len(bad) >= 2 else 2
    against: list[Claim] = []
    if says and provider.status and provider.provider_admits:
        since = f" since {on(says.since)}" if says.since else ""
        text = f"{provider.name} reports {says.status}{since}: {short(says.message)}"
        support.append(Claim(text=text, cites=[provider.status.ref]))
    elif says and provider.status:
        text = f"{provider.name} itself reports {says.status}"
        against.append(Claim(text=text, cites=[provider.status.ref]))
        if dossier.aligned() is not None and dossier.own_errors():
            strength = 1
    return Hypothesis(
        cause="external dependency",
        component=provider.name,
        statement=f"{provider.name} fails, and with it {dossier.component.name}, which calls it",
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=support,
        against=against,
        onset=min((o for o in (provider.onset, dossier.onset) if o is not None), default=None),
        service=dossier.component.name,
        dependency=provider.name,
    )
