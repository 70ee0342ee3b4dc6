"""When an incident began: when its cause came in, or only when the first sign of it was seen."""

from datetime import datetime

from agents.rules.writing.public_wording import concluded
from agents.runtime.briefing import Briefing


def introduced(briefing: Briefing) -> datetime | None:
    """When the cause came in; not known where the evidence puts that after the first sign of it."""
    found = briefing.conclusion.introduced_at if briefing.conclusion and concluded(briefing) else None
    return found if found is not None and found <= briefing.started_at else None


def is_first_sign(briefing: Briefing) -> bool:
    """Whether its introduction is told by the first sign of it: a slow fault may have come in long before that."""
    found = briefing.conclusion
    at_the_sign = found is not None and any(one.onset == found.introduced_at for one in found.hypotheses[:1])
    return at_the_sign or concluded(briefing) != "recent deployment"
