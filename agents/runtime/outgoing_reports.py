"""Outgoing reports: what a model wrote for others is compared with the rules' report, and must be fit to publish."""

import re
from functools import cache
from ipaddress import ip_address
from typing import Any, cast

from pydantic import BaseModel

from agents.io.catalogue import Catalogue
from agents.io.outside_text import sanitize
from agents.io.redaction import redacted
from agents.reports.basis import Report
from agents.reports.communication import Brief, Escalation, Notification, RegulatoryAssessment, StatusUpdate
from agents.reports.mitigation import (
    ExternalRecovery,
    FixConfirmation,
    HotfixCheck,
    MetricsVerification,
    Recovery,
    Regression,
)
from agents.reports.post_mortem import ActionItems, BacklogEntries, Impact, Prevention, RootCause, Timeline
from agents.reports.triage import Message, Scope
from agents.runtime.briefing import Briefing
from agents.runtime.duty import Duty
from agents.runtime.post_mortem_words import misplaced, record_for
from agents.runtime.public_claims import Care, Compared, added, claims, plainly
from agents.runtime.record_words import statements

CARE: dict[type[Report], Care] = {
    StatusUpdate: Care.COVERED,
    Brief: Care.COVERED,
    Notification: Care.COVERED,
    Message: Care.COVERED,
    BacklogEntries: Care.COVERED,
    Escalation: Care.COVERED,
    RegulatoryAssessment: Care.COVERED,
    Timeline: Care.COVERED,
    RootCause: Care.COVERED,
    Impact: Care.COVERED,
    Prevention: Care.ADVICE,
    ActionItems: Care.ADVICE,
    Recovery: Care.MEASURED,
    ExternalRecovery: Care.MEASURED,
    FixConfirmation: Care.MEASURED,
    HotfixCheck: Care.MEASURED,
    Regression: Care.MEASURED,
    MetricsVerification: Care.MEASURED,
    Scope: Care.MEASURED,
}
"""The reports whose words others read, and how closely they are compared with the book's of the same duty."""
OF_THE_WHOLE = (Timeline, RootCause, Impact, Prevention, ActionItems)
"""The parts of the post-mortem: they tell of the whole run, and may say what its record says."""
FOR_USERS = frozenset({"tell_users"})
"""Duties whose message is for users."""
PUBLISHED: dict[type[Report], tuple[str, ...]] = {StatusUpdate: ("impact", "current_action"), Message: ("text",)}
"""The fields that users read as they are."""
NO_WORDS = frozenset({"cites", "calculations"})
"""Fields that hold references and figures."""


def care_for(duty: Duty[Any]) -> Care | None:
    """How closely the words of a duty's report are compared; None where they do not leave."""
    return CARE.get(duty.report)


def objection(duty: Duty[Any], report: Report, by_book: Report, briefing: Briefing, checked: str = "") -> str:
    """Why the book's report has to stand in place of a model's; empty where the model's may leave.

    `checked`: further words whose numbers were checked against what they cite.
    """
    care = care_for(duty)
    if care is None:
        return ""
    text, book = "\n".join(words(report)), "\n".join(words(by_book))
    # the numbers of statements that cite events were checked against those
    cited = "\n".join([checked, *(s.text for s in statements(report))]) if care is Care.MEASURED else ""
    if isinstance(by_book, OF_THE_WHOLE):
        book = f"{book}\n{record_for(report, by_book, briefing)}"
    if why := added(compared(text, book, briefing, care, cited)):
        return f"the model's words add {why}, and the book's report does not say that"
    if why := secret_in(text, book):
        return f"the model's words may not leave: {why}"
    if why := misplaced(report, by_book, briefing, lambda text, there: added(compared(text, there, briefing, care))):
        return f"the model tells {why}"
    if _is_public(duty) and (why := _unpublishable(report, briefing)):
        return f"the model's words may not be published: {why}"
    return _repeats(report, by_book, briefing)


def _is_public(duty: Duty[Any]) -> bool:
    return duty.name in FOR_USERS or duty.report in (StatusUpdate, Brief, Notification)


def compared(text: str, book: str, briefing: Briefing, care: Care, has_numbers: str = "") -> Compared:
    """A text beside what bears it, with the names that this house knows."""
    services = briefing.catalogue.services
    features = [name for service in services.values() for name in service.features.values()]
    public = [*(service.public_name for service in services.values()), *features]
    insiders = [*services, *(service.owner for service in services.values())]
    return Compared(text, book, public, insiders, care, has_numbers, features)


def words(value: Any) -> list[str]:
    """All texts of a report, in their order; times and choices among given words are no texts."""
    if isinstance(value, BaseModel):
        fields = [
            name for name in type(value).model_fields if name not in NO_WORDS and not is_choice(type(value), name)
        ]
        return [text for name in fields for text in words(getattr(value, name))]
    if isinstance(value, list):
        return [text for part in cast(list[Any], value) for text in words(part)]
    return [value] if isinstance(value, str) else []


@cache
def is_choice(model: type[BaseModel], field: str) -> bool:
    """Whether a field holds one of some given words."""
    return "Literal[" in str(model.model_fields[field].annotation)


def _unpublishable(report: Report, briefing: Briefing) -> str:
    status = briefing.status if isinstance(report, StatusUpdate) else ""
    texts = [str(getattr(report, field)) for field in PUBLISHED.get(type(report), ())]
    return next((why for text in texts if (why := unfit(text, status, briefing.catalogue))), "")


