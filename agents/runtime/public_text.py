"""Public words: what may stand on the status page. Nothing internal, no secret, no end that is not established."""

import re

from agents.io.catalogue import Catalogue
from agents.io.redaction import redacted

ADDRESS = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){3,}[0-9a-f:]+\b"
)
HOST = re.compile(
    r"(?i)\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:internal|local|localdomain|corp|lan|svc|intra|com|net|org|io|cloud)\b"
)
ENDED = re.compile(r"(?i)\b(?:resolved|all clear|fully restored|incident (?:is )?(?:over|closed))\b")
MARKUP = re.compile(r"[<>]|\]\(|javascript:|[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")
ENDING = frozenset({"Monitoring", "Resolved"})


def unfit(text: str, status: str, catalogue: Catalogue) -> str:
    """Why words may not be published; empty where they may."""
    if redacted(text) != text or "[redacted]" in text:
        return "it holds a secret"
    if ADDRESS.search(text) or HOST.search(text):
        return "it names an address"
    if MARKUP.search(text):
        return "it holds markup"
    if status not in ENDING and ENDED.search(text):
        return "it says that the incident is over"
    named = next((name for name in _internal(catalogue) if re.search(rf"(?i)\b{re.escape(name)}\b", text)), "")
    return "it uses an internal name" if named else ""


def _internal(catalogue: Catalogue) -> list[str]:
    """Names that only insiders use: compound ones that no public name contains."""
    public = " ".join(service.public_name for service in catalogue.services.values()).lower()
    return [name for name in catalogue.services if re.search("[-_]", name) and name.lower() not in public]
