"""Code and settings of the simulated production."""

from typing import Any

import pytest

from agents.tools.port import Unanswered
from tests.agents.tools.small_world import BUG, SERVICES, Play

DOOR = {
    **SERVICES["door"],
    "changes": [
        {"change": "#1", "at": "-9d", "summary": "hinges", "touches": ["door/hinge.py"]},
        {"change": "#2", "at": -13, "summary": "new lock", "files": ["door/lock.py"], "touches": ["lock"]},
    ],
    "operations": [{"kind": "configuration", "at": -30, "says": "idle timeout from 300 s to 60 s"}],
}


def asked(port: str, **arguments: Any) -> Any:
    play = Play(BUG, services={**SERVICES, "door": DOOR})
    return play.run(lambda: play.ask(port, **arguments))


def test_a_change_and_the_changes_between_two_versions_show_their_files() -> None:
    diff = asked("change_diff", change="#2")
    assert [one.path for one in diff.files] == ["door/lock.py"]
    assert "new lock" in diff.files[0].patch
    assert [one.path for one in asked("change_diff", change="1.1...1.2").files] == ["door/lock.py"]
    assert asked("change_diff", change="1.2").says == "#2 new lock"
    assert asked("change_diff", change="1.1").files == []
    with pytest.raises(Unanswered, match=r"there is 1\.0, 1\.1, 1\.2, #1, #2"):
        asked("change_diff", change="9.9")


def test_an_error_line_points_to_the_files_of_the_changes_that_it_leads_to() -> None:
    (file,) = asked("source_lines", signature="ZeroDivisionError at door/hinge.py:3").files
    assert file.path == "door/hinge.py"
    assert "hinges" in file.last_changes[0]
    with pytest.raises(Unanswered, match="names no file that was changed"):
        asked("source_lines", signature="KeyError at door/bell.py:3")


def test_a_setting_is_told_now_and_before() -> None:
    timeout, *_ = asked("configuration").settings
    assert (timeout.before, timeout.now, timeout.is_changed) == ("300 s", "60 s", True)