def _repeats(report: Report, by_book: Report, briefing: Briefing) -> str:
    """Whether a status update says the same as the last one, word for word, though something has changed."""
    if not isinstance(report, StatusUpdate) or not isinstance(by_book, StatusUpdate):
        return ""
    is_repeated = [report.impact, report.current_action] == briefing.last_update_words
    has_changed = [by_book.impact, by_book.current_action] != briefing.last_update_words
    return "the model repeats the last update, and something has changed since" if is_repeated and has_changed else ""


LONGEST_FIELD = 600
"""Characters of one field."""
NUMBER_OF_SOMEBODY = "it holds a number of a card, an account or a telephone"
NEVER: dict[str, str] = {
    "it names an address": (
        r"\b[a-z][a-z0-9+.-]*://|\bwww\.|\b(?:mailto|tel|javascript|data):|\S@\S|\b\d{1,3}(?:\.\d{1,3}){3}\b"
        r"|(?<![\w.])(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:[^\W\d_]{2,}|xn--[\w-]+)\b|\blocalhost\b"
        r"|\b[a-z]\w*(?:-\w+)*-\d+\b"
        r"|\b[a-z][\w.-]*:\d{2,5}\b"
    ),
    NUMBER_OF_SOMEBODY: (
        r"(?<!\d)(?:\d[ .-]?){12,18}\d(?!\d)|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,}|\+\d[\d ()/-]{6,}\d"
    ),
    "it holds what a program wrote": (
        r"traceback|stack ?trace|\bat [\w.$<>]+\(|\bfile \"|, line \d+|caused by:|\bpanic:|\bfatal:|\bsegfault"
        r"|\b[a-z]+[a-z0-9]*(?:error|exception|timeoutexception)\b(?<!\berror)(?<!\bexception)"
        r"|\b0x[0-9a-f]+|\berrno\b|\bsqlstate|(?-i:\bE[A-Z]{5,}\b)|\w\(\)|\bnull ?pointer|(?<!\w)/[\w.-]+/[\w./-]+"
        r"|\bselect .+ from\b|\w+_\w+|\b\w+::\w+|\bhttp [45]\d\d\b|\b[45]xx\b|\boom-?killed\b|\bout of memory\b"
    ),
    "it holds markup": r"[<>`|\\{}]|\]\(|\*\*|__|^ *#|&#?\w+;|@(?:here|channel|everyone|all)\b",
}
"""What is never fit, by the reason."""
NEVER_FIT = {why: re.compile(pattern, re.IGNORECASE | re.MULTILINE) for why, pattern in NEVER.items()}
MAY_BE_IPV6 = re.compile(r"(?i)[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*")
LASTING = re.compile(
    r"\b(?:persists?|ongoing|still (?:down|failing|unavailable|offline|not)|not (?:yet )?(?:resolved|over))\b"
)
"""What the end of an incident does not go with."""
ENDING = frozenset({"Monitoring", "Resolved"})


def unfit(text: str, status: str, catalogue: Catalogue) -> str:
    """Why words may not be published; empty where they may. Without a status only a plain "it is over" is held back."""
    if sanitize(text) != text:
        return "it holds characters that nobody sees"
    if redacted(text) != text or "[redacted]" in text:
        return "it holds a secret"
    if len(text) > LONGEST_FIELD:
        return f"it has more than {LONGEST_FIELD} characters"
    never = next((why for why, pattern in NEVER_FIT.items() if pattern.search(text)), "")
    if never:
        return never
    if any(_is_address(found[0]) for found in MAY_BE_IPV6.finditer(text)):
        return "it names an address"
    named = next((name for name in _internal(catalogue) if re.search(rf"(?i)(?<!\w){re.escape(name)}\b", text)), "")
    return "it uses an internal name" if named else _against_status(text, status, catalogue)


def secret_in(text: str, book: str) -> str:
    """Why words may not even be read inside the house; empty where they may. What the book's words hold may stand."""
    if sanitize(text) != text:
        return "they hold characters that nobody sees"
    if redacted(text) != text:
        return "they hold a secret"
    numbers = NEVER_FIT[NUMBER_OF_SOMEBODY].finditer(text)
    return NUMBER_OF_SOMEBODY.replace("it holds", "they hold") if any(n[0] not in book for n in numbers) else ""


def _against_status(text: str, status: str, catalogue: Catalogue) -> str:
    """Whether it says that something is over or down while the status says the contrary."""
    names = [name for one in catalogue.services.values() for name in (one.public_name, *one.features.values())]
    groups = {claim.group for claim in claims(text, names) if not claim.is_denied and claim.is_certain}
    if status in ENDING:
        goes_on = "down" in groups or LASTING.search(plainly(text, names))
        return f"it says that something is down while the status is {status}" if goes_on else ""
    ended = {"resolved", "works"} if status else {"resolved"}
    return "it says that the incident is over" if groups & ended else ""


def _is_address(written: str) -> bool:
    try:
        ip_address(written.strip("."))
    except ValueError:
        return False
    return True


def _internal(catalogue: Catalogue) -> list[str]:
    """Names that only insiders use: compound ones that no public name contains, and those of declared endpoints."""
    known = catalogue.services.values()
    public = " ".join(name for one in known for name in (one.public_name, *one.features.values())).lower()
    endpoints = [re.split(r"[*?\[]", endpoint)[0].strip("/") for one in known for endpoint in one.features]
    names = [*catalogue.services, *endpoints]
    compound = [name for name in names if re.search(r"[-_/.]", name) and name.lower() not in public]
    return [*compound, *(f"/{name}" for name in endpoints if name)]
