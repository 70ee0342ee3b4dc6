"""The incident service: what endpoints, pages, the terminal and the evals speak to."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock
from agents.io.settings import Settings
from agents.io.spending_limits import Spent
from agents.runtime.briefing import Alert
from agents.tools.port import Connections
from graphs.engine.drawing import current_nodes
from graphs.engine.scheduler import Scheduler
from graphs.intake.alerts import AlertIntake, Placement
from graphs.intake.grouping import Alarm, Grouping
from graphs.intake.inbox import DeliveryInbox
from graphs.intake.people import PeopleInput
from graphs.intake.run_lookup import RunLookup
from graphs.intake.storms import StormQueue
from graphs.model.instructions import Instruction, Remark
from graphs.model.questions import HumanAnswer
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.questions import AskedQuestion
from graphs.store.api_keys import ApiKeys
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.live_words import LiveWords


class IncidentService:
    """Takes in alerts and what people say, has the runs go on, and tells how they stand."""

    def __init__(self, deps: Dependencies) -> None:
        self.deps = deps
        """For the code that puts the service together, and for tests."""
        self.runs = RunLookup(deps)
        self.inbox = DeliveryInbox(deps.store, deps.clock)
        storms = StormQueue(deps)
        self._alerts = AlertIntake(deps, storms)
        self._people = PeopleInput(deps, self.runs, storms)
        self._grouping = Grouping(deps, self.runs, self._alerts, self._people)
        self._scheduler = Scheduler(deps, before_each_look=storms.release)

    async def start(self) -> None:
        """Begin to let runs go on; those that nothing would ever wake are looked at at once."""
        await self._scheduler.start()

    async def drain(self, limit: timedelta = timedelta(seconds=10)) -> None:
        """Begin nothing new, and wait until the steps under way have ended, no longer than the limit."""
        await self._scheduler.drain(limit)

    async def stop(self) -> None:
        """Stop at once; what is under way goes on after the next start."""
        await self._scheduler.stop()

    def close(self) -> None:
        """Close the store. Stop first."""
        self.deps.store.close()

    def obey(self, settings: Settings) -> None:
        """Go by the settings that hold for any production; what is not set stays as it is."""
        self.deps.obey(settings)

    @property
    def is_working(self) -> bool:
        """Whether runs go on by themselves: the service was started, and is not stopping."""
        return self._scheduler.is_waking

    def check_writable(self) -> None:
        """Raise StoreError where nothing can be taken in."""
        self.deps.store.check_writable()

    def receive(self, alert: Alert) -> Placement:
        """Store an alert: it starts a run, or joins the incident that it belongs to. Raises AlreadyOver, Overloaded."""
        return self._alerts.receive(alert)

    def open_run_of(self, alert: Alert) -> str | None:
        """The open run of this very alert; None where there is none."""
        return self._alerts.open_run(alert)

    def answer(self, run: str, question_id: str, answer: HumanAnswer, name_is_proven: bool = False) -> Event:
        """Take a person's answer, exactly once; only with a proven name where the policy asks named or several people.

        Raises UnknownRun, UnknownQuestion, WrongAnswer, AlreadyAnswered.
        """
        self.runs.require(run)
        return self.deps.questions.answer(run, question_id, answer, name_is_proven)

    def question(self, run: str, question_id: str) -> AskedQuestion:
        """Find a question, and what became of it. Raises UnknownQuestion."""
        return self.deps.questions.find(run, question_id)

    def instruct(self, run: str, instruction: Instruction) -> Event:
        """Take an instruction; the run follows it at its next wait. Raises UnknownRun, RunIsOver."""
        return self._people.instruct(run, instruction)

    def remark(self, run: str, remark: Remark) -> Event:
        """Add a note to a run, hold its changes or let them go on. Raises UnknownRun, RunIsOver."""
        return self._people.remark(run, remark)

    def hold(self, held: bool, by: str) -> None:
        """Turn the switch that holds changes in every run."""
        self._people.hold(held, by)

    @property
    def held_by(self) -> str | None:
        """Who holds changes in every run; None where nobody does."""
        return self.deps.held_by

    @property
    def held(self) -> bool:
        """Whether somebody holds changes in every run."""
        return self.deps.held

    def merge(self, run: str, into: str, by: str) -> Event:
        """Make one incident of two runs. Raises UnknownRun, RunIsOver, CannotMove."""
        return self._grouping.merge(run, into, by)

    def split(self, run: str, refs: Sequence[str], by: str) -> Placement:
        """Make an incident of its own of some of a run's alerts. Raises UnknownRun, RunIsOver, CannotMove."""
        return self._grouping.split(run, refs, by)

    def alarms(self, run: str) -> list[Alarm]:
        """The alerts of a run. Raises UnknownRun."""
        return self._grouping.alarms(run)

    def facts(self, run: str) -> Facts:
        """A run as it stands now. Raises UnknownRun."""
        return self.runs.facts(run)

    def transcript(self, run: str, after: int = 0) -> list[Event]:
        """A run's events after a number. Raises UnknownRun."""
        return self.runs.transcript(run, after)

    def follow(self, run: str, after: int = 0) -> AsyncIterator[Event]:
        """A run's events as they happen, until it is closed. Raises UnknownRun."""
        return self.runs.follow(run, after)

    async def current_nodes(self, run: str, lane: str = "main") -> list[str]:
        """The nodes of the graph at which a run's workflow is."""
        return await current_nodes(self.deps, run, lane)

    def api_keys(self, clock: Clock) -> ApiKeys:
        """The API keys; their sessions end by this clock, which is the real one also where the runs' is not."""
        return ApiKeys(self.deps.store.keys, clock)

    def spent_today(self) -> Spent | None:
        """What models were asked and what they cost since midnight UTC; None where no model is used."""
        return self.deps.switchboard.spent_today() if self.deps.switchboard else None

    @property
    def live(self) -> LiveWords:
        """What models are writing at this moment."""
        return self.deps.live

    @property
    def clock(self) -> Clock:
        """The clock that the runs live by."""
        return self.deps.clock

    @property
    def minute(self) -> timedelta:
        """How long a minute of the runbook lasts."""
        return self.deps.minute

    @property
    def catalogue(self) -> Catalogue:
        """The services that there are."""
        return self.deps.catalogue

    @property
    def connections(self) -> Connections:
        """The systems that are observed and acted on."""
        return self.deps.connections

    @property
    def public_url(self) -> str:
        """Where people reach the pages."""
        return self.deps.public_url

    @public_url.setter
    def public_url(self, url: str) -> None:
        self.deps.public_url = url
