"""Finding runs: how one stands, what its transcript holds, which are open, and which match a search."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from graphs.runtime.dependencies import Dependencies
from graphs.store.runs import StormSize
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts

PUBLISHES = "update_status_page"
"""The duty whose messages the public sees."""


class UnknownRun(LookupError):
    """There is no such run."""


class ForgottenRun(UnknownRun):
    """There was such a run, and it was forgotten."""


class RunIsOver(Exception):
    """The run is closed or cancelled; nothing more can be told to it."""


class RunIsResolved(RunIsOver):
    """The run is resolved and its post-mortem is being written; no instruction changes it any more."""


@dataclass(frozen=True)
class Workload:
    """What waits, and what does not go on as it should: for whoever operates Warroom."""

    questions: int
    oldest_question: datetime | None
    earliest_wakeup: datetime | None
    failing_workflows: int
    runs_nothing_will_wake: int
    deliveries: int
    """Of alert senders, that were not taken in yet."""
    oldest_delivery: datetime | None
    webhooks: int
    """Deliveries of outgoing webhooks that wait."""
    failing_webhooks: int


class RunLookup:
    """Answers what there is to know about runs; changes nothing."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    def require(self, run: str) -> None:
        """Raise UnknownRun where there is no such run."""
        runs = self._deps.store.runs
        if not runs.exists(run):
            raise ForgottenRun(run) if runs.tombstone(run) else UnknownRun(run)

    def facts(self, run: str) -> Facts:
        """A run as it stands now. Raises UnknownRun."""
        self.require(run)
        return self._deps.facts(run)

    def open_facts(self, run: str) -> Facts:
        """A run that is not over, as it stands now. Raises UnknownRun, RunIsOver."""
        facts = self.facts(run)
        if facts.status in ("closed", "cancelled"):
            raise RunIsOver(run)
        return facts

    def transcript(self, run: str, after: int = 0, most: int = -1) -> list[Event]:
        """A run's events after a number; `most` -1 is all. Raises UnknownRun."""
        self.require(run)
        return self._deps.transcripts.after(run, after, most)

    def follow(self, run: str, after: int = 0) -> AsyncIterator[Event]:
        """A run's events as they happen, until it is closed. Raises UnknownRun."""
        self.require(run)
        return self._deps.transcripts.follow(run, after)

    def event(self, run: str, ref: str) -> Event | None:
        """The event of a run that a citation names."""
        return self._deps.transcripts.cited(run, ref)

    def neighbours(self, run: str, event: Event) -> tuple[Event | None, Event | None]:
        """The events before and after one of a run's."""
        around = {one.seq: one for one in self._deps.transcripts.after(run, event.seq - 2, 3)}
        return around.get(event.seq - 1), around.get(event.seq + 1)

    def events_of(self, run: str, occurrence: str) -> list[Event]:
        """Every event of one visit of a node, such as main/s1_classify#1, in order."""
        return self._deps.transcripts.under(run, occurrence)

    def newest(self, most: int = 100) -> list[Facts]:
        """The newest runs, newest first."""
        return [self._deps.facts(run) for run in self._deps.store.runs.newest(most)]

    def older_than(self, run: str, most: int, only_unseen: bool = False) -> list[Facts]:
        """Runs older than one of them, newest first; where that is empty, the newest of all."""
        return [self._deps.facts(older) for older in self._deps.store.runs.older_than(run, most, only_unseen)]

    def open_ids(self) -> list[str]:
        """The ids of every open run, oldest first."""
        return self._deps.store.runs.open_runs()

    def asking_ids(self, most: int) -> list[str]:
        """The ids of the newest open runs in which a question waits for a person."""
        return self._deps.store.questions.runs_that_ask(most)

    def open_runs(self) -> list[Facts]:
        """Every open run, oldest first."""
        return [self._deps.facts(run) for run in self.open_ids()]

    def search_open(self, text: str, most: int) -> list[Facts]:
        """Open runs in whose first alert a text stands, newest first; those in a storm's queue come last."""
        return [self._deps.facts(run) for run in self._deps.store.runs.search_open(text, most)]

    def search_ended(self, text: str, older_than: str, most: int, only_unseen: bool = False) -> list[Facts]:
        """Ended runs in whose first alert a text stands, newest first; older than a run where one is named."""
        found = self._deps.store.runs.search_ended(text, older_than, most, only_unseen)
        return [self._deps.facts(run) for run in found]

    def is_empty(self) -> bool:
        """Whether there has never been a run."""
        return self._deps.store.runs.is_empty()

    def queue_length(self) -> int:
        """How many runs wait in the queue of a storm."""
        return self._deps.store.runs.queue_length()

    def unseen(self) -> int:
        """How many runs were closed without anybody having looked at them."""
        return self._deps.store.runs.unseen()

    def storm_size(self, parent: str) -> StormSize:
        """How many runs belong to the storm for which a run stands; none where it stands for none."""
        return self._deps.store.runs.storm_size(parent)

    def published(self, since: datetime, most: int) -> dict[str, list[Event]]:
        """The newest runs of which the public was told since a time, each with the events that say what, in order."""
        return {run: self._published(run) for run in self._deps.store.runs.published_since(since, most)}

    def _published(self, run: str) -> list[Event]:
        return [event for event in self._deps.transcripts.of_kind(run, "outbound") if event.duty == PUBLISHES]

    def workload(self) -> Workload:
        """What waits, and what does not go on as it should."""
        store = self._deps.store
        questions, inbox, outbox = store.questions.waiting(), store.deliveries.size(), store.outbox.size()
        return Workload(
            questions=questions.number,
            oldest_question=questions.oldest,
            earliest_wakeup=store.wakeups.earliest(),
            failing_workflows=len(store.events.failing_workflows()),
            runs_nothing_will_wake=len(store.runs.nothing_will_wake()),
            deliveries=inbox.waiting,
            oldest_delivery=inbox.oldest,
            webhooks=outbox.waiting,
            failing_webhooks=outbox.failing,
        )
