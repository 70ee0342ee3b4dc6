"""The last look: what it says of the service that is spoken of, whether that still holds, and when that was."""

from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from agents.io.catalogue import Catalogue
from agents.reports.triage import FailingFeatures, Scope
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Ledger
from agents.runtime.uncounted import open_stretch

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
NO_TROUBLE = "no trouble with"
"""What a look measured of a service that is well; others may fail."""


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
    features: FailingFeatures | None = None
    """Those of its features that fail, where the rest of it does not."""


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
    """Whether trouble was measured, none of it goes on, and the newest look found nothing out of its usual range.

    Where requests are not counted any more, no look can find that.
    """
    ledger, scope = briefing.ledger, briefing.scope
    hurt = ledger.hurt(briefing.detected_at)
    is_calm = scope is not None and not scope.abnormal and not any(entry.is_open for entry in hurt)
    is_calm = is_calm and open_stretch(ledger.uncounted, briefing.service) is None
    return is_calm and (ledger.was_abnormal or bool(hurt))


def is_unmeasured(briefing: Briefing) -> bool:
    """Whether no look and no reading found anything out of its usual range, nor the alerted service within it."""
    scope, ledger = briefing.scope, briefing.ledger
    was_ill = ledger.was_abnormal or bool(ledger.hurt(briefing.detected_at)) or (scope is not None and scope.abnormal)
    return not was_ill and (scope is None or scope.error_rate is None)


def uncounted(briefing: Briefing) -> str:
    """That nobody can measure how it does, a sentence; empty where its requests are counted, or trouble was seen."""
    gone = open_stretch(briefing.ledger.uncounted, briefing.service)
    if gone is None or (briefing.scope is not None and briefing.scope.abnormal):
        return ""
    return f"How {briefing.service} does cannot be measured: its requests have not been counted since {at(gone.since)}."


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


def is_of_these_minutes(moment: datetime, briefing: Briefing) -> bool:
    """Whether a measurement is so new that what it found is told without its time."""
    return briefing.now - moment <= A_LOOK_TAKES * briefing.minute


def as_of(measured: datetime, briefing: Briefing) -> str:
    """When present trouble was measured, unless the newest look, too, is of these minutes: it may have ended since."""
    earlier = min(measured, briefing.scope_at or measured)
    return "" if is_of_these_minutes(earlier, briefing) else f", as last measured at {at(measured, briefing.now)}"


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
        rate, is_down = scope.error_rates.get(spoken), spoken in scope.down
        return Seen("abnormal", rate, None, is_down, features=scope.features.get(spoken))
    state = Seen("abnormal", scope.error_rate, scope.latency_ratio, scope.completely_down, scope.client_side)
    return state._replace(features=scope.features.get(spoken))


def last_measured(briefing: Briefing) -> str:
    """When trouble was last measured, or that the newest look measured none; empty where there was none."""
    scope, who = briefing.scope, name(briefing)
    spoken = spoken_of(briefing.service, briefing.ledger, briefing.catalogue)
    was_ill = scope is not None and scope.abnormal and spoken in scope.services
    looks = [briefing.scope_at] if was_ill and briefing.scope_at else []
    looks += [briefing.ledger.troubled_at[spoken]] if spoken in briefing.ledger.troubled_at else []
    looks += [entry.until for entry in briefing.ledger.hurt(briefing.detected_at) if entry.service == spoken]
    if not looks:
        return ""
    last, well = max(looks), _measured_well(briefing)
    if well and well > last:
        return f"At {at(well, briefing.now)} {NO_TROUBLE} {who} was measured"
    return f"Trouble with {who} was last measured at {at(last, briefing.now)}"


def is_of_this_trouble(looked: datetime | None, briefing: Briefing) -> bool:
    """Whether a look is of the trouble that goes on: not from before a recovery after which it came back."""
    again = briefing.ledger.relapsed_at
    return looked is None or again is None or looked >= again


def measured_free_of_trouble(briefing: Briefing) -> str:
    """That a measurement found no trouble after it was last measured: that says more than any report."""
    last = last_measured(briefing)
    return last if NO_TROUBLE in last else ""


def _measured_well(briefing: Briefing) -> datetime | None:
    """When the service itself was last measured well; None where it fails, or was found not recovered since."""
    ledger, spoken = briefing.ledger, spoken_of(briefing.service, briefing.ledger, briefing.catalogue)
    if any(entry.is_open and entry.service == spoken for entry in ledger.damage):
        return None
    well = [proof.at for proof in ledger.confirmed]
    is_well = by_last_look(briefing).verdict == "normal" or (spoken == briefing.service and _is_itself_well(briefing))
    if briefing.scope_at and is_well:
        well.append(briefing.scope_at)
    failed = [attempt.at for attempt in briefing.attempts if attempt.outcome == "did not help"]
    failed += [ledger.relapsed_at] if ledger.relapsed_at else []
    return max((moment for moment in well if all(moment >= other for other in failed)), default=None)


def _is_itself_well(briefing: Briefing) -> bool:
    """Whether the newest look found only others failing: a service of ours that was measured, and no harm to data."""
    scope, known = briefing.scope, briefing.catalogue.services.get(briefing.service)
    if scope is None or briefing.service in scope.services or (known and known.kind == "provider"):
        return False
    is_hurt = scope.completely_down or scope.data_at_risk == "yes"
    return not is_hurt and scope.error_rate is not None and scope.error_rate < FELT
