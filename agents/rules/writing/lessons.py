"""Lessons: what would have prevented an incident, or shortened it, by the kind of its cause."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from agents.io.act_kinds import ACT_KINDS
from agents.reports.basis import Cause, Claim
from agents.reports.investigation import Hypothesis
from agents.reports.post_mortem import TimelineEntry
from agents.rules.writing import beginning, extent, testimony
from agents.rules.writing.ending import is_end_measured, last_act, was_called_for
from agents.rules.writing.public_wording import is_confirmed
from agents.rules.writing.refuted import against_cause
from agents.rules.writing.wording import at, lasting, listed, short
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.ledger import FAILS, Act, Statement
from agents.runtime.symptoms import symptom


class Lesson(NamedTuple):
    """A measure per kind of prevention, and why the fault was not caught."""

    monitoring: str
    testing: str
    process: str
    infrastructure: str
    not_caught: str
    where_it_ends: str
    """What the transcript does not show, or what would show more: the last why."""


LESSONS: dict[Cause, Lesson] = {
    "recent deployment": Lesson(
        "Add an alert on {component} after each deployment: its error rate and latency in the 15 minutes after it "
        "against the hour before; it fires in a test",
        "Add a test before deployment that covers what {version} broke in {component}{evidence}; it fails on {version}",
        "Roll out new versions of {component} to a small share of traffic first, and stop when errors rise",
        "Roll back a deployment of {component} automatically when it fails its first checks",
        "No check of {version} before production is in the transcript; its failure there is the first sign",
        "Which checks {version} passed, and whether it was rolled out step by step, is not in the transcript",
    ),
    "infrastructure": Lesson(
        "Add an alert on {component} for this failure{evidence}; it fires in a test",
        "Add a drill of this failure of {component}, and of what ended it",
        "Write into the runbook of {component} how this failure shows itself, and what ended it",
        "{next_time}",
        "No earlier warning on {component} is in the transcript",
        "What led to this failure of {component} is not in the transcript{beyond}",
    ),
    "code bug": Lesson(
        "Add an alert on new error signatures of {component} at more than one a minute; it fires in a test",
        "Add a regression test of {component} for this fault{evidence}; it fails on the code that had it",
        "Put risky changes of {component} behind a switch, and review a switch that is turned on like a deployment",
        "Let {component} fail only the request that meets the fault, not those beside it",
        "No deployment announced it; the failure itself is the first sign in the transcript",
        "Which test should have met this case is not in the transcript",
    ),
    "external dependency": Lesson(
        "Add an alert on the error rate and latency of our calls to {component}; it does not wait for its status page",
        "Add a drill in which {component} does not answer, and check what users see",
        "Write down who calls the support of {component}, and when to switch to the fallback",
        "Keep a tested fallback or cache for {component}, with a time limit on each call",
        "The fault lies outside; the failure itself is the first sign in the transcript",
        "Why {component} failed is for those who run it to say",
    ),
}
BEFORE_USERS = (
    "Add an alert on {component} that fires before users notice what happened here{evidence}; it fires in a test"
)
"""Of infrastructure whose first sign was measured before users were hurt."""
SOONER = "Add an alert on {component} that fires sooner than {late} after the harm began{evidence}; it fires in a test"
"""Of infrastructure where the alert came late."""
FIRED = "None: an alert on {component} fired in this incident, “{fired}”"
"""Of whatever an alert on the component is asked for, where one came in time."""
IS_ENOUGH = (
    "Check whether the alert “{fired}” is enough for this cause{evidence}, or whether {component} needs one of its own"
)
"""The same of infrastructure, where a person named a cause, or the alert says something else: it may not tell it."""
CAME_LATE = (
    "Check whether the alert “{fired}”, which came {fired_after} after the harm began, is enough for this"
    " cause{evidence} and can fire sooner, or whether {component} needs one of its own"
)
"""The same, where it did not come in time."""
WARNED = "The first alert on {component}, “{fired}”, came at {fired_at}; no warning before it is in the transcript"
"""Of infrastructure where an alert on the component came: why it was not caught earlier."""
EARLY_SIGN = 2
"""Minutes from the first sign to the first harm from which an alert can come between them."""
FIGURE = re.compile(r"(?<![\w.:/-])(?:\d{4}-\d\d-\d\d|\d\d:\d\d|\d[\d,]*(?:\.\d+)?)(?![\w:/-]|\.\d)")
"""A figure, a date or a time of day; not a digit in a name, an address or a version."""
IN_THE_PAST = (
    (re.compile(r"\bdoes not (?=(?:run|answer)\b)"), "did not "),
    (re.compile(r"\bis(?= (?:0|(?:not )?ready|in trouble)\b)"), "was"),
    (re.compile(r"\bare(?= (?:not )?ready\b)"), "were"),
    (re.compile(r"\bwait(?= for\b)"), "waited"),
)
"""What the readings say of the moment at which they were taken."""
SINCE = re.compile(r"\bsince ((?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC)")
FROM = re.compile(r" (?:since|from) (?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC(?: on)?")
NEXT_TIME: dict[str, str] = {
    "failover": "Fail {component} over to its standby automatically when this happens, or write down why people decide",
    "restart": "Restart {component} automatically when it no longer answers",
    "scale": "Scale {component} automatically with its load, up to a limit",
}
"""Of infrastructure, by the act that was made at it."""
NO_ANSWER_FROM = 0.95
"""Share of failed requests, or of failed checks, from which a component was down: what diagnosing calls so."""
DECIDE = "Decide what would keep"
NEXT_TIME_ELSE = f"{DECIDE} this failure of {{component}} from coming back, or from reaching users"
NO_GAP = "None is known"
MOST_UNREAD = 3
NOTHING_WRONG = Lesson(
    "Review the rule of the alert “{alert}”: what it counts, when it fires, and whether it is needed at all",
    "Before it calls anybody again, replay last month's signals of {service} against its rule, and count false alarms",
    "Let the alert's owner confirm that what it fires on asks for action",
    "None: nothing in the infrastructure failed",
    "There was nothing to catch: no signal was out of its usual range",
    "The alert's rule was not part of the investigation",
)
RULE_CHANGED = (
    "Review what was done about the rule of the alert “{alert}”{evidence}: what alerts on this now, and whether that is"
    " right"
)
"""Where a person told that they did something about it."""
CAUSE_NOT_FOUND = Lesson(
    "Add an alert on what was seen of {component} in this incident, so that it is noticed early if it comes back",
    "Go through the changes and first signs on {component} with its owners, and try to reproduce what fits",
    "Write into {component}'s runbook that a repeat within 30 days is the same incident",
    "{gaps}",
    "Not known, as its cause was not found",
    "{unseen}",
)
"""Of what was read; nothing is called missing that was not."""
TO_BE_CONFIRMED = Lesson(
    "Add an alert on {component} that fires on what was seen here{evidence}; it fires in a test",
    "Confirm the cause outside production, and add the test that would have shown it ({suspected})",
    f"{DECIDE} this from happening again, with those who run {{component}}, once the cause is confirmed",
    "Repair {component} lastingly, once the cause is confirmed",
    "",
    "",
)
"""Of a cause that was concluded, and that neither a person nor a change that helped has confirmed."""
FOR_ANY_FAILURE = frozenset(
    lesson.monitoring
    for lesson in (
        LESSONS["recent deployment"],
        LESSONS["infrastructure"],
        LESSONS["external dependency"],
        CAUSE_NOT_FOUND,
        TO_BE_CONFIRMED,
    )
)
"""Alerts that are asked for on a component, and that one on this failure is when it fires in time."""


def chosen(briefing: Briefing) -> Hypothesis | None:
    """The hypothesis that was concluded, each of its readings once."""
    conclusion = briefing.conclusion
    if conclusion is None or conclusion.verdict != "cause found":
        return None
    found = (h for h in conclusion.hypotheses if h.status != "ruled out" and h.cause == conclusion.cause)
    return next(map(_with_last_figures, found), None)


def _with_last_figures(hypothesis: Hypothesis) -> Hypothesis:
    """Of what several roles read, moments apart, the last, also where the cause quotes an earlier one."""
    last = {FIGURE.sub("", claim.text): claim for claim in hypothesis.support}
    words = hypothesis.statement
    for claim in hypothesis.support:
        before, quoted, after = words.partition(claim.text)
        if quoted and not before[-1:].isdigit():
            words = f"{before}{last[FIGURE.sub('', claim.text)].text}{after}"
    return hypothesis.model_copy(update={"statement": words, "support": list(last.values())})


def as_it_was(words: str) -> str:
    """What a reading told of its own moment, in the past."""
    return _but_for_quotations(words, _in_the_past)


def without_since(words: str) -> str:
    """The same without since when it was so: for a line that has a time of its own."""
    return _but_for_quotations(words, lambda part: FROM.sub("", part))


def _but_for_quotations(words: str, change: Callable[[str], str]) -> str:
    return "".join(part if part.startswith("“") else change(part) for part in re.split("(“[^”]*”)", words))


def _in_the_past(words: str) -> str:
    told = words
    for present, past in IN_THE_PAST:
        told = present.sub(past, told)
    return told if told == words else SINCE.sub(r"from \1 on", told)


def told_by(briefing: Briefing) -> Statement | None:
    """The person's statement that names the cause that was concluded, with words of their own."""
    found = briefing.conclusion
    if found is None or found.verdict != "cause found":
        return None
    named = (found.cause, found.component)
    told = (said for said in reversed(briefing.ledger.statements) if (said.cause, said.component) == named)
    return next((said for said in told if said.words.strip()), None)


