"""Cache causes: a cache that was emptied or replaced sends what it answered to the store behind it, without a crowd."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime

from agents.io.catalogue import SERVES_CALLERS
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.changes import changes_of, is_before
from agents.rules.diagnosis.component import ComponentState
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.survey import SAME_TIME, Survey
from agents.rules.diagnosis.suspect_evidence import RELEASE_SHOWS_WITHIN
from agents.rules.writing.wording import apart, at, short
from agents.runtime.duty_context import DutyContext
from agents.tools.ports import error_log

ASKS_ANEW = re.compile(
    r"\bmiss(?:es|ed)?\b|not (?:held|cached|in (?:the )?cache)|(?:cold|empty) cache|cache (?:is )?(?:cold|empty)"
    r"|(?:asking|asks|falls? back to|falling back to|reads? (?:it )?from|loading from) the (?:store|database|origin)",
    re.IGNORECASE,
)
"""What a caller writes that does not find in a cache what it looked for there."""


async def with_emptied_caches(context: DutyContext, survey: Survey, found: list[Hypothesis]) -> list[Hypothesis]:
    """Where a store gets far more than usual and no caller does: a cache of these callers that has lost what it held.

    It explains the crowd better than a release of a caller, of which nothing but its time is known.
    """
    for store in survey.components.values():
        callers = survey.callers_of(store.name)
        onset = store.surge.onset if store.surge else None
        if onset is None or store.kind not in SERVES_CALLERS or any(caller.surge for caller in callers):
            continue
        caches = [c for c in _caches(survey, callers) if c is not store]
        changed = [claim for cache in caches for claim in _changed(survey, cache, onset)]
        written = await _written(context, survey, callers, onset) if caches else []
        # Which of several caches it was, their records tell; without one, only where there is no choice.
        name = changed[0][0] if changed else caches[0].name if len(caches) == 1 else ""
        if name and (changed or written):
            crowd = f"{store.name}: {store.surge}, and no caller has more traffic than usual"
            support = [*(claim for _, claim in changed[:1]), Claim(text=crowd, cites=store.shows[:1]), *written[:1]]
            cause = Hypothesis(
                cause="infrastructure",
                component=name,
                statement=f"{name} no longer holds what it held, and its callers ask {store.name} instead",
                status="supported",
                strength=3 if changed and written else 2,
                support=support,
                onset=onset,
            )
            found = [cause, *(_answered(h, store, callers, cause) for h in found)]
    return found


def _caches(survey: Survey, callers: Sequence[ComponentState]) -> list[ComponentState]:
    used: dict[str, ComponentState] = {}
    for caller in callers:
        calls = caller.calls.value.calls if caller.calls and caller.calls.value else []
        for name in [*(call.to for call in calls), *caller.depends_on]:
            if name in survey.components and survey.components[name].kind == "cache":
                used[name] = survey.components[name]
    return list(used.values())


def _changed(survey: Survey, cache: ComponentState, onset: datetime) -> list[tuple[str, Claim]]:
    """What was done to a cache just before the store got more, the nearest first."""
    around = [other.infrastructure for other in survey.components.values()]
    near = [
        change
        for change in changes_of(cache.infrastructure, survey.now, around)
        if is_before(change.at, onset, survey.minute, RELEASE_SHOWS_WITHIN)
    ]
    return [
        (cache.name, Claim(text=f"{c.told}, {apart(c.at, onset, survey.minute)} min before", cites=[c.ref]))
        for c in reversed(near)
    ]


async def _written(
    context: DutyContext, survey: Survey, callers: Sequence[ComponentState], onset: datetime
) -> list[Claim]:
    """What the callers have been writing since then of entries that they do not find."""
    logs = await asyncio.gather(*(ask(context, error_log, caller.name, survey.minutes) for caller in callers))
    read = [(pattern, log.ref) for log in logs for pattern in (log.value.patterns if log.value else [])]
    since = onset - SAME_TIME * survey.minute
    return [
        Claim(
            text=f"{p.service} writes “{short(p.signature)}” {p.count} times since {at(p.first_seen, p.last_seen)}",
            cites=[ref],
        )
        for p, ref in read
        if p.first_seen >= since and ASKS_ANEW.search(p.signature)
    ]


def _answered(
    hypothesis: Hypothesis, store: ComponentState, callers: Sequence[ComponentState], cause: Hypothesis
) -> Hypothesis:
    """A strained store, and a caller's release of which only the time is known, are answered by the emptied cache."""
    is_store = hypothesis.component == store.name and hypothesis.cause == "infrastructure"
    is_release = hypothesis.component in {c.name for c in callers} and hypothesis.dependency == store.name
    if hypothesis.status == "ruled out" or not (is_store or is_release):
        return hypothesis
    against = [*hypothesis.against, Claim(text=cause.statement, cites=cause.support[0].cites)]
    return hypothesis.model_copy(update={"status": "open", "strength": min(hypothesis.strength, 1), "against": against})
