"""Separate trouble: damage that began after the rest was over, and that nothing connects with the cause of the rest."""

from agents.rules.writing.wording import gravest_in_words
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Damage


def separate(briefing: Briefing) -> list[Damage]:
    """Later damage of services that share no dependency with what was blamed."""
    found, ledger, services = briefing.conclusion, briefing.ledger, briefing.catalogue.services
    if found is None or found.verdict != "cause found" or found.component not in services:
        return []
    blamed = {found.component, *(one.component for one in ledger.suspected)}
    hurt = ledger.hurt(briefing.detected_at)
    tied = [entry for entry in hurt if _is_tied(entry.service, blamed, briefing)]
    if not tied or any(entry.is_open for entry in tied):
        return []
    over = max(entry.until for entry in tied) + ledger.gap
    return [entry for entry in hurt if entry not in tied and entry.since > over]


def _is_tied(service: str, blamed: set[str], briefing: Briefing) -> bool:
    """Whether it is the alerted one, has anything below it in common with what was blamed, or is not known."""
    catalogue = briefing.catalogue
    below = {name for one in blamed for name in catalogue.downstream(one)}
    is_known = service in catalogue.services and service != briefing.service
    return not is_known or bool(below & set(catalogue.downstream(service)))


def as_sentence(briefing: Briefing) -> str:
    """That it happened, and that its cause is not known; empty where there was none."""
    later = separate(briefing)
    if not later:
        return ""
    return f"Later: {gravest_in_words(later)}; nothing connects that with this cause, and its own is not known."