def cause_in_words(briefing: Briefing) -> str:
    """The cause that was concluded, without a full stop; where a person named it, in their words too.

    Such as: on-call: “the certificate has run out” (infrastructure of shop). Empty where no cause was found.
    """
    hypothesis, said = chosen(briefing), told_by(briefing)
    measured = as_it_was(short(hypothesis.statement, 140).rstrip(".")) if hypothesis else ""
    if said is None:
        return measured
    named = testimony.blamed(said.cause, said.component)
    told = f"{testimony.name_of(said)}: “{testimony.spoken(said, 300)}” ({named})"
    people = {one.cite for one in briefing.ledger.statements}
    is_read = hypothesis is not None and any(set(claim.cites) - people for claim in hypothesis.support)
    return f"{measured}; {told}" if is_read else told


def against_what_was_told(briefing: Briefing) -> list[Claim]:
    """What was read by name against the cause that was concluded as a person named it."""
    said = told_by(briefing)
    return against_cause(said.cause, said.component, briefing) if said is not None else []


def suspicion(briefing: Briefing) -> Claim | None:
    """What was concluded on the way with more than low confidence and not confirmed; None where a cause was found.

    Such as: Suspected since 03:08 UTC, and not confirmed: recent deployment of checkout (2.14 was deployed at 03:02).
    """
    firm = [one for one in briefing.ledger.suspected if one.is_firm]
    if chosen(briefing) is not None or not firm:
        return None
    named = (firm[-1].cause, firm[-1].component)
    since = next(one.at for one in firm if (one.cause, one.component) == named)
    found = f" ({as_it_was(short(firm[-1].words, 140).rstrip('.'))})" if firm[-1].words else ""
    text = f"Suspected since {at(since, briefing.started_at)}, and not confirmed: {testimony.blamed(*named)}{found}."
    return Claim(text=text, cites=[firm[-1].cite])


