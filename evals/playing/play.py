"""Play a scenario: the whole graph against a world, on a clock of one's choice, with a simulated person on call."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from agents.io.clock import Clock, VirtualClock
from agents.io.settings import Settings, settings
from agents.llm.client import ChatModel
from agents.runtime.briefing import Alert
from evals.scenarios.scenario import OnCall, Scenario
from evals.scenarios.yaml_source import ScenarioError
from evals.simulation.journal import FileJournal
from evals.simulation.production import Production
from graphs.intake.change_ledger import ChangeLedger
from graphs.intake.connected_changes import WithChangeLedger
from graphs.intake.incident_service import IncidentService
from graphs.intake.run_lookup import RunIsOver
from graphs.model.questions import HumanAnswer, Question, Remark
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.questions import AlreadyAnswered, UnknownQuestion
from graphs.store.opening import FILE
from graphs.store.store import Store
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

EPOCH = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
"""When virtual incidents begin: a Tuesday, three in the morning."""
PATIENCE = timedelta(hours=72)
"""After this much simulated time a run that is still open is given up as stuck."""

OTHER_MINUTES = (
    "WARROOM_MINUTE_SECONDS is for connected systems: a simulated production's minutes have 60 seconds, and --speed "
    "makes them pass faster"
)


class Played(NamedTuple):
    """A run that was played, the transcript it left, and the production it acted on."""

    facts: Facts
    events: list[Event]
    production: Production


class Stage(NamedTuple):
    """A scenario ready to be played: an incident service on a simulated production, with the person on call."""

    incidents: IncidentService
    production: Production
    on_call: "PersonOnCall"


class PersonOnCall:
    """Answers a run's questions after simulated minutes, by the scenario's rules. No rule: silence."""

    def __init__(self, rules: list[OnCall], incidents: IncidentService) -> None:
        self._rules = rules
        self._incidents = incidents
        self._used: Counter[int] = Counter()

    async def attend(self, run: str) -> None:
        """Follow a run to its end and answer what it asks."""
        answering: list[asyncio.Task[None]] = []
        async for event in self._incidents.follow(run):
            if event.kind == "question":
                question = Question.model_validate(event.payload["question"])
                answering.append(asyncio.create_task(self._answer(run, question, event.at)))
        for task in answering:
            task.cancel()

    async def _answer(self, run: str, question: Question, asked_at: datetime) -> None:
        """Counted from when it was asked: who answers does not begin anew where the run's process does."""
        rule = self._rule_for(question)
        if rule is None or rule.answer == "silent":
            return
        clock, due = self._incidents.clock, asked_at + rule.after_minutes * self._incidents.minute
        await clock.sleep(max(due - clock.now(), timedelta(0)))
        details = rule.model_dump(include={"cause", "component", "amount", "comment"})
        try:
            self._incidents.answer(run, question.id, HumanAnswer(answer=rule.answer, by="on-call", **details))
        except (AlreadyAnswered, UnknownQuestion):
            return  # somebody was quicker, or the question has expired

    def _rule_for(self, question: Question) -> OnCall | None:
        proposal = question.proposal or {}
        action, service = proposal.get("action"), proposal.get("service")
        for number, rule in enumerate(self._rules):
            used_up = rule.times is not None and self._used[number] >= rule.times
            fits = rule.action in (None, action) and rule.service in ("", service)
            if rule.question == question.kind and fits and not used_up:
                self._used[number] += 1
                return rule
        return None


def set_stage(
    scenario: Scenario, seed: int, clock: Clock, data: Path | None = None, model: ChatModel | None = None
) -> Stage:
    """Put a scenario's production and an incident service together. `data`: a directory; None keeps all in memory.

    Raises ScenarioError where the runbook's minutes are not a world's.
    """
    if settings().minute_seconds != 60:
        raise ScenarioError(OTHER_MINUTES)
    production = _production(scenario, seed, clock, data)
    store, catalogue = Store(data / FILE if data else None), production.catalogue
    deps = Dependencies(
        store=store,
        clock=clock,
        connections=WithChangeLedger(production, ChangeLedger(store, clock, catalogue)),
        catalogue=catalogue,
        model=model,
        revenue_limit=scenario.revenue_limit,
    )
    incidents = IncidentService(deps)
    return Stage(incidents, production, PersonOnCall(scenario.on_call, incidents))


async def send_later_alerts(scenario: Scenario, incidents: IncidentService) -> None:
    """Let the scenario's later alerts come in, each at its minute."""
    waited_until = 0.0
    for later in scenario.more_alerts:
        await incidents.clock.sleep((later.after_minutes - waited_until) * incidents.minute)
        waited_until = later.after_minutes
        incidents.alerts.receive(Alert.model_validate({**scenario.alert.model_dump(), **later.alert}))


async def add_notes(scenario: Scenario, incidents: IncidentService, run: str) -> None:
    """Let people add what they know to the run's record, each at its minute, until it is over."""
    added = 0.0
    for note in sorted(scenario.notes, key=lambda note: note.after_minutes):
        await incidents.clock.sleep((note.after_minutes - added) * incidents.minute)
        added = note.after_minutes
        try:
            incidents.remark(run, Remark(kind="note", by=note.by, text=note.text))
        except RunIsOver:
            return


def _production(scenario: Scenario, seed: int, clock: Clock, data: Path | None) -> Production:
    """A production whose world and past outlive the process where there is a directory to keep them in."""
    if data is None:
        return Production(scenario.world, seed, clock, clock.now())
    journal = FileJournal(data / "journal.jsonl", clock.now())
    return Production(scenario.world, seed, clock, journal.began, journal)


async def _until_broken(incidents: IncidentService, run: str) -> None:
    """Wait until a run asks a person because a step fails time and again: nobody here will mend it."""
    async for event in incidents.follow(run):
        if event.kind == "question" and event.payload["question"]["kind"] == "fault":
            return
    await asyncio.Event().wait()


def play(
    scenario: Scenario,
    seed: int = 0,
    model: ChatModel | None = None,
    patience: timedelta = PATIENCE,
    settings: Settings | None = None,
) -> Played:
    """Play a scenario to its end on a virtual clock, in a fraction of a second. An exam is given no settings."""
    clock = VirtualClock(EPOCH)

    async def to_the_end() -> Played:
        incidents, production, on_call = set_stage(scenario, seed, clock, model=model)
        if settings:
            incidents.apply_settings(settings)
        await incidents.start()
        run = incidents.alerts.receive(scenario.alert).run
        attending = asyncio.create_task(on_call.attend(run))
        more_alerts = asyncio.create_task(send_later_alerts(scenario, incidents))
        noting = asyncio.create_task(add_notes(scenario, incidents, run))
        broken = asyncio.create_task(_until_broken(incidents, run))
        giving_up = asyncio.create_task(clock.sleep(patience))
        await asyncio.wait({attending, giving_up, broken}, return_when=asyncio.FIRST_COMPLETED)
        for task in (attending, more_alerts, noting, giving_up, broken):
            task.cancel()
        played = Played(incidents.facts(run), incidents.transcript(run), production)
        await incidents.stop()
        incidents.close()
        return played

    return clock.run(to_the_end)
