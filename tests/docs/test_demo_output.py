"""The demo's output in the README: every line is one that the demo prints, perhaps cut."""

import re
from io import StringIO

from rich.console import Console

from api.cli.demo import DemoOptions, play_through, tell_all
from api.client.printing import Printer
from evals.scenarios.loading import load
from tests.docs.pages import read

SHOWN = re.compile(r"<!-- demo output -->\n```text\n(.*?)```\n<!-- /demo output -->", re.DOTALL)


def printed() -> list[str]:
    told = StringIO()
    view, events = play_through(load("first_light"), DemoOptions())
    tell_all(view, events, Printer(console=Console(file=told, highlight=False)))
    return told.getvalue().splitlines()


def test_the_readme_shows_what_the_demo_prints() -> None:
    found = SHOWN.search(read("README.md"))
    assert found
    lines, told = found[1].splitlines(), printed()
    assert len(lines) > 10
    assert [line for line in lines if not any(one.startswith(line.rstrip("…")) for one in told)] == []