def as_far_as_known(briefing: Briefing) -> Claim | None:
    """Where no cause was found: what was suspected, or else how far the last round that saw trouble came."""
    suspected, narrowed = suspicion(briefing), briefing.ledger.narrowed
    if suspected is not None or narrowed is None or chosen(briefing) is not None:
        return suspected
    if _failing_below(briefing, narrowed.component):
        return None
    text = f"As far as it was known at {at(narrowed.at, briefing.started_at)}: {narrowed.words}"
    return Claim(text=text, cites=[narrowed.cite])


def component_of(briefing: Briefing) -> str:
    """Whose incident it was: the component that is blamed; without a cause, what was measured to fail below it.

    A later look, when that works again, does not lead away from it.
    """
    found = briefing.conclusion
    blamed = (found.component if found else None) or briefing.service
    below = [] if chosen(briefing) else _failing_below(briefing, blamed)
    return below[-1] if below else blamed


def _is_to_be_automatic(act: Act, briefing: Briefing) -> bool:
    """Whether a change that was needed may be made next time without anybody: a restart, where nothing ran."""
    is_of_use = act.action != "restart" or was_down(briefing, act.service)
    return act.action in NEXT_TIME and is_of_use and was_called_for(act, briefing)


def was_down(briefing: Briefing, component: str) -> bool:
    """Whether a component did not run, or answered next to nothing."""
    hypothesis, own = chosen(briefing), [entry for entry in extent.hurt(briefing) if entry.service == component]
    if hypothesis is not None and "does not run" in hypothesis.statement:
        return True
    return any(e.kind in ("errors", "refused", "down") and (e.worst or 0.0) >= NO_ANSWER_FROM for e in own)


