"""Viewers: who else has the page of a run open now. It is known from the open streams alone; nothing is stored."""

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from agents.rules.writing.wording import listed

ANNOUNCED_EVERY = 0.4
"""Seconds: who comes and goes meanwhile is announced together, and a page that is loaded again does not blink."""
NAMES_AT_MOST = 3


class Viewer(NamedTuple):
    """Somebody who has the page open."""

    name: str
    """Of their key, or as they gave it; empty: not known."""
    browser: str
    """Tells two people without a name apart."""

    @property
    def identity(self) -> str:
        """The same for all pages of one person."""
        return self.name or self.browser


class Viewers:
    """The viewers of one run."""

    def __init__(self, announce: Callable[[], None]) -> None:
        self._announce = announce
        self._pages: Counter[Viewer] = Counter()
        self._people: dict[str, str] = {}
        """Identity -> name, as last announced; those with a name come first."""
        self._is_due = False

    def join(self, viewer: Viewer) -> None:
        """Somebody opens a page."""
        self._pages[viewer] += 1
        self._announce_soon()

    def leave(self, viewer: Viewer) -> None:
        """Somebody closes a page."""
        self._pages -= Counter([viewer])
        self._announce_soon()

    def besides(self, viewer: Viewer) -> str:
        """Say who else is looking; empty: nobody."""
        others = len(self._people) - (viewer.identity in self._people)
        if not others:
            return ""
        names = self._first_names(viewer)
        unnamed = others - len(names)
        people = "person" if unnamed == 1 else "people"
        who = listed([*names, *([f"{unnamed} other {people}"] if unnamed else [])])
        return f"{who} {'is' if others == 1 else 'are'} looking too"

    def _first_names(self, viewer: Viewer) -> list[str]:
        """A few names. Of many viewers only the first are looked at: each of them is told."""
        first = islice(self._people.items(), NAMES_AT_MOST + 1)
        names = [name for identity, name in first if name and identity != viewer.identity]
        return names[:NAMES_AT_MOST]

    def _announce_soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(ANNOUNCED_EVERY, self._announce_now)

    def _announce_now(self) -> None:
        self._is_due = False
        present = sorted(self._pages, key=lambda viewer: (not viewer.name, viewer))
        self._people = {viewer.identity: viewer.name for viewer in present}
        self._announce()
