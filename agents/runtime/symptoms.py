"""Symptoms: what an alert complains about, by its words."""

import re
from typing import Literal

from agents.runtime.briefing import Alert

Symptom = Literal["unavailable", "errors", "slow", "data", "security", "client side", "cosmetic", "unknown"]
SYMPTOM_WORDS: dict[Symptom, str] = {
    "security": r"breach|intru|unauthori[sz]ed access|exfiltrat|leak(ed|ing)? (data|credential|record)|suspicious"
    r"|ddos|attack|(sign|log)-?ins?\b.{0,40}\b(not|never|nobody|unknown)\b|stolen|hijack|take-?over|taken over"
    r"|(somebody|someone) else'?s?\b|other (customers?|tenants?|users?)'? (data|documents?|orders?|accounts?)",
    "data": r"corrupt|data loss|lost (data|record)|integrity|checksum|damaged|missing (orders|records|rows)"
    r"|wrong (data|balance)|\b(have|has) lost (?!connect)"
    r"|(?<!metrics )(?<!samples )(?<!series )(?<!target )(?<!targets )(?<!logs )\b(are|is|went) (missing|gone|lost)\b"
    r"|(charged|paid|sent|booked) twice|duplicat",
    "client side": r"browser|javascript|script error|client.side|blank page|white page|mobile app|page load",
    "unavailable": r"\bdown\b|unavailab|unreachable|outage|not respond|no answer|cannot be reached|nobody can|crash"
    r"|probe fail",
    "cosmetic": r"\btypo|styling|cosmetic|misalign|colou?r|\bfont|wording|\blayout|\bicon|overlap|\bcss\b",
    "errors": r"error|fail|5\d\d\b|exception|reject|declin|denied",
    "slow": r"slow|latency|timeouts?|timed out|p9\d|response time|\blag\b|queue|delay|saturat|\bcpu\b|memory|\bdisk\b",
}
"""Where two fit, the one that could harm users more comes first; "cosmetic" before the vague words of "errors"."""


def symptom(alert: Alert) -> Symptom:
    """What the alert complains about."""
    text = " ".join([alert.title, alert.description, *alert.labels.values()])
    for name, words in SYMPTOM_WORDS.items():
        if re.search(words, text, re.IGNORECASE):
            return name
    return "unknown"