def _failing_below(briefing: Briefing, component: str) -> list[str]:
    """What a component depends on and was measured to fail, the nearest first."""
    failed = {entry.service for entry in extent.hurt(briefing) if entry.kind in FAILS}
    return [name for name in briefing.catalogue.downstream(component)[1:] if name in failed]


def _not_seen(briefing: Briefing) -> list[str]:
    """The first readings that were asked for in vain, and how many more there are."""
    unread = [re.sub(r"^\w+(?= of )", lambda tool: tool[0].replace("_", " "), one) for one in briefing.ledger.unread]
    more = [f"and {len(unread) - MOST_UNREAD} more"] if len(unread) > MOST_UNREAD else []
    return [*(short(said, 100) for said in unread[:MOST_UNREAD]), *more]


def _of_cause(briefing: Briefing, cause: Cause) -> Lesson:
    """What a kind of cause teaches, in no names yet."""
    found = LESSONS[cause]
    if not is_confirmed(briefing):
        return TO_BE_CONFIRMED._replace(not_caught=found.not_caught, where_it_ends=found.where_it_ends)
    first, sign = briefing.ledger.first_damage(briefing.detected_at), beginning.introduced(briefing)
    if cause != "infrastructure" or first is None:
        return found
    is_early = sign is not None and first - sign >= EARLY_SIGN * briefing.minute
    if is_early and briefing.started_at >= first:
        return found._replace(monitoring=BEFORE_USERS)
    return found._replace(monitoring=SOONER) if _late(briefing.started_at, briefing) >= briefing.ledger.gap else found


def alert_on_it(briefing: Briefing) -> TimelineEntry | None:
    """The alert on what failed that came beside harm that was measured, whatever it told of."""
    first = briefing.ledger.first_damage(briefing.detected_at)
    return briefing.ledger.alerted.get(component_of(briefing)) if first is not None else None


def _beside(fired: TimelineEntry, asked: str, component: str, briefing: Briefing, is_named: bool) -> str:
    """What is left of a task that asks for an alert, where one came: of another failure it says nothing."""
    is_of_this = _tells_of_this(fired, component, briefing)
    if _late(fired.at, briefing) >= briefing.ledger.gap:
        is_asked = asked == LESSONS["infrastructure"].monitoring and component != briefing.service
        return CAME_LATE if is_asked else asked
    if asked == LESSONS["infrastructure"].monitoring:
        return FIRED if is_of_this and not is_named else IS_ENOUGH
    return FIRED if is_of_this else asked


