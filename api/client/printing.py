"""Printing: lines and a server's events for a terminal, in colours and columns; plain lines into a file or a pipe."""

import shlex
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.io.outside_text import clean
from agents.tools.change import SHORT
from api.client.server_address import URL, server_named
from api.narration.event_lines import EventLine, EventNarrator, shortened
from api.narration.vocabulary import Tone
from api.runs.run_view import RunView
from graphs.transcript.event import parse_event

STYLES: dict[Tone, str] = {
    "plain": "",
    "quiet": "dim",
    "good": "green",
    "bad": "red",
    "asks": "bold yellow",
    "heading": "bold",
}
WHO = len("Executive Summary Generator")
LONGEST = 150
"""Longer lines are cut, but not what a person decides on, and nothing where everything is to be told."""


class Printer:
    """Prints what is told. Whether colours are used, the terminal decides (and NO_COLOR)."""

    def __init__(self, verbose: bool = False, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._verbose = verbose

    def line(self, line: EventLine) -> None:
        """Print a line, unless it is a detail and nobody asked for details."""
        if line.detail and not self._verbose:
            return
        if not self._verbose and line.tone != "asks":
            line = line._replace(what=shortened(line.what, LONGEST))
        if line.tone == "heading":
            self.say(f"\n{line.what}", "heading")
        elif self._console.is_terminal:
            self._console.print(_columns(line))
        else:
            self.say(f"{line.at:%H:%M:%S}  {line.who:<{WHO}}  {line.what}")

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Print something that is no event."""
        self._console.print(Text(text, STYLES[tone]), soft_wrap=True)


def _columns(line: EventLine) -> Table:
    columns = Table.grid(padding=(0, 2))
    columns.add_column(width=8, style="dim")
    columns.add_column(width=WHO)
    columns.add_column(ratio=1)
    columns.add_row(f"{line.at:%H:%M:%S}", Text(line.who, "cyan"), Text(line.what, STYLES[line.tone]))
    return columns


def farewell(run: RunView) -> str:
    """Say in a few words how a run went."""
    assert run.started_at is not None
    ended = run.closed_at or run.started_at
    minutes = round((ended - run.started_at).total_seconds() / 60)
    outcome = f"{run.cause} ({run.component})" if run.cause else run.verdict or "not investigated"
    duties = f"{run.by_book} duties by the rules" + (f", {run.by_model} by the model" if run.by_model else "")
    rows = ", ".join(dict.fromkeys(escalated.row for escalated in run.escalations)) or "none"
    return (
        f"Run {run.id} is {run.status} after {minutes} min of its own time: {run.severity}, {outcome}.\n"
        f"{run.updates_sent} status page updates, {run.briefs_sent} executive briefs, escalations: {rows}. "
        f"{duties}, {run.events} events."
    )


class EventPrinter:
    """Tells events in order; under a question stands how it can be answered."""

    def __init__(self, verbose: bool = False, url: str = URL, zone: tzinfo | None = UTC) -> None:
        self._url = url
        self._printer = Printer(verbose)
        self._teller = EventNarrator(zone)

    def tell(self, run: str, given: dict[str, Any]) -> None:
        """Tell an event as the stream gives it."""
        event = parse_event(given)
        for line in self._teller.tell(event):
            self._printer.line(line)
        if event.kind == "question" and run:
            for command in how_to_answer(run, event.payload["question"], self._url):
                self._printer.say(f"          > {command}", "asks")


def how_to_answer(run: str, question: dict[str, Any], url: str) -> Iterator[str]:
    """The commands that answer a question, ready to be copied into a shell: one for each of its answers."""
    where = server_named(url)
    bound = ["--digest", question["digest"][:SHORT]] if question.get("digest") else []
    for option in question["options"]:
        said = option.replace(" ", "-")
        match option:
            case "act":
                for act in question.get("acts", []):
                    yield _command(run, question, [said, "--digest", act["digest"][:SHORT], *where], act["text"])
            case "edit":
                proposal: dict[str, Any] = question.get("proposal") or {}
                named: dict[str, Any] = proposal.get("parameters") or {}
                changed = [f"{name}={value}" for name, value in named.items()]
                if changed:
                    yield _command(run, question, [said, *changed, *bound, *where], "with other values")
            case "cause":
                names = ["--cause", "CAUSE", "--component", "COMPONENT"]
                yield _command(run, question, [said, *names, *where])
            case "amount":
                yield _command(run, question, [said, "--amount", "AMOUNT", *where])
            case _:
                yield _command(run, question, [said, *bound, *where])


def _command(run: str, question: dict[str, Any], words: list[str], means: str = "") -> str:
    command = shlex.join(["warroom", "answer", run, question["id"], *words])
    return f"{command}{f'  # {clean(means)}' if means else ''}"
