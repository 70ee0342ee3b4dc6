"""The incident service: the one interface to runs, used by endpoints, pages, the terminal and the evals."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock
from agents.io.settings import Settings
from agents.io.spending_limits import Spent
from agents.llm.health import Health
from agents.runtime.briefing import Alert
from agents.tools.port import Connections
from graphs.engine.incident_graph import current_nodes
from graphs.engine.runner import Runner
from graphs.engine.scheduler import Scheduler
from graphs.intake.alerts import AlertIntake, Placement
from graphs.intake.change_ledger import ChangeLedger
from graphs.intake.group_commit import GroupCommit
from graphs.intake.inbox import DeliveryInbox
from graphs.intake.inquiries import Inquiries
from graphs.intake.outcomes import AlertOutcomes, Outcome
from graphs.intake.people import Grouping, ListedAlert, PeopleInput
from graphs.intake.post_mortems import PostMortems
from graphs.intake.run_lookup import RunLookup
from graphs.intake.silences import Silences
from graphs.intake.storms import StormQueue
from graphs.model.questions import HumanAnswer, Instruction, Remark
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.questions import AskedQuestion
from graphs.store.api_keys import ApiKeys
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.live_words import LiveWords


class IncidentService:
    """Receives alerts and people's input, keeps the runs going and reports their state."""

    def __init__(self, deps: Dependencies, runner: Runner | None = None) -> None:
        """`runner`: what wakes the runs; by default a scheduler in this process."""
        self.deps = deps
        """For the code that sets the service up, and for tests; nothing else reaches behind the service."""
        self.runs = RunLookup(deps)
        self.inbox = DeliveryInbox(deps.store, deps.clock)
        self.post_mortems = PostMortems(deps, self.runs)
        self.inquiries = Inquiries(deps, self.runs)
        storms = StormQueue(deps)
        self.alerts = AlertIntake(deps, storms)
        self.silences = Silences(deps)
        self.changes = ChangeLedger(deps.store, deps.clock, deps.catalogue)
        self.outcomes = AlertOutcomes(deps, self.alerts, self.silences, self.changes)
        self._people = PeopleInput(deps, self.runs, storms)
        self._grouping = Grouping(deps, self.runs, self.alerts, self._people)
        self._runner = runner or Scheduler(deps, before_each_check=storms.release)

    async def start(self) -> None:
        """Start the scheduler; open runs for which no wake-up is stored are woken at once.

        From then on what is written reaches the disk together: nobody outside may be told of it before `on_disk`.
        """
        self.deps.store.share_syncs()
        await self._runner.start()

    async def on_disk(self) -> None:
        """Wait until all that was written is on disk. Raises StoreError."""
        await self.deps.on_disk()

    async def drain(self, limit: timedelta = timedelta(seconds=10)) -> None:
        """Start nothing new, and wait for the steps under way, but no longer than the limit."""
        await self._runner.drain(limit)

    async def stop(self) -> None:
        """Stop at once; steps under way are resumed after the next start."""
        await self._runner.stop()

    def close(self) -> None:
        """Close the store. Stop first."""
        self.deps.store.close()

    def apply_settings(self, settings: Settings) -> None:
        """Apply the settings that hold for real and simulated production alike; what is not set is left unchanged."""
        self.deps.apply_settings(settings)

    @property
    def is_working(self) -> bool:
        """Whether the scheduler is running: it was started, and is not stopping."""
        return self._runner.is_waking

    @property
    def is_one_of_several(self) -> bool:
        """Whether other processes work on the same store."""
        return self.deps.store.is_shared

    def check_writable(self) -> None:
        """Raise StoreError if the store cannot be written."""
        self.deps.store.check_writable()

    def take(self, alert: Alert, number: int) -> Outcome:
        """Take in an alert of any kind, `number` in its body, and say what became of it. Raises Overloaded.

        Its secrets must be removed already. Call it in a batch of `outcomes`.
        """
        return self.outcomes.take(alert, number)

    def group_commit(self) -> GroupCommit:
        """What takes in the alerts of many requests together; while some wait, the runs give way."""
        return GroupCommit(self.outcomes.batch, self.deps.precedence.alerts_wait)

    def answer(self, run: str, question_id: str, answer: HumanAnswer, name_is_proven: bool = False) -> Event:
        """Record a person's answer, exactly once.

        Where the policy asks named or several people, the name must be proven.
        Raises UnknownRun, UnknownQuestion, WrongAnswer, AlreadyAnswered.
        """
        self.runs.require(run)
        return self.deps.questions.answer(run, question_id, answer, name_is_proven)

    def question(self, run: str, question_id: str) -> AskedQuestion:
        """Find a question, with its answer if there is one. Raises UnknownQuestion."""
        return self.deps.questions.find(run, question_id)

    def instruct(self, run: str, instruction: Instruction) -> Event:
        """Record an instruction; the run follows it at its next wait. Raises UnknownRun, RunIsOver."""
        return self._people.instruct(run, instruction)

    def remark(self, run: str, remark: Remark) -> Event:
        """Add a note to a run, or put its changes on hold or lift the hold. Raises UnknownRun, RunIsOver."""
        return self._people.remark(run, remark)

    def hold(self, held: bool, by: str) -> None:
        """Put changes in every run on hold, or lift that hold."""
        self._people.hold(held, by)

    @property
    def held_by(self) -> str | None:
        """Who put changes in every run on hold; None where they are not."""
        return self.deps.held_by

    @property
    def held(self) -> bool:
        """Whether changes in every run are on hold."""
        return self.deps.held

    def merge(self, run: str, into: str, by: str) -> Event:
        """Merge a run into another: the first is cancelled, its alerts go to the second.

        Raises UnknownRun, RunIsOver, CannotMove.
        """
        return self._grouping.merge(run, into, by)

    def split(self, run: str, refs: Sequence[str], by: str) -> Placement:
        """Move some of a run's alerts, given by their refs, to a new run. Raises UnknownRun, RunIsOver, CannotMove."""
        return self._grouping.split(run, refs, by)

    def alerts_of(self, run: str) -> list[ListedAlert]:
        """The alerts of a run, each once, with how often it came. Raises UnknownRun."""
        return self._grouping.alerts_of(run)

    def alert_of(self, run: str, ref: str) -> Alert:
        """One of a run's alerts, by the ref of the event that tells of it. Raises UnknownRun, UnknownAlert."""
        return self._grouping.alert_of(run, ref)

    def facts(self, run: str) -> Facts:
        """A run's current state, read from its transcript. Raises UnknownRun."""
        return self.runs.facts(run)

    def transcript(self, run: str, after: int = 0) -> list[Event]:
        """A run's events after a sequence number. Raises UnknownRun."""
        return self.runs.transcript(run, after)

    def follow(self, run: str, after: int = 0) -> AsyncIterator[Event]:
        """A run's events as they happen, until it is closed. Raises UnknownRun."""
        return self.runs.follow(run, after)

    async def current_nodes(self, run: str, lane: str = "main") -> list[str]:
        """The graph nodes at which a workflow of the run is now; `lane` names the workflow."""
        return await current_nodes(self.deps, run, lane)

    def api_keys(self, clock: Clock) -> ApiKeys:
        """The API keys. Login sessions expire by this clock: real time, even where the runs use simulated time."""
        return ApiKeys(self.deps.store.keys, clock)

    @property
    def model_health(self) -> Health | None:
        """How the model is; None where there is none."""
        return self.deps.model_gateway.health if self.deps.model_gateway else None

    def spent_today(self) -> Spent | None:
        """Model calls and their cost since midnight UTC; None where no model is used."""
        return self.deps.model_gateway.spent_today() if self.deps.model_gateway else None

    @property
    def live(self) -> LiveWords:
        """The words that models are writing at this moment, for live display."""
        return self.deps.live

    @property
    def clock(self) -> Clock:
        """The clock of the runs: real time, or simulated time in demos and evals."""
        return self.deps.clock

    @property
    def minute(self) -> timedelta:
        """How long a minute of the runbook lasts; less than 60 seconds where runs are speeded up."""
        return self.deps.minute

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue of services."""
        return self.deps.catalogue

    @property
    def connections(self) -> Connections:
        """The connected systems, which are observed and changed."""
        return self.deps.connections

    @property
    def public_url(self) -> str:
        """The base URL of the pages, for links."""
        return self.deps.public_url

    @public_url.setter
    def public_url(self, url: str) -> None:
        self.deps.public_url = url
