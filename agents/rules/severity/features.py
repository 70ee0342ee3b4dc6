"""Features: which of those that the catalogue declares fail, where the rest of their service does not."""

import asyncio

from agents.io.catalogue import Service
from agents.readings.splits import Split, SplitPart, SplitSignals
from agents.reports.triage import FailingFeatures, Scope
from agents.rules.writing.last_look import FELT
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.ports import split_signals

RECENT = 5
"""Minutes over which requests are split: what fails now, and enough of it to tell from chance."""
MOST_SERVICES = 3
"""Whose requests are split in one look."""
MOST_FEATURES = 3
"""That fail at once: of more, the whole service is told."""


async def failing_features(briefing: Briefing, context: DutyContext, scope: Scope) -> dict[str, FailingFeatures]:
    """Of the services some of whose requests fail: the features that fail alone."""
    known = briefing.catalogue.services
    felt = [name for name, rate in scope.error_rates.items() if rate >= FELT and name not in scope.down]
    names = [name for name in felt if name in known and known[name].features][:MOST_SERVICES]
    readings = await asyncio.gather(*(context.use(split_signals, name, RECENT) for name in names))
    read = {name: reading.value for name, reading in zip(names, readings, strict=True) if reading.value}
    found = {name: _failing(known[name], signals) for name, signals in read.items()}
    return {name: failing for name, failing in found.items() if failing}


def _failing(service: Service, signals: SplitSignals) -> FailingFeatures | None:
    """By the split by endpoint; None where it does not show that some features fail and nothing else does."""
    split = next((split for split in signals.splits if split.by == "endpoint"), None)
    names = list(dict.fromkeys(map(service.feature, split.failing))) if split else []
    if split is None or not 0 < len(names) <= MOST_FEATURES or "" in names or not _is_whole(service, names, split):
        return None
    hit = [part for part in split.parts if service.feature(part.name) in names]
    rest = [*(part for part in split.parts if part not in hit), *([split.others] if split.others else [])]
    share = _share(hit)
    return FailingFeatures(names=names, share=share) if share >= FELT > _share(rest) else None


def _is_whole(service: Service, names: list[str], split: Split) -> bool:
    """Whether all requests to these features are in the listed parts: among the unlisted, some may be and do well."""
    listed = {part.name for part in split.parts}
    return split.others is None or all(one in listed for one, name in service.features.items() if name in names)


def _share(parts: list[SplitPart]) -> float:
    requests = sum(part.requests for part in parts)
    return sum(part.failed for part in parts) / requests if requests else 0.0
