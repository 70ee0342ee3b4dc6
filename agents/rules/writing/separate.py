"""Separate trouble: what began after the rest was over, and that no reading connects with the cause of the rest."""

import re

from agents.rules.writing import testimony
from agents.rules.writing.wording import at, gravest_in_words
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import Damage, Statement


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


def told_of_it(briefing: Briefing) -> Statement | None:
    """The newest that a person told since it began, but that all is over; it may tell of its cause."""
    told = [said for said in briefing.ledger.statements if is_told_of_it(said, briefing)]
    return told[-1] if told else None


def is_told_of_it(said: Statement, briefing: Briefing) -> bool:
    """Whether a person told this of the later trouble, or may have: since it began, and of no other service."""
    later, catalogue = separate(briefing), briefing.catalogue
    if not later or said.at < min(entry.since for entry in later) or not _may_name_a_cause(said):
        return False
    below = {name for entry in later for name in catalogue.downstream(entry.service)}
    about = {said.component} & catalogue.services.keys() or named_in(said.words, briefing)
    return not about or bool(about & below)


def named_in(words: str, briefing: Briefing) -> set[str]:
    """The services that some words name, by our name for them or that of customers."""
    known = briefing.catalogue.services.items()
    names = {name: filter(None, (name, service.public_name)) for name, service in known}
    return {name for name, of in names.items() if any(re.search(rf"\b{re.escape(one)}\b", words, re.I) for one in of)}


def _may_name_a_cause(said: Statement) -> bool:
    return said.cause is not None or (bool(said.words.strip()) and (said.is_by_hand or not said.is_over))


def as_sentence(briefing: Briefing) -> str:
    """That it happened, and that no reading shows its cause; what a person told since stands beside it."""
    later, told = separate(briefing), told_of_it(briefing)
    if not later:
        return ""
    known = f" or shows its own; {_words_of(told)}" if told else ", and its own is not known"
    return f"Later: {gravest_in_words(later)}; no reading connects that with this cause{known}."


def cites_of_it(briefing: Briefing) -> list[str]:
    """The events that the sentence rests on."""
    told = told_of_it(briefing)
    return [ref for entry in separate(briefing) for ref in entry.cites[-1:]] + ([told.cite] if told else [])


def _words_of(told: Statement) -> str:
    if told.words.strip():
        return testimony.quoted_with_time(told)
    return f"{told.by} named {testimony.blamed(told.cause, told.component)} at {at(told.at)}"
