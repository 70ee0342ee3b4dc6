"""Separate trouble: what began before or after the rest, and that nothing connects with the cause of the rest."""

import re
from datetime import datetime

from agents.reports.basis import Cause
from agents.rules.writing import testimony
from agents.rules.writing.wording import at, gravest_in_words, short
from agents.runtime.briefing import Briefing
from agents.runtime.ledger import BY_HAND, Confirmed, Damage, Ledger, Statement, Suspected


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


def since_recovery(briefing: Briefing) -> list[Damage]:
    """Damage that began after a measured recovery since which nothing speaks for the cause that was concluded."""
    ended, hurt = _ended(briefing), briefing.ledger.hurt(briefing.detected_at)
    return [entry for entry in hurt if ended is not None and entry.since > ended]


def is_of_before(briefing: Briefing) -> bool:
    """Whether all that speaks for the cause that was concluded is from before a recovery that was measured."""
    return _ended(briefing) is not None


def _ended(briefing: Briefing) -> datetime | None:
    """The first measured recovery after which nothing speaks for that cause any more, and trouble was seen again."""
    last = max(_found(briefing), default=None)
    return next((over for over in _recoveries(briefing.ledger) if last is not None and over >= last), None)


def _recoveries(ledger: Ledger) -> list[datetime]:
    """When it was measured to be over, and seen again after that."""
    return [one.over_since for one in ledger.relapses if one.measured and one.over_since and not one.said_over]


def _found(briefing: Briefing) -> list[datetime]:
    """When the cause that was concluded was found by readings, named by a person or seen to end by a change of ours."""
    ledger, same, version = briefing.ledger, *_concluded(briefing)
    read = [one for one in ledger.suspected if not one.is_kept and version in ("", one.version)]
    times = [one.at for one in (*read, *ledger.statements) if (one.cause, one.component) == same]
    for proof in ledger.confirmed:
        aimed = [act for act in ledger.acts if (act.cause, act.component) == same and act.at <= proof.at]
        if _is_of_it(proof, briefing) and aimed and aimed[-1].action != BY_HAND:
            times.append(proof.at)
    return times


def _concluded(briefing: Briefing) -> tuple[tuple[Cause | None, str | None], str]:
    """The cause with its component, and the version of the release that is blamed, if one is."""
    found = briefing.conclusion
    if found is None or found.verdict != "cause found":
        return (None, None), ""
    return (found.cause, found.component), found.hypotheses[0].version if found.hypotheses else ""


def _is_of_it(proof: Confirmed, briefing: Briefing) -> bool:
    """Whether what was seen to end is what was concluded: another release of the same service is another cause."""
    same, version = _concluded(briefing)
    then = _thought_at(proof, briefing.ledger)
    return (proof.cause, proof.component) == same and (then is None or version in ("", then.version))


def _thought_at(proof: Confirmed, ledger: Ledger) -> Suspected | None:
    """What was found of a cause before it was seen to end."""
    same = [one for one in ledger.suspected if (one.cause, one.component) == (proof.cause, proof.component)]
    return next((one for one in reversed(same) if one.at <= proof.at), None)


def over_before(briefing: Briefing) -> Confirmed | None:
    """The last cause that a change was seen to end, where what was concluded was first found after that, if at all."""
    first, ledger = min(_found(briefing), default=None), briefing.ledger
    over = [proof for proof in ledger.confirmed if proof.at in _recoveries(ledger)]
    return next(
        (one for one in reversed(over) if (first is None or one.at < first) and not _is_of_it(one, briefing)), None
    )


def _before(briefing: Briefing) -> str:
    """What was over before, with the cause that it had; empty where that is what was concluded, or is not known."""
    proof, ledger = over_before(briefing), briefing.ledger
    hurt = [entry for entry in ledger.hurt(briefing.detected_at) if proof and entry.since <= proof.at]
    if proof is None or not hurt:
        return ""
    thought = _thought_at(proof, ledger)
    words = f" ({short(thought.words, 140).rstrip('.')})" if thought and thought.words else ""
    cause = f"{testimony.blamed(proof.cause, proof.component)}{words}"
    measured = f"recovery from that was measured at {at(proof.at, briefing.started_at)}"
    return f"Before that: {gravest_in_words(hurt)}; its cause was {cause}, and {measured}."


def _is_tied(service: str, blamed: set[str], briefing: Briefing) -> bool:
    """Whether it is the alerted one, has anything below it in common with what was blamed, or is not known."""
    catalogue = briefing.catalogue
    below = {name for one in blamed for name in catalogue.downstream(one)}
    is_known = service in catalogue.services and service != briefing.service
    return not is_known or bool(below & set(catalogue.downstream(service)))


def told_of_it(briefing: Briefing) -> Statement | None:
    """The newest that a person told since it began, but that all is over; it may tell of its cause."""
    began = min((entry.since for entry in since_recovery(briefing)), default=None)
    told = [one for one in briefing.ledger.statements if _may_name_a_cause(one) and not testimony.is_chatter(one)]
    told = [one for one in told if (began and one.at >= began) or is_told_of_it(one, briefing)]
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
    later, told, before = _later(briefing), told_of_it(briefing), _before(briefing)
    if not later:
        return before
    known = f" or shows its own; {_words_of(told)}" if told else ", and its own is not known"
    return f"Later: {gravest_in_words(later)}; no reading connects that with this cause{known}."


def _later(briefing: Briefing) -> list[Damage]:
    apart = separate(briefing)
    return [*apart, *(entry for entry in since_recovery(briefing) if entry not in apart)]


def cites_of_it(briefing: Briefing) -> list[str]:
    """The events that the sentence rests on."""
    told = told_of_it(briefing)
    return [ref for entry in _later(briefing) for ref in entry.cites[-1:]] + ([told.cite] if told else [])


def _words_of(told: Statement) -> str:
    if told.words.strip():
        return testimony.quoted_with_time(told)
    return f"{told.by} named {testimony.blamed(told.cause, told.component)} at {at(told.at)}"
