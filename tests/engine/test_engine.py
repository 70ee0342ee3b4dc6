"""A small model on a real llama.cpp server: it is no help, and nothing that it or its server does harms a run."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.llm.client import OpenAIChatModel
from agents.llm.faults import FaultKind
from evals.playing.play import play
from evals.recording.recorded_duty import RecordedDuty
from evals.running.replays import record_duties
from evals.scenarios.loading import load
from graphs.transcript.event import Event
from tests.engine.engine import Engine, running
from tests.engine.plays import AT_RANDOM, DutyLine, answers_to_forms, asked_at, duties_of, one_duty, told
from tests.engine.wheels import NoEngine, fetched

pytestmark = pytest.mark.engine
P3, P0 = "north_wind", "first_light"
HURRIED = 20.0
"""Seconds for an answer in the whole run: on a slow machine it must not take for ever."""
OF_THE_FORM: tuple[FaultKind, ...] = (
    *("bad request", "unprocessable", "too large"),
    *("unauthorized", "unknown model", "conflict", "server error"),
)
"""Kinds of faults by which a server that takes our requests never answers."""


@dataclass(frozen=True)
class Recorded:
    """A run by the rules, and its duties."""

    events: list[Event]
    duties: list[RecordedDuty]

    def done(self, name: str, url: str, **asked: object) -> DutyLine:
        """One of its duties done once more, with a model that is asked so."""
        recorded = next(duty for duty in self.duties if duty.duty == name)
        done = one_duty(recorded, self.events, asked_at(url, **asked))  # pyright: ignore[reportArgumentType]
        print(told([done]))
        return done


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    try:
        fetched()
    except NoEngine as missing:
        pytest.skip(f"there is no llama.cpp server here: {missing}")
    with running(tmp_path_factory.mktemp("engine") / "log") as engine:
        yield engine


@pytest.fixture(scope="module")
def p3() -> Recorded:
    return Recorded(*record_duties(P3, 0))


@pytest.fixture(scope="module")
def p0() -> Recorded:
    return Recorded(*record_duties(P0, 0))


def kinds(done: DutyLine) -> set[str]:
    return {fault.kind for fault in done.faults}


def test_no_duty_s_request_is_refused_for_its_form(engine: Engine, p0: Recorded) -> None:
    answers = answers_to_forms(engine.url, p0.duties[0].briefing)
    print(f"{len(answers)} duties' forms were taken")
    # One token was asked for: that is no whole answer, and nothing else is wrong.
    assert {name: said for name, said in answers.items() if said and not said.startswith("empty: ")} == {}


def test_a_whole_p3_is_done_as_the_rules_do_it(engine: Engine) -> None:
    played, by_rules = (
        play(load(P3), model=OpenAIChatModel(asked_at(engine.url, HURRIED, output_limit=120))),
        play(load(P3)),
    )
    done = duties_of(played)
    print(told(done))
    assert (played.facts.status, played.facts.severity) == ("closed", by_rules.facts.severity)
    assert {row for event in played.events for row in event.rows} == {row for e in by_rules.events for row in e.rows}
    assert {kind for duty in done for kind in kinds(duty)} & {*OF_THE_FORM} == set()
    is_too_slow = all(kinds(duty) == {"too slow"} for duty in done)  # on a machine that has much else to do
    assert is_too_slow or sum(duty.requests for duty in done) > 0  # calls of tools came, and were understood
    assert all(duty.reasons for duty in done if duty.by == "book")


def test_a_briefing_that_is_too_long_is_told_as_such(engine: Engine, p0: Recorded) -> None:
    done = p0.done("conclude", engine.url)
    assert (done.by, kinds(done)) == ("book", {"context too long"})


def test_an_answer_cut_off_at_its_limit_is_asked_for_once_more_and_then_left(engine: Engine, p3: Recorded) -> None:
    done = p3.done("classify", engine.url, output_limit=16)
    assert (done.by, kinds(done), done.requests) == ("book", set[str](), 2)
    assert "cut off at the longest answer" in done.reasons[0]


def test_garbage_is_no_report(engine: Engine, p3: Recorded) -> None:
    done = p3.done("open_channel", engine.url, parameters=AT_RANDOM, tool_choice="auto", output_limit=60)
    assert done.by == "book"
    assert kinds(done) <= {"empty", "unreadable"}
    assert re.search("unreadable: .*does not match the expected|no report: 2 answers|invalid report", done.reasons[0])


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(engine: Engine, p3: Recorded) -> None:
    done = p3.done("acknowledge", engine.url, seconds=0.2)
    assert (done.by, kinds(done)) == ("book", {"too slow"})


def test_a_wrong_key_is_told_as_such(engine: Engine, p3: Recorded) -> None:
    done = p3.done("acknowledge", engine.url, key="another")
    assert (done.by, kinds(done)) == ("book", {"unauthorized"})


def test_a_server_that_dies_in_the_middle_of_an_answer_is_told_as_such(
    engine: Engine, p3: Recorded, tmp_path: Path
) -> None:
    with running(tmp_path / "log") as dying:
        killing = threading.Thread(target=dying.kill_at_work)
        killing.start()
        done = p3.done("acknowledge", dying.url)
        killing.join()
    assert (done.by, done.faults[0].kind, done.faults[-1].kind) == ("book", "cut off", "no connection")
