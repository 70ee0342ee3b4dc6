"""Part evidence: which part of the requests fails or makes the crowd: of one version, one instance, unwanted guests."""

import re
from typing import NamedTuple

from agents.readings.history import Deployment
from agents.readings.splits import Dimension, Split
from agents.reports.basis import Claim
from agents.rules.diagnosis.suspect_evidence import SuspectEvidence
from agents.rules.writing.wording import short

UNWANTED = re.compile(
    r"without (?:an? )?(?:valid )?(?:token|key|login|session|cookie)|\banonymous|unauthenticated|wrong password"
    r"|\bbots?\b|scrap(?:er|ing)|crawler|stuffing|\d[\dk,.]* addresses",
    re.IGNORECASE,
)
"""What is written of requests that a service would rather not have."""


class IllInstances(NamedTuple):
    """A few instances, shards or nodes that fail or are slow, while most others that run the same do not."""

    names: list[str]
    claim: Claim


def fails_by_version(evidence: SuspectEvidence, deployment: Deployment) -> Claim | None:
    """That the requests of the deployed version fail, and those of another one beside it do not."""
    split = _split(evidence, "version")
    if split is None or [*split.failing, *split.slow][:1] != [deployment.version]:
        return None
    return _claim(evidence, split)


def ill_instances(evidence: SuspectEvidence) -> IllInstances | None:
    """The few instances that ail; None where none do, where many do, or where a version explains it."""
    split, version = _split(evidence, "instance"), _split(evidence, "version")
    if split is None or (version and (version.failing or version.slow)):
        return None
    ill = few_ill(split)
    return IllInstances(ill, _claim(evidence, split)) if ill else None


def few_ill(split: Split) -> list[str]:
    """The parts that fail or are slow, where they are fewer than the others, or one of two; else none.

    The other one of two shows what both would do: it runs the same, beside the same, on its share of the requests.
    """
    ill = list(dict.fromkeys([*split.failing, *split.slow]))
    others = len(split.parts) + (1 if split.others else 0) - len(ill)
    return ill if len(ill) < others or len(ill) == others == 1 else []


def unwanted(evidence: SuspectEvidence) -> Claim | None:
    """That a crowd is one of requests that nobody wants, by lines that are new with it, be they warnings."""
    patterns = evidence.log.value.patterns if evidence.log.value else []
    since = evidence.new_since(evidence.onset) if evidence.onset else None
    new = [p for p in patterns if since is not None and p.first_seen >= since and UNWANTED.search(p.signature)]
    if not new or not evidence.component.surge:
        return None
    most = max(new, key=lambda p: p.count)
    text = f"{evidence.component.name} logs “{short(most.signature)}” {most.count} times"
    return Claim(text=text, cites=[evidence.log.ref])


def _split(evidence: SuspectEvidence, by: Dimension) -> Split | None:
    """How its requests fare by one dimension; None where they cannot be split by it."""
    splits = evidence.splits.value.splits if evidence.splits and evidence.splits.value else []
    return next((split for split in splits if split.by == by), None)


def _claim(evidence: SuspectEvidence, split: Split) -> Claim:
    cites = [evidence.splits.ref] if evidence.splits else []
    return Claim(text=f"{evidence.component.name}: {split.says}", cites=cites)
