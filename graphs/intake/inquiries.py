"""Inquiries: what people ask of a run, and the replies of its roles. They change nothing of the incident."""

from typing import NamedTuple

from pydantic import BaseModel, Field

from graphs.intake.run_lookup import RunLookup
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.event import Event
from graphs.transcript.events import ANSWERING, Author, Draft

LONGEST = 500
"""Characters of a question."""
MOST_OPEN = 5
"""Questions of one run that wait for their answers at a time."""


class TooManyInquiries(Exception):
    """So many questions of this run wait for their answers already. Ask again once they are answered."""


class Inquiry(BaseModel, extra="forbid"):
    """A person's question to a run. Its text is untrusted: it asks, and orders nothing."""

    by: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


class Asked(NamedTuple):
    """A question on record, and its reply where there is one."""

    inquiry: Event
    reply: Event | None


class Inquiries:
    """Takes what people ask of runs, open or closed, and finds what was replied."""

    def __init__(self, deps: Dependencies, runs: RunLookup) -> None:
        self._deps = deps
        self._runs = runs

    def ask(self, run: str, inquiry: Inquiry) -> Event:
        """Write a question down, with the wake-up that has it answered. Raises UnknownRun, TooManyInquiries."""
        self._runs.require(run)
        with self._deps.store.transaction(run):
            if sum(one.reply is None for one in self.of(run)) >= MOST_OPEN:
                raise TooManyInquiries(TooManyInquiries.__doc__)
            key = f"inquiry/{self._deps.facts(run).seen + 1}"  # of one that cannot be read none takes the place
            draft = Draft(key, "inquiry", inquiry.model_dump(mode="json"), Author(ANSWERING))
            event = self._deps.transcripts.add(run, draft)
            self._deps.transcripts.add_wakeup(run, ANSWERING, event.key, self._deps.clock.now())
        self._deps.transcripts.notify_followers(run)
        return event

    def of(self, run: str) -> list[Asked]:
        """What was asked of a run, oldest first."""
        replies = {event.payload["inquiry"]: event for event in self._deps.transcripts.of_kind(run, "reply")}
        inquiries = self._deps.transcripts.of_kind(run, "inquiry")
        return [Asked(event, replies.get(event.ref)) for event in inquiries]
