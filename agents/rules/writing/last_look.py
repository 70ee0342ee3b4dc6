"""The last look: what it says of the service that is spoken of, and whether that still holds at this minute."""

from datetime import datetime
from typing import Literal, NamedTuple

from agents.io.catalogue import Catalogue
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Ledger

FRESH_FOR = 6
"""Minutes of the runbook. A look at the scope is made every five minutes; what is older says nothing of this minute."""
FRESH_AFTER_A_CHANGE = 2
"""While a change takes effect, trouble that was seen may be over a minute later."""
SETTLING = 1
"""Minutes of the runbook. Samples this close to the change still show the time before it."""


def spoken_of(alerted: str, ledger: Ledger, catalogue: Catalogue) -> str:
    """The alerted service; where customers have no name for it, the first in trouble with it that they know."""
    known = catalogue.services
    named = [name for name in (alerted, *ledger.services) if name in known and known[name].public_name]
    first = sorted(named, key=lambda name: name != alerted and known[name].tier)
    return first[0] if first else alerted


class Seen(NamedTuple):
    """How a service fares at this minute, as far as it is measured."""

    verdict: Literal["normal", "abnormal", "unknown"]
    error_rate: float | None = None
    latency_ratio: float | None = None
    is_down: bool = False
    is_client_side: bool = False


NOT_SEEN = Seen("unknown")


def seen(briefing: Briefing) -> Seen:
    """What the newest look says of the service that is spoken of.

    Only where it is fresh, no later reading found otherwise, and it is no older than the last change, the recovery, or
    a person's word that it is over.
    """
    return by_last_look(briefing) if is_fresh(briefing) and not _has_ended_since(briefing) else NOT_SEEN


def _has_ended_since(briefing: Briefing) -> bool:
    """Whether a later reading shows good samples after the requests that failed at the newest look."""
    spoken, looked = spoken_of(briefing.service, briefing.ledger, briefing.catalogue), briefing.scope_at
    own = [e for e in briefing.ledger.damage if (e.service, e.kind) == (spoken, "errors")]
    last = max(own, key=lambda entry: entry.until, default=None)
    return last is not None and looked is not None and not last.is_open and last.until > looked


def is_fresh(briefing: Briefing) -> bool:
    """Whether the newest look says how it is at this minute."""
    scope, looked = briefing.scope, briefing.scope_at
    if scope is None or looked is None:
        return False
    if scope.abnormal:
        return looked >= trouble_from(briefing)
    earliest = [briefing.now - FRESH_FOR * briefing.minute, briefing.fixed_at, _changed_at(briefing)]
    return all(moment is None or looked >= moment for moment in earliest)


def trouble_from(briefing: Briefing) -> datetime:
    """From when on measured trouble is that of this minute; right after a change it may be that of the time before."""
    changed, minute = _changed_at(briefing), briefing.minute
    fresh_for = FRESH_AFTER_A_CHANGE if changed else FRESH_FOR
    moments = [briefing.now - fresh_for * minute, briefing.fixed_at, changed and changed + SETTLING * minute]
    return max(moment for moment in moments if moment is not None)


def _changed_at(briefing: Briefing) -> datetime | None:
    """The last change, or the last word of a person that it is over."""
    ledger = briefing.ledger
    changed = [*(act.at for act in ledger.acts), *(said.at for said in ledger.statements if said.is_over)]
    return max([*changed, *([briefing.acted_at] if briefing.acted_at else [])], default=None)


def by_last_look(briefing: Briefing) -> Seen:
    """What the newest look said of the service that is spoken of, however long ago."""
    scope, spoken = briefing.scope, spoken_of(briefing.service, briefing.ledger, briefing.catalogue)
    if scope is None or (scope.abnormal and spoken not in scope.services):
        return NOT_SEEN
    if not scope.abnormal:
        verdict = "normal" if scope.error_rate is not None else "unknown"
        return Seen(verdict, scope.error_rate, scope.latency_ratio if spoken == briefing.service else None)
    if spoken != briefing.service:
        return Seen("abnormal", scope.error_rates.get(spoken), None, spoken in scope.down)
    return Seen("abnormal", scope.error_rate, scope.latency_ratio, scope.completely_down, scope.client_side)
