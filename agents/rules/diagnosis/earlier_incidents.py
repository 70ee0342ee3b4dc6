"""Earlier incidents that look like this one, and what helped then: a lead to check, and no proof of the cause now."""

import re
from collections.abc import Iterable

from agents.readings.history import PastAct, PastIncident, PastIncidents
from agents.readings.production import LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Conclusion
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.writing.testimony import blamed
from agents.rules.writing.wording import listed, short
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.ports import past_incidents

MOST = 2
"""Leads that are told: more are a list, and no lead."""
FIGURES = re.compile(r"\d[\d.,:]*")
NO_PROOF = "This is a lead, and no proof of the cause now."
OUTCOMES = {
    "helped": "after which recovery was measured",
    "did not help": "which did not help",
    "failed": "which could not be done",
    "refused": "which was refused",
    "not measured": "and whether that helped was not measured",
}
"""What came of an act -> that in words."""


async def leads(briefing: Briefing, context: DutyContext, patterns: Iterable[LogPattern]) -> list[Claim]:
    """The newest incidents of the alerted service with the same alert or the same error lines."""
    read = await ask(context, past_incidents, briefing.service)
    if read.value is None:
        return []
    lines = [pattern.signature for pattern in patterns]
    alike = [
        (one, how) for one in read.value.incidents if (how := _alike(one, briefing.alert) or _same_line(one, lines))
    ]
    return [Claim(text=f"{_ended(one, how)}. {NO_PROOF}", cites=[read.ref]) for one, how in alike[:MOST]]


def lead(past: PastIncidents, alert: Alert, conclusion: Conclusion | None, deed: tuple[str, str]) -> str:
    """What the newest incident like this one says to the person who decides; empty where there is none.

    `deed`: the action and the service that are asked about; an incident in which just that was done comes first.
    """
    alike = [(one, how) for one in past.incidents if (how := _alike(one, alert) or _same_cause(one, conclusion))]
    if not alike:
        return ""
    with_deed = [(one, how) for one, how in alike if any((act.action, act.service) == deed for act in one.acts)]
    one, how = (with_deed or alike)[0]
    return f"{_ended(one, how)}. {NO_PROOF}"


def _alike(past: PastIncident, alert: Alert) -> str:
    return "the same alert" if _name(past.alert) == _name(alert.title) else ""


def _name(title: str) -> str:
    """An alert's name without the figures of one day."""
    return " ".join(FIGURES.sub("", title).lower().split())


def _same_line(past: PastIncident, lines: list[str]) -> str:
    """The same line; or one of the same class, where that class says what fails."""
    known = class_of(past.signature)
    if past.signature and past.signature in lines:
        return f"an incident with the same error line (“{short(past.signature)}”)"
    if past.signature and known.means and any(class_of(line) is known for line in lines):
        return f"an incident with error lines of the same kind ({known.name})"
    return ""


def _same_cause(past: PastIncident, conclusion: Conclusion | None) -> str:
    if (
        conclusion is None
        or conclusion.cause is None
        or (past.cause, past.component)
        != (
            conclusion.cause,
            conclusion.component,
        )
    ):
        return ""
    return f"an incident of the same cause ({blamed(past.cause, past.component)})"


def _ended(past: PastIncident, how: str) -> str:
    """On 3 November 2026 the same alert ended with the restart of shop, after which recovery was measured (run …)."""
    day = f"{past.written_at.day} {past.written_at:%B %Y}"
    if not past.acts:
        return f"On {day} {how} ended without an act that is on record (run {past.run})"
    *before, last = past.acts
    verb = "ended with" if last.outcome in ("helped", "not measured") else "saw"
    by_hand = f"this said: “{last.what}”" if not last.action else f"the {last.what}"
    others = listed([_in_short(act) for act in before[-MOST:]])
    rest = f"; before that, {others}" if others else ""
    return f"On {day} {how} {verb} {by_hand}, {OUTCOMES[last.outcome]} (run {past.run}{rest})"


def _in_short(act: PastAct) -> str:
    what = f"the {act.what}" if act.action else f"“{act.what}”"
    return f"{what}, {OUTCOMES[act.outcome]}"
