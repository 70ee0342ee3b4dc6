"""Failures: a step that fails is tried again, then done by the book, and then a person is asked."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Literal, NamedTuple

from agents.io.redaction import beginning
from agents.runtime.performing import BY_BOOK
from graphs.background.answering import give_up
from graphs.model.questions import FAULT, Question
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.nodes import STEP
from graphs.store.database import iso
from graphs.store.faults import StoreError
from graphs.transcript.events import ANSWERING, Author, Draft, reference

TRIES = 3
"""After so many failures of the same step another way is taken."""
AGAIN_AFTER = timedelta(seconds=10)
"""The first time, and twice as long each time after that."""
AGAIN_AFTER_AT_MOST = timedelta(minutes=10)
Way = Literal["again", "by the book", "a person"]


class Failure(NamedTuple):
    """A turn that failed."""

    run: str
    lane: str
    step: str
    """The visit of a node, such as main/s2_conclude#1; empty where it failed outside of any."""
    said: str
    is_of_the_store: bool
    """It may pass, and no other way leads past it."""

    @property
    def place(self) -> str:
        """What fails time and again."""
        return f"{self.lane}/store" if self.is_of_the_store else self.step or self.lane

    @property
    def name(self) -> str:
        """That, as people are told of it."""
        return f"the step {self.step.partition('/')[2]}" if self.step else f"the lane {self.lane}"


def failure(run: str, lane: str, error: Exception) -> Failure:
    """Tell what failed from what was raised."""
    notes = [note.removeprefix(STEP) for note in getattr(error, "__notes__", ()) if note.startswith(STEP)]
    words = beginning(f"{type(error).__name__}: {error}", 2000)
    return Failure(run, lane, notes[0] if notes else "", words, isinstance(error, StoreError | sqlite3.Error))


def take_in(deps: Dependencies, failed: Failure) -> timedelta | None:
    """Make a failure an event of its run, and take the way that is left; gives after what time to try again.

    None: when a person says so. Raises StoreError.
    """
    times = next(n for n in count(1) if deps.transcripts.find(failed.run, _key(failed, n)) is None)
    way, delay = _way(deps, failed, times), None
    if way != "a person":
        delay = min(AGAIN_AFTER * 2 ** min(times - 1, 8), AGAIN_AFTER_AT_MOST) if way == "again" else timedelta(0)
    again_at = iso(deps.clock.now() + delay) if delay is not None else None
    payload = {"error": failed.said, "times": times, "again_at": again_at}
    deps.transcripts.write(failed.run, Draft(_key(failed, times), "error", payload, _author(deps, failed)))
    if way == "by the book":
        why = f"{failed.name} failed {times} times with a model's help, and is done by the book: {failed.said}"
        deps.transcripts.write(failed.run, Draft(_by_book(failed), "degraded", {"why": why}, _author(deps, failed)))
    if way == "a person" and failed.lane == ANSWERING:
        give_up(deps, failed.run)
        return timedelta(0)
    if way == "a person":
        deps.questions.ask(failed.run, failed.lane, _question(failed, times))
    return delay


def put_off(deps: Dependencies, lane: tuple[str, str], keys: Sequence[str], error: Exception) -> None:
    """Write a failed turn into the transcript of its run; it is tried again, at a time or when a person says so.

    `lane`: the run, and its workflow. Raises StoreError.
    """
    delay = take_in(deps, failure(*lane, error))
    if delay is not None:
        with deps.store.transaction(lane[0]):
            deps.store.wakeups.put_off(keys, deps.clock.now() + delay)


def _way(deps: Dependencies, failed: Failure, times: int) -> Way:
    if failed.is_of_the_store or times % TRIES:
        return "again"
    events = deps.transcripts.under(failed.run, failed.step) if failed.step else []
    asked_a_model = any(event.kind == "model_call" for event in events)
    is_by_book = any(event.key == _by_book(failed) for event in events)
    return "by the book" if asked_a_model and not is_by_book else "a person"


def _question(failed: Failure, times: int) -> Question:
    return Question(
        id=f"{FAULT}-{reference(f'{failed.place} {times}')}",
        kind="fault",
        text=f"In this run {failed.name} failed {times} times, the last time with {beginning(failed.said, 300)}. "
        f"Nothing more happens in the lane {failed.lane} until somebody says to try again.",
        options=["try again"],
    )


def _key(failed: Failure, number: int) -> str:
    return f"{failed.place}/error {number}"


def _by_book(failed: Failure) -> str:
    return f"{failed.step}/{BY_BOOK}"


def _author(deps: Dependencies, failed: Failure) -> Author:
    """The lane, and the role and the duty that the step is about."""
    begun = deps.transcripts.find(failed.run, f"{failed.step}/started") if failed.step else None
    return Author(failed.lane, begun.role, begun.duty) if begun else Author(failed.lane)
