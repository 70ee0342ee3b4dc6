"""Since then: what was read of a component, held against a reading at the moment of the conclusion."""

from typing import Any

from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.component import golden_changes
from agents.rules.diagnosis.health import IS_DOWN, is_down
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.survey import window
from agents.rules.writing.wording import at
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.ports import golden_signals, infrastructure_state

CRASHES_FROM = 3
"""Restarts within an hour: what runs at one moment may not at the next."""


async def held_against_now(hypothesis: Hypothesis, briefing: Briefing, context: DutyContext) -> Hypothesis:
    """What was read not to run or to be full, and is well by now, is told so, and is not what makes it fail."""
    name = hypothesis.component
    for state, check in ((f"{name} {IS_DOWN}", _runs_now), (f"{name} is in trouble: saturation ", _has_room_now)):
        if hypothesis.statement.startswith(state) and hypothesis.status != "ruled out":
            return _as_it_was(hypothesis, await check(name, briefing, context))
    return hypothesis


def _as_it_was(hypothesis: Hypothesis, by_now: Claim | None) -> Hypothesis:
    if by_now is None:
        return hypothesis
    full = f"{hypothesis.component}: saturation "
    is_alone = not by_now.text.startswith(full) or all(claim.text.startswith(full) for claim in hypothesis.support)
    before = f"{by_now.text}; an earlier reading showed: {hypothesis.statement}"
    update: dict[str, Any] = {"statement": before, "against": [*hypothesis.against, by_now]}
    if is_alone:
        update |= {"strength": min(1, hypothesis.strength), "status": "open"}
    return hypothesis.model_copy(update=update)


async def _runs_now(name: str, briefing: Briefing, context: DutyContext) -> Claim | None:
    read = await ask(context, infrastructure_state, name)
    state = read.value
    if state is None or is_down(state) or state.restarts_last_hour >= CRASHES_FROM:
        return None
    ready = f"{state.replicas_ready} of {state.replicas_wanted} replicas ready"
    return Claim(text=f"{name} was running again at {at(briefing.now)} ({ready})", cites=[read.ref])


async def _has_room_now(name: str, briefing: Briefing, context: DutyContext) -> Claim | None:
    read = await ask(context, golden_signals, name, window(briefing))
    if read.value is None:
        return None
    saturation = golden_changes(read.value, briefing.catalogue.objectives_of(name))["saturation"]
    if saturation.abnormal or not saturation.known:
        return None
    return Claim(text=f"{name}: {saturation} at {at(briefing.now)}", cites=[read.ref])
