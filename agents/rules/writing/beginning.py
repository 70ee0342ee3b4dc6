"""When an incident began: when its cause came in, or only when the first sign of it was seen."""

from datetime import datetime

from agents.rules.writing.public_wording import concluded
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Damage


def introduced(briefing: Briefing) -> datetime | None:
    """When the cause came in, or its first sign, which may be the harm; not known where that was after the alert."""
    found = briefing.conclusion.introduced_at if briefing.conclusion and concluded(briefing) else None
    if found is None or found > briefing.started_at:
        return None
    harm = briefing.ledger.first_damage(briefing.detected_at)
    return min(found, harm) if harm is not None and is_first_sign(briefing) else found


def is_first_sign(briefing: Briefing) -> bool:
    """Whether its introduction is told by the first sign of it: a slow fault may have come in long before that."""
    found = briefing.conclusion
    at_the_sign = found is not None and any(one.onset == found.introduced_at for one in found.hypotheses[:1])
    return at_the_sign or concluded(briefing) != "recent deployment"


def is_by_the_alert(entry: Damage, briefing: Briefing) -> bool:
    """Whether damage begins when the alert began to fire, as no reading shows since when the service was down."""
    return (entry.kind, entry.service, entry.since) == ("down", briefing.service, briefing.alert.starts_at)


def is_harm_by_the_alert(briefing: Briefing) -> bool:
    """Whether that is so of the first harm."""
    hurt = briefing.ledger.hurt(briefing.detected_at)
    return bool(hurt) and all(is_by_the_alert(entry, briefing) for entry in hurt if entry.since == hurt[0].since)
