"""Watching: events that come from a server, told on the terminal."""

from typing import Any

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
            asked = event.payload["question"]
            self._printer.say(
                f"          > warroom answer {run} {asked['id']} {asked['options'][0].replace(' ', '-')}", "asks"
            )