def _tells_of_this(fired: TimelineEntry, component: str, briefing: Briefing) -> bool:
    """Whether it is the alert that this began with, or says the same failure."""
    said, own = symptom(Alert(title=fired.what)), symptom(briefing.alert)
    is_own = component == briefing.service and fired.what == briefing.alert.title
    return is_own or (said != "unknown" and said == own)


def _late(alerted_at: datetime, briefing: Briefing) -> timedelta:
    """How long after the first harm an alert came."""
    first = briefing.ledger.first_damage(briefing.detected_at)
    return alerted_at - (first or alerted_at)


def _beyond_people(briefing: Briefing) -> str:
    """Whose words may tell what led to it; empty where nobody told anything."""
    who = dict.fromkeys(map(testimony.name_of, testimony.accounts(briefing.ledger)))
    return f", beyond what {listed(list(who))} said" if who else ""


def _of_alert(fired: TimelineEntry | None, briefing: Briefing) -> dict[str, str]:
    """What the lessons tell of an alert on the component."""
    if fired is None:
        return {}
    after = lasting(_late(fired.at, briefing), briefing.minute)
    return {"fired": short(fired.what, 60), "fired_at": at(fired.at, briefing.started_at), "fired_after": after}


def lesson(briefing: Briefing) -> Lesson:
    """What this incident teaches, in its own names."""
    conclusion, hypothesis = briefing.conclusion, chosen(briefing)
    unseen, said = _not_seen(briefing), told_by(briefing)
    component = component_of(briefing)
    if conclusion is not None and conclusion.verdict == "cause found" and conclusion.cause is not None:
        found = _of_cause(briefing, conclusion.cause)
    elif extent.was_false_alert(briefing):
        said = testimony.of_the_alert(briefing.ledger)
        found = NOTHING_WRONG._replace(monitoring=RULE_CHANGED) if said else NOTHING_WRONG
    else:
        found = CAUSE_NOT_FOUND
        if suspicion(briefing):
            found = found._replace(not_caught="Not known, as what was suspected was not confirmed")
        elif (act := last_act(briefing)) is not None and act.action in ACT_KINDS and is_end_measured(briefing):
            found = found._replace(not_caught="Not known, as it ended after a mitigation, before its cause was seen")
    fired = alert_on_it(briefing)
    if fired and found.not_caught == LESSONS["infrastructure"].not_caught:
        found = found._replace(not_caught=WARNED)
    if found.monitoring in FOR_ANY_FAILURE and fired:
        found = found._replace(monitoring=_beside(fired, found.monitoring, component, briefing, said is not None))
    shown = f"“{hypothesis.signature}”" if hypothesis and hypothesis.signature else ""
    shown = shown or (testimony.quoted(said) if said else "")
    acts = [
        act.action for act in briefing.ledger.acts if act.service == component and _is_to_be_automatic(act, briefing)
    ]
    names = {
        "service": briefing.service,
        "alert": short(briefing.alert.title, 60),
        "component": component,
        "version": (hypothesis.version if hypothesis else "") or "the version",
        "evidence": f" ({shown})" if shown else "",
        "late": lasting(_late(briefing.started_at, briefing), briefing.minute),
        "beyond": _beyond_people(briefing),
        **_of_alert(fired, briefing),
        "suspected": short(hypothesis.statement, 140).rstrip(".") if hypothesis else "what was concluded",
        "gaps": f"Make sure that this can be read next time: {'; '.join(unseen)}" if unseen else NO_GAP,
        "unseen": f"Not read: {'; '.join(unseen)}" if unseen else "What would show more is not known",
        "next_time": (NEXT_TIME[acts[-1]] if acts else NEXT_TIME_ELSE).format(component=component),
    }
    return Lesson(*(words.format(**names) for words in found))
