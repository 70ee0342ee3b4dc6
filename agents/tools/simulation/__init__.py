"""Simulated production: world (what there is) -> kinds, course (what goes on) -> conditions (what can be measured)
-> signals, logs, delivery, estate, requests (the reading ports), acts (the acting ones), production (the driver)."""

from agents.tools.simulation.journal import Act, FileJournal, InMemoryJournal, Journal
from agents.tools.simulation.production import Production
from agents.tools.simulation.world import World

__all__ = ["Act", "FileJournal", "InMemoryJournal", "Journal", "Production", "World"]
