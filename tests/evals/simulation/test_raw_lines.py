"""Raw lines of the simulated production: those that the error patterns count, by version and instance."""

from datetime import timedelta
from typing import Any

import pytest

from agents.readings.searches import LogLines
from agents.tools.port import Unanswered
from tests.agents.tools.small_world import ALERT, BAD_RELEASE, BUG, LOST_MACHINE, Play


def searched(play: Play, service: str = "door", **asked: Any) -> LogLines:
    return play.run(lambda: play.ask("search_logs", service, **asked))


def test_the_lines_of_a_fault_begin_with_it() -> None:
    fault = {**BUG, "jitter": 0}
    before = searched(Play(fault), text="ZeroDivisionError", until=(ALERT - timedelta(minutes=11)).isoformat())
    assert before.lines == []
    lines = searched(Play(fault), text="ZeroDivisionError", level="error").lines
    assert len(lines) > 20
    assert all("door/hinge.py" in line.text and line.level == "error" for line in lines)


def test_lines_say_which_version_wrote_them() -> None:
    lines = searched(Play(BAD_RELEASE), text="TypeError").lines
    assert {line.version for line in lines} == {"1.2"}
    assert searched(Play(BAD_RELEASE), text="TypeError", version="1.1").lines == []


def test_a_fault_of_one_instance_is_written_by_that_instance() -> None:
    ailing = {**BUG, "effect": {"only": {"instance": ["door-2"]}}}
    assert {line.instance for line in searched(Play(ailing), text="ZeroDivision").lines} == {"door-2"}
    assert {line.instance for line in searched(Play(BUG), text="ZeroDivision").lines} == {"door-1", "door-2", "door-3"}


def test_callers_write_what_they_meet_and_harmless_lines_are_always_written() -> None:
    assert searched(Play(LOST_MACHINE), text="query on store failed").lines
    assert not searched(Play(), text="query on store failed").lines
    assert len(searched(Play(), minutes=60).lines) > 20


def test_the_same_search_gives_the_same_lines() -> None:
    assert searched(Play(BAD_RELEASE)) == searched(Play(BAD_RELEASE))


def test_where_the_error_log_cannot_be_had_neither_can_raw_lines() -> None:
    for answer in ("not connected", "no data", "timeout", "failed"):
        with pytest.raises(Unanswered) as refused:
            searched(Play(gaps=[{"port": "error_log", "answer": answer}]))
        assert refused.value.refusal.error == answer
    with pytest.raises(Unanswered, match="holds no samples"):
        searched(Play(observed={"door": ["golden_signals"]}))
