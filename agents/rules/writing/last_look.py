"""The last look: what it says of the service that is spoken of, and whether that still holds at this minute."""

from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from agents.io.catalogue import Catalogue
from agents.reports.triage import Scope
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Ledger

LOOKS_EVERY, A_LOOK_TAKES = 5, 3
"""Minutes of the runbook between the beginnings of two looks at the scope, and until what one saw is known."""
FRESH_FOR = LOOKS_EVERY + A_LOOK_TAKES
"""Minutes of the runbook: the newest look that is known began so long ago at most, while looks come as they should."""
FRESH_AFTER_A_CHANGE = 2
"""While a change takes effect, trouble that was seen may be over a minute later."""
TAKES_EFFECT_WITHIN = 15
"""Minutes of the runbook. A change or a person's word that is older leaves a look as fresh as any other."""
SETTLING = 1
"""Minutes of the runbook. Samples this close to the change still show the time before it."""

FELT = 0.02
"""From this share of failed requests on, users are told that requests fail."""


def spoken_of(alerted: str, ledger: Ledger, catalogue: Catalogue) -> str:
    """The alerted service; where customers have no name for it, the first in trouble with it that they know."""
    known = catalogue.services
    named = [name for name in (alerted, *ledger.services) if name in known and known[name].public_name]
    first = sorted(named, key=lambda name: name != alerted and known[name].tier)
    return first[0] if first else alerted


def name(briefing: Briefing) -> str:
    """What customers call the service that they are told of."""
    return briefing.catalogue.public_name(spoken_of(briefing.service, briefing.ledger, briefing.catalogue))


class Looked(Protocol):
    """What holds the newest look at the scope, and all that was measured."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def scope_at(self) -> datetime | None:
        """When that look began."""
        ...


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
    spoken, looked = spoken_of(briefing.service, briefing.ledger, briefing.catalogue), briefing.scope_at
    last = by_last_look(briefing)
    is_over = last.verdict == "abnormal" and looked is not None and was_well_after(looked, briefing.ledger)
    return last if is_fresh(briefing) and not is_over and not has_ended_since(briefing, spoken) else NOT_SEEN


def was_well_after(moment: datetime, ledger: Ledger) -> bool:
    """Whether a look during the watch found all metrics back to normal after a time."""
    return ledger.measured_well_at is not None and ledger.measured_well_at > moment


def is_well_again(briefing: Briefing) -> bool:
    """Whether trouble was measured, none of it goes on, and the newest look found nothing out of its usual range."""
    ledger, scope = briefing.ledger, briefing.scope
    hurt = ledger.hurt(briefing.detected_at)
    is_calm = scope is not None and not scope.abnormal and not any(entry.is_open for entry in hurt)
    return is_calm and (ledger.was_abnormal or bool(hurt))


def has_ended_since(known: Looked, service: str) -> bool:
    """Whether later readings show good samples after what the newest look saw to fail, and nothing that fails."""
    looked = known.scope_at
    own = [entry for entry in known.ledger.damage if entry.service == service and entry.kind in ("errors", "down")]
    newest = {entry.kind: entry for entry in sorted(own, key=lambda entry: entry.until)}.values()
    was_read_later = looked is not None and any(entry.until > looked for entry in newest)
    return was_read_later and not any(entry.is_open for entry in newest)


def is_failing(service: str, scope: Scope) -> bool:
    """Whether users are told that a service fails, by a look that found it in trouble."""
    return service in scope.down or scope.error_rates.get(service, 0.0) >= FELT


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
    is_taking_effect = changed is not None and briefing.now - changed <= TAKES_EFFECT_WITHIN * minute
    fresh_for = FRESH_AFTER_A_CHANGE if is_taking_effect else FRESH_FOR
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
