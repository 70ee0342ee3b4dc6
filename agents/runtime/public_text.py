"""Public words: what may stand on the status page. Nothing internal, no secret, no state that the status denies."""

import re
from ipaddress import ip_address

from agents.io.catalogue import Catalogue
from agents.io.outside_text import sanitize
from agents.io.redaction import redacted
from agents.runtime.public_claims import claims, plainly

LONGEST = 600
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
    if len(text) > LONGEST:
        return f"it has more than {LONGEST} characters"
    never = next((why for why, pattern in NEVER_FIT.items() if pattern.search(text)), "")
    if never:
        return never
    if any(_is_address(found[0]) for found in MAY_BE_IPV6.finditer(text)):
        return "it names an address"
    named = next((name for name in _internal(catalogue) if re.search(rf"(?i)\b{re.escape(name)}\b", text)), "")
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
    names = [service.public_name for service in catalogue.services.values()]
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
    """Names that only insiders use: compound ones that no public name contains."""
    public = " ".join(service.public_name for service in catalogue.services.values()).lower()
    return [name for name in catalogue.services if re.search("[-_]", name) and name.lower() not in public]
