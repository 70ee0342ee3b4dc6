"""Whatever is told or done outside is on disk before, so that a power cut makes nobody forget it."""

from contextlib import closing
from pathlib import Path

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock, VirtualClock
from agents.tools.port import Connections
from agents.tools.ports import notify, publish_status, rollback
from evals.playing.play import EPOCH
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.runtime.node_context import TranscriptDutyLog
from graphs.store.store import Store
from graphs.transcript.event import readable
from graphs.transcript.events import Author
from tests.graphs.power_cut import Platter
from tests.graphs.stay import Outside
from tests.graphs.theatre import Life, Theatre, add_run

pytestmark = pytest.mark.sqlite


class OnAPlatter:
    """A service on a file, of which one sees what a power cut would leave."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.platters: list[Platter] = []

    def open(self, clock: Clock, connections: Connections, catalogue: Catalogue) -> IncidentService:
        store = Store(self._folder / "warroom.sqlite")
        self.platters.append(Platter(store, self._folder / "platter"))
        return IncidentService(Dependencies(store, clock, connections, catalogue, revenue_limit=25_000))

    def kill(self, incidents: IncidentService) -> None:
        incidents.close()

    def last_intent(self) -> str:
        """The port of the newest intent that a power cut would leave."""
        with closing(self.platters[-1].after_a_power_cut()) as store:
            (run,) = store.runs.newest(1)
            intents = sorted(readable(store.events.of_kind(run, "intent")), key=lambda event: event.seq)
            return intents[-1].payload["port"] if intents else ""


def test_before_a_change_is_made_or_a_message_leaves_its_intent_is_on_disk(tmp_path: Path) -> None:
    house = OnAPlatter(tmp_path)
    found: dict[str, set[str]] = {}

    async def look(port: str, _: str, moment: str) -> None:
        if moment == "before" and port in (rollback.name, publish_status.name, notify.name):
            found.setdefault(port, set()).add(house.last_intent())

    theatre = Theatre(house, disturb=look)

    async def part(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        return (await life.to_the_end(run)).status

    assert theatre.live(part) == "closed"
    assert found == {port: {port} for port in (rollback.name, publish_status.name, notify.name)}


async def test_before_a_model_is_asked_the_call_is_on_disk(tmp_path: Path) -> None:
    store = Store(tmp_path / "warroom.sqlite")
    platter = Platter(store, tmp_path / "platter")
    add_run(store)
    deps = Dependencies(store, VirtualClock(EPOCH), Outside(), Catalogue())
    log = TranscriptDutyLog(deps, "one", Author("main"))
    await log.write("main/s1#1/model/1/call", "model_call", {"messages": []})
    assert platter.event("one", "main/s1#1/model/1/call")
    store.close()
