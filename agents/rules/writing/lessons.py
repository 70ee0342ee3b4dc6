"""Lessons: what would have prevented an incident, or shortened it, by the kind of its cause."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from agents.io.act_kinds import ACT_KINDS
from agents.reports.basis import Cause, Claim
from agents.reports.investigation import Hypothesis
from agents.reports.post_mortem import TimelineEntry
from agents.rules.writing import beginning, extent, testimony
from agents.rules.writing.ending import is_end_measured, last_act, was_called_for
from agents.rules.writing.measures import (
    BEFORE_USERS,
    CAME_LATE,
    CAUSE_NOT_FOUND,
    FIRED,
    FOR_ANY_FAILURE,
    IS_ENOUGH,
    IS_ENOUGH_HERE,
    LESSONS,
    NEXT_TIME,
    NEXT_TIME_ELSE,
    NO_GAP,
    NOTHING_WRONG,
    RULE_CHANGED,
    SOONER,
    TO_BE_CONFIRMED,
    WARNED,
    Lesson,
)
from agents.rules.writing.public_wording import is_confirmed
from agents.rules.writing.refuted import against_cause
from agents.rules.writing.wording import at, lasting, listed, short
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.ledger import FAILS, Act, Statement
from agents.runtime.symptoms import symptom

EARLY_SIGN = 2
"""Minutes from the first sign to the first harm from which an alert can come between them."""
FIGURE = re.compile(r"(?<![\w.:/-])(?:\d{4}-\d\d-\d\d|\d\d:\d\d|\d[\d,]*(?:\.\d+)?)(?![\w:/-]|\.\d)")
"""A figure, a date or a time of day; not a digit in a name, an address or a version."""
IN_THE_PAST = (
    (re.compile(r"\bdo(?:es)? not (?=(?:run|answer)\b)"), "did not "),
    (re.compile(r"\bis(?= (?:0|(?:not )?ready|in trouble)\b)"), "was"),
    (re.compile(r"\bare(?= (?:not )?ready\b)"), "were"),
    (re.compile(r"\b(\d+ sessions (?:of \S+ )?)wait(?= for\b)"), r"\1waited"),
)
"""What the readings say of the moment at which they were taken."""
SINCE = re.compile(r"\bsince ((?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC)")
FROM = re.compile(r" (?:since|from) (?:\d{4}-\d\d-\d\d )?\d\d:\d\d UTC\b(?: on\b)?(?! (?:to|until)\b)")
WOULD_SHOW_MORE = re.compile(r" (?:Not seen|What would decide): .*$", re.S)
"""What a round of investigation asks for; in a post-mortem the lessons tell it."""
NO_ANSWER_FROM = 0.95
"""Share of failed requests, or of failed checks, from which a component was down: what diagnosing calls so."""
MOST_UNREAD = 3
MEASURES = ("monitoring", "testing", "process", "infrastructure")
TEXTS = (*MEASURES, "not_caught", "where_it_ends")


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
    told = [said for said in briefing.ledger.statements if (said.cause, said.component) == named and said.words.strip()]
    return next(reversed(testimony.first_of_each(told)), None)


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
    found = as_it_was(WOULD_SHOW_MORE.sub("", narrowed.words))
    text = f"As far as it was known at {at(narrowed.at, briefing.started_at)}: {found}"
    return Claim(text=text, cites=[narrowed.cite])


def component_of(briefing: Briefing) -> str:
    """Whose incident it was: the component that is blamed; without a cause, what was measured to fail below it.

    A later look, when that works again, does not lead away from it.
    """
    found = briefing.conclusion
    blamed = (found.component if found else None) or briefing.service
    below = [] if chosen(briefing) else _failing_below(briefing, blamed)
    return below[-1] if below else blamed


def _is_automatic(act: Act, briefing: Briefing) -> bool:
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


def _beside(fired: TimelineEntry, asked: str, component: str, briefing: Briefing) -> str:
    """What is left of a task that asks for an alert, where one came: of another failure it says nothing."""
    is_of_this = _tells_of_this(fired, component, briefing)
    if _late(fired.at, briefing) >= briefing.ledger.gap:
        is_asked = asked == LESSONS["infrastructure"].monitoring and component != briefing.service
        return CAME_LATE if is_asked else asked
    if asked == LESSONS["infrastructure"].monitoring:
        return FIRED if is_of_this and told_by(briefing) is None else IS_ENOUGH
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
    found, component, fired = _of_what_was_found(briefing), component_of(briefing), alert_on_it(briefing)
    if fired and found.not_caught == LESSONS["infrastructure"].not_caught:
        found = found._replace(not_caught=WARNED)
    if found.monitoring in FOR_ANY_FAILURE and fired:
        found = found._replace(monitoring=_beside(fired, found.monitoring, component, briefing))
    came = fired or briefing.ledger.alerted.get(component)
    if came and found.monitoring == CAUSE_NOT_FOUND.monitoring:
        found = found._replace(monitoring=IS_ENOUGH_HERE)
    acts = [act.action for act in briefing.ledger.acts if act.service == component and _is_automatic(act, briefing)]
    if found.infrastructure == LESSONS["infrastructure"].infrastructure and not acts:
        found = found._replace(asks_cause="infrastructure")
    no_task = found.no_task | frozenset(["monitoring"] if found.monitoring == FIRED else [])
    names = {**_names(briefing, component, came), "next_time": NEXT_TIME[acts[-1]] if acts else NEXT_TIME_ELSE}
    names["next_time"] = names["next_time"].format(component=component)
    texts = {name: getattr(found, name).format(**names) for name in TEXTS}
    return found._replace(**texts, no_task=no_task)


def _of_what_was_found(briefing: Briefing) -> Lesson:
    """What a cause teaches, a false alert, or that the cause was not found."""
    conclusion = briefing.conclusion
    if conclusion is not None and conclusion.verdict == "cause found" and conclusion.cause is not None:
        return _of_cause(briefing, conclusion.cause)
    if extent.was_false_alert(briefing):
        is_changed = testimony.of_the_alert(briefing.ledger) is not None
        return NOTHING_WRONG._replace(monitoring=RULE_CHANGED) if is_changed else NOTHING_WRONG
    no_task = frozenset[str]() if briefing.ledger.unread else frozenset({"infrastructure"})
    found = CAUSE_NOT_FOUND._replace(no_task=no_task)
    if suspicion(briefing):
        return found._replace(not_caught="Not known, as what was suspected was not confirmed")
    if (act := last_act(briefing)) is not None and act.action in ACT_KINDS and is_end_measured(briefing):
        return found._replace(not_caught="Not known, as it ended after a mitigation, before its cause was seen")
    return found


def _names(briefing: Briefing, component: str, came: TimelineEntry | None) -> dict[str, str]:
    """What stands in the lessons for the names of this incident."""
    hypothesis, unseen = chosen(briefing), _not_seen(briefing)
    is_false = extent.was_false_alert(briefing)
    said = testimony.of_the_alert(briefing.ledger) if is_false else told_by(briefing)
    shown = f"“{hypothesis.signature}”" if hypothesis and hypothesis.signature else ""
    shown = shown or (testimony.quoted(said) if said else "")
    return {
        "service": briefing.service,
        "alert": short(briefing.alert.title, 60),
        "component": component,
        "version": (hypothesis.version if hypothesis else "") or "the version",
        "evidence": f" ({shown})" if shown else "",
        "late": lasting(_late(briefing.started_at, briefing), briefing.minute),
        "beyond": _beyond_people(briefing),
        **_of_alert(came, briefing),
        "suspected": short(hypothesis.statement, 140).rstrip(".") if hypothesis else "what was concluded",
        "gaps": f"Make sure that this can be read next time: {'; '.join(unseen)}" if unseen else NO_GAP,
        "unseen": f"Not read: {'; '.join(unseen)}" if unseen else "What would show more is not known",
    }
