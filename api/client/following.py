"""Watching: events that come from a server, told on the terminal."""

from typing import Any

from agents.tools.change import SHORT
from api.client.printing import Printer
from api.narration.event_lines import EventNarrator
from graphs.transcript.event import told


class EventPrinter:
    """Tells events in order; under a question stands how it can be answered."""

    def __init__(self, verbose: bool = False) -> None:
        self._printer = Printer(verbose)
        self._teller = EventNarrator()

    def tell(self, run: str, given: dict[str, Any]) -> None:
        """Tell an event as the stream gives it."""
        event = told(given)
        for line in self._teller.tell(event):
            self._printer.line(line)
        if event.kind == "question" and run:
            asked: dict[str, Any] = event.payload["question"]
            bound = f" --digest {asked['digest'][:SHORT]}" if asked.get("digest") else ""
            said = f"warroom answer {run} {asked['id']} {asked['options'][0].replace(' ', '-')}{bound}"
            self._printer.say(f"          > {said}", "asks")
