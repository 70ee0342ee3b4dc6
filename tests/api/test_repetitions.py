"""The log says a thing once in a while, and how often it was said."""

import logging

import pytest

from api.repetitions import MOST_TEXTS, PERIOD_SECONDS, Repetitions, SparingHandler


class Log:
    """What would be written, of what is said at times that a test chooses."""

    def __init__(self) -> None:
        self._repetitions = Repetitions()
        self.lines: list[str] = []

    def say(self, text: str, at: float = 0, line: int = 1, level: int = logging.WARNING) -> None:
        record = logging.LogRecord("warroom", level, "api/somewhere.py", line, text, None, None)
        record.created = at
        self.lines += [written.getMessage() for written in self._repetitions.worth_writing(record)]

    def end(self) -> None:
        self.lines += [written.getMessage() for written in self._repetitions.summaries()]


@pytest.fixture
def log() -> Log:
    return Log()


def test_what_is_said_again_and_again_is_written_once_in_a_period_with_its_count(log: Log) -> None:
    for number in range(92_158):
        log.say("no connection can be accepted", at=number * 35 / 92_158)
    assert log.lines == ["no connection can be accepted"]
    log.say("no connection can be accepted", at=PERIOD_SECONDS)
    assert log.lines[1:] == [
        "no connection can be accepted (and 92157 more like this within 60 s)",
        "no connection can be accepted",
    ]


def test_the_count_is_written_though_it_is_never_said_again(log: Log) -> None:
    for _ in range(3):
        log.say("the disk is full")
    log.say("something else", at=PERIOD_SECONDS, line=2)
    assert log.lines == ["the disk is full", "the disk is full (and 2 more like this within 60 s)", "something else"]
    log.say("something else", at=PERIOD_SECONDS, line=2)
    log.end()
    assert log.lines[-1] == "something else (and 1 more like this within 60 s)"


def test_the_same_place_says_some_different_things(log: Log) -> None:
    for number in range(MOST_TEXTS + 5):
        log.say(f"a turn of run {number} failed\nTraceback")
    assert len(log.lines) == MOST_TEXTS
    log.end()
    assert log.lines[-1] == f"a turn of run {MOST_TEXTS + 4} failed (and 5 more like this within 60 s)"


def test_what_is_said_elsewhere_is_another_thing(log: Log) -> None:
    log.say("failed", line=1)
    log.say("failed", line=2)
    assert log.lines == ["failed", "failed"]


def test_what_is_no_warning_is_always_written(log: Log) -> None:
    for _ in range(100):
        log.say("GET /v1/runs 200", level=logging.INFO)
    assert len(log.lines) == 100


def test_however_many_places_say_something_little_is_kept_of_them(log: Log) -> None:
    for line in range(5000):
        log.say("odd", line=line)
    assert len(log.lines) == 5000
    assert len(log._repetitions._kinds) <= 1000  # pyright: ignore[reportPrivateUsage]


def test_the_standard_error_gets_a_line_and_at_the_end_the_count(capsys: pytest.CaptureFixture[str]) -> None:
    handler, logger = SparingHandler(), logging.Logger("warroom")
    logger.addHandler(handler)
    for _ in range(4):
        logger.error("the store cannot be read")
    assert capsys.readouterr().err == "the store cannot be read\n"
    handler.close()
    assert capsys.readouterr().err == "the store cannot be read (and 3 more like this within 60 s)\n"
