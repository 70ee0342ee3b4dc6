"""What failed below: damage of what a component depends on, which says how far a fault is narrowed down."""

from datetime import datetime

from agents.rules.diagnosis.survey import SAME_TIME
from agents.rules.writing.wording import damage_in_words, listed
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Damage


def failed_below(briefing: Briefing, name: str, onset: datetime) -> list[Damage]:
    """The damage at about that time of what a component depends on, the earliest first.

    What no longer gets requests has not failed by that.
    """
    near = SAME_TIME * briefing.minute
    below = set(briefing.catalogue.downstream(name)) - {name}
    failed = [
        entry
        for entry in briefing.ledger.damage
        if entry.service in below
        and entry.kind not in ("lost traffic", "affected users")
        and entry.since <= onset + near
        and entry.until >= onset - near
    ]
    return sorted(failed, key=lambda entry: entry.since)


def failed_too(damage: Damage) -> str:
    """That something failed below, without a verb of the component itself."""
    return f"{damage.service}, which it depends on, failed at the same time ({damage_in_words(damage)})"


def narrowed_down(briefing: Briefing, suspects: dict[str, datetime | None]) -> str:
    """How far a fault is narrowed down: not to what itself depends on something that failed; without a full stop."""
    for name, onset in suspects.items():
        failed = failed_below(briefing, name, onset or briefing.detected_at)
        if failed:
            return f"Not narrowed down to {name} alone: {failed_too(failed[0])}"
    return f"Narrowed down to {listed([*suspects])}"
