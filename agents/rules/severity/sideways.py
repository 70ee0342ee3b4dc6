"""Sideways: who else calls what fails, and how the tier 1 services fare that nobody alerted on."""

import asyncio
from datetime import datetime

from agents.rules.diagnosis.component import ComponentState
from agents.rules.diagnosis.inquiry import ask
from agents.rules.diagnosis.survey import SAME_TIME, Survey
from agents.runtime.briefing import Briefing
from agents.runtime.duty_context import DutyContext
from agents.tools.ports import golden_signals

MOST = 12
"""Services beside those surveyed that are read in one look."""


async def in_trouble_beside(briefing: Briefing, context: DutyContext, survey: Survey) -> list[ComponentState]:
    """Services that were not surveyed, are in trouble, and have to do with this incident.

    They depend on what fails or is suspected; or they began to fail at the same time as the alerted service, and share
    something with it. Others have troubles of their own.
    """
    suspected = _suspected(briefing, survey)
    names = _to_read(briefing, survey, suspected)
    readings = await asyncio.gather(*(ask(context, golden_signals, name, survey.minutes) for name in names))
    found: list[ComponentState] = []
    for name, reading in zip(names, readings, strict=True):
        listed = briefing.catalogue.services[name]
        state = ComponentState(name, listed.kind, listed.depends_on, briefing.catalogue.objectives_of(name))
        state.golden = reading
        state.weigh()
        if state.is_failing and state.is_felt and _belongs(briefing, survey, suspected, state):
            found.append(state)
    return found


def _suspected(briefing: Briefing, survey: Survey) -> set[str]:
    """What fails by the survey, or was held to be at fault."""
    found, narrowed = briefing.conclusion, briefing.ledger.narrowed
    named = [found.component if found else None, narrowed.component if narrowed else None]
    return {component.name for component in survey.felt} | {name for name in named if name}


def _to_read(briefing: Briefing, survey: Survey, suspected: set[str]) -> list[str]:
    """The callers of what is suspected, then all of tier 1."""
    known = briefing.catalogue.services
    callers = [caller for name in sorted(suspected) for caller in briefing.catalogue.callers(name)]
    first = [name for name, listed in known.items() if listed.tier == 1]
    return [
        name
        for name in dict.fromkeys([*callers, *first])
        if name in known and known[name].kind != "provider" and name not in survey.components
    ][:MOST]


def _belongs(briefing: Briefing, survey: Survey, suspected: set[str], state: ComponentState) -> bool:
    below = set(briefing.catalogue.downstream(state.name)[1:])
    if below & suspected:
        return True
    alerted = survey.components[survey.alerted]
    shares = bool(below & set(briefing.catalogue.downstream(survey.alerted)[1:]))
    return shares and _together(alerted.onset, state.onset, survey)


def _together(one: datetime | None, other: datetime | None, survey: Survey) -> bool:
    return one is not None and other is not None and abs(one - other) <= SAME_TIME * survey.minute
