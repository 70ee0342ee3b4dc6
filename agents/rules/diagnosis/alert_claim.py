"""What an alert claims, and whether anything that is read here could confirm or refute it."""

import re

from agents.rules.writing.wording import short
from agents.runtime.briefing import Alert

MEASURED = re.compile(
    r"error|fail|5xx|\b50\d\b|exception|availability|success|budget|probe|check(?!out)"
    r"|latency|slow|response time|p9\d|percentile|duration|time ?out|\bhang|\bhung\b"
    r"|traffic|requests?|visits|visitors|throughput|\b(?:over|work)?load\b|\brps\b"
    r"|\bdown\b|unreachable|not (?:respond|answer|available|ready)|does not (?:respond|answer|run)|unavailable|offline"
    r"|nothing can be|\bup\b|scrape|instance|restart|crash|replica|\bpod\b|\bnode\b|\boom"
    r"|cpu|memory|disk|volume|storage|saturat|connections?\b|network|replication|integrity"
    r"|\bscript|browser|page load|blank"
)
"""Words for what is read of every service: errors, latency, traffic, whether it runs, its resources, its pages."""


DENIED = re.compile(r"\b(?:no|without(?: an?)?) (?:\w+ )?(?:errors?|failures?|exceptions?)\b")
"""What an alert says is not so: “no error shown” claims no error."""


WARNS = re.compile(
    r"\bexpir(?:es|ing|y|ation)\b.{0,40}\b(?:soon|in|within|days?|hours?|weeks?)\b|\b(?:will|about to) (?:soon )?"
    r"(?:expire|run out|fill|be full|exceed|reach)\b|\b(?:days?|hours?|weeks?) (?:left|until|remaining|before)\b"
    r"|\bruns? out (?:soon|in|within)\b|\b(?:fills?(?: up)?|full) (?:soon|in|within)\b"
)
"""Words of what is to come."""


def warning(alert: Alert) -> str:
    """What the alert says is to come, where it is no failure yet; empty where it tells of something that is."""
    return f"“{short(alert.title)}”" if WARNS.search(_words(alert)) else ""


def unanswered(alert: Alert) -> str:
    """What the alert is about where nothing that is read of a service measures that; empty where something does.

    It errs on the side of a person: an alert whose words say nothing known is not refuted by calm figures.
    """
    return "" if MEASURED.search(DENIED.sub("", _words(alert))) else f"“{short(alert.title)}”"


def _words(alert: Alert) -> str:
    """The alert's own words and what its rule is called, in small letters."""
    labels = " ".join(
        f"{name} {value}" for name, value in alert.labels.items() if name in ("alertname", "check", "metric")
    )
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", f"{alert.title} {alert.description} {labels} {alert.value}")
    return words.lower()
