"""The ticket office's services do what the faults need of them: real processes, no Prometheus."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab.children import Children, free_ports
from tests.lab.production import ROOT
from tests.lab.street.controls import Controls
from tests.lab.street.services import FAULTY_FRONT
from tests.lab.street.ticket_office import HERE, TicketOffice
from tests.lab.street.users import visit

NAMES = ("booking", "seats", "cards")


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """Start front in a version, with booking, seats and the card company behind it; gives its port."""
    children = Children(tmp_path)
    ports = dict(zip((*NAMES, "front"), free_ports(4), strict=True))
    (tmp_path / "ports.json").write_text(json.dumps(ports))
    (tmp_path / "queue").mkdir()

    def start(version: str) -> int:
        for role in (*NAMES, "front"):
            module = [sys.executable, "-m", "tests.lab.street.services", role, version]
            children.start(role, [*module, str(ports[role]), str(tmp_path)], PYTHONPATH=str(ROOT))
        for role in ports:
            children.wait_until(f"{role} answers", lambda role=role: visit(ports[role], "/healthz") == 200, 15)
        return ports["front"]

    yield start
    children.stop()


def test_a_booking_holds_a_seat_charges_a_card_and_queues_a_letter(front: Callable[[str], int], tmp_path: Path) -> None:
    port = front("2.4.0")
    assert [visit(port, page) for page in ("/", "/show", "/book", "/nowhere")] == [200, 200, 200, 404]
    assert len(list((tmp_path / "queue").iterdir())) == 1


def test_a_pool_of_one_connection_turns_most_bookings_away_and_a_larger_one_none(
    front: Callable[[str], int], tmp_path: Path
) -> None:
    port = front("2.4.0")

    def book(connections: int) -> Counter[int]:
        (tmp_path / "seats.json").write_text(json.dumps({"connections": connections}))
        with ThreadPoolExecutor(16) as crowd:
            return Counter(crowd.map(visit, [port] * 16, ["/book"] * 16))

    assert book(1)[502] >= 8
    assert book(16) == {200: 16}


def test_the_faulty_front_shows_everything_and_books_nothing(front: Callable[[str], int]) -> None:
    port = front(FAULTY_FRONT)
    assert [visit(port, page) for page in ("/", "/show", "/book")] == [200, 200, 500]


class FakeOffice:
    """Keeps what it was asked to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def restart(self, service: str) -> None:
        self.done.append(service)

    def release(self, service: str, version: str) -> None:
        self.done.append(f"{service} {version}")

    def history(self, service: str) -> dict[str, object]:
        return {"service": service}

    pipeline = history


def test_the_operators_tool_changes_something_once_for_each_key_and_tells_what_became_of_it() -> None:
    office = FakeOffice()
    controls, (port,) = Controls(office), free_ports(1)

    def operate(*words: str) -> object:
        command = [sys.executable, str(HERE / "operate.py"), str(port), *words]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
        return json.loads(said) if said.strip() else None

    with controls.serving(port):
        assert operate("outcome", "run/1#2") is None
        for _ in range(2):
            assert operate("release", "front", "2.4.0", "--key", "run/1#2")
        operate("restart", "seats", "--key", "other")
        assert operate("outcome", "run/1#2") == {"done": True, "detail": "rollback of front", "reference": "2.4.0"}
        assert operate("history", "front") == {"service": "front"}
    assert office.done == ["front 2.4.0", "seats"]
    assert [act[1:4] for act in controls.acts] == [("rollback", "front", "2.4.0"), ("restart", "seats", "")]


class OfficeOnPaper(TicketOffice):
    """Starts no process."""

    def _start_again(self, service: str, instance: str) -> None: ...


def test_a_release_that_is_put_back_is_rolled_back_in_the_history(tmp_path: Path) -> None:
    office = OfficeOnPaper(tmp_path, Children(tmp_path), 2)
    office.release("front", FAULTY_FRONT, ("front_2",))
    assert office.pipeline("front")["rollback_target"] == "2.4.0"
    office.release("front", "2.4.0")
    history = office.history("front")
    assert history["running"] == "2.4.0"
    assert [(row["version"], row["status"]) for row in history["deployments"]] == [
        ("2.4.0", "succeeded"),
        (FAULTY_FRONT, "rolled back"),
        ("2.4.0", "succeeded"),
    ]
