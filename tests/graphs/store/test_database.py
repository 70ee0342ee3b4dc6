"""The database: its file, its one writer, and its schema in numbered steps."""

import os
import resource
import signal
import sqlite3
from pathlib import Path

import pytest

from agents.io.catalogue import Catalogue
from agents.io.clock import Clock
from agents.runtime.briefing import Alert
from agents.tools.connections import CatalogueConnections
from evals.playing.play import EPOCH
from graphs.intake.incident_service import IncidentService
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import Migration, in_order, migrate, migrations, version
from graphs.store.faults import StoreDamaged, StoreError, StoreFull, StoreReadOnly, StoreTooNew, StoreUnreachable
from graphs.store.store import Store
from tests.graphs.theatre import Life, OneDirectory, Theatre, add_run, count

NO_LIMIT = 1 << 30


class StandingClock:
    """It is always three in the morning."""

    now = staticmethod(lambda: EPOCH)

    async def sleep(self, duration: object) -> None: ...


def runner_on(path: Path) -> IncidentService:
    clock: Clock = StandingClock()
    nothing = Catalogue()
    return IncidentService(Dependencies(Store(path), clock, CatalogueConnections(nothing, clock), nothing))


def fill_the_disk(store: Store) -> None:
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count = {pages}")


def make_room(store: Store) -> None:
    store.database.connection.execute(f"PRAGMA max_page_count = {NO_LIMIT}")


def receive_until_refused(incidents: IncidentService) -> tuple[list[str], StoreError]:
    taken: list[str] = []
    for number in range(10_000):
        try:
            taken.append(incidents.alerts.receive(Alert(title=f"alert {number}", description="x" * 500)).run)
        except StoreError as refused:
            return taken, refused
    raise AssertionError("the disk was never full")


def kept(path: Path) -> set[str]:
    store = Store(path)
    try:
        return set(store.runs.newest(100_000))
    finally:
        store.close()


@pytest.mark.sqlite
def test_a_full_disk_refuses_the_alert_clearly_and_keeps_all_that_was_taken_in(tmp_path: Path) -> None:
    incidents = runner_on(tmp_path / "warroom.sqlite")
    fill_the_disk(incidents.deps.store)
    taken, refused = receive_until_refused(incidents)
    assert isinstance(refused, StoreFull)
    assert "disk is full" in str(refused)
    assert kept(tmp_path / "warroom.sqlite") == set(taken)
    make_room(incidents.deps.store)
    taken.append(incidents.alerts.receive(Alert(title="there is room again")).run)
    assert kept(tmp_path / "warroom.sqlite") == set(taken)


@pytest.mark.sqlite
def test_a_write_that_the_kernel_refuses_is_told_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """In a child process that may not let any file grow beyond a limit."""
    path, told = tmp_path / "warroom.sqlite", tmp_path / "told"
    child = os.fork()
    if child == 0:
        try:
            incidents = runner_on(path)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_600_000, resource.RLIM_INFINITY))
            taken, refused = receive_until_refused(incidents)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            taken.append(incidents.alerts.receive(Alert(title="there is room again")).run)
            told.write_text("\n".join([type(refused).__name__, *taken]))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    kind, *taken = told.read_text().splitlines()
    assert kind in (StoreFull.__name__, StoreUnreachable.__name__)
    assert len(taken) > 10
    assert kept(path) == set(taken)


@pytest.mark.sqlite
def test_a_run_goes_on_when_there_is_room_again(tmp_path: Path) -> None:
    """Its turns fail while the disk is full; nothing is lost or done twice."""
    theatre = Theatre(OneDirectory(tmp_path))

    async def play(life: Life) -> None:
        incidents = life.incidents
        await incidents.start()
        run = incidents.alerts.receive(theatre.alert).run
        question = await life.asked(run)
        assert question.id
        fill_the_disk(incidents.deps.store)
        await life.clock.sleep((life.clock.now() - EPOCH) * 2)
        _, refused = receive_until_refused(incidents)
        assert isinstance(refused, StoreFull)
        make_room(incidents.deps.store)
        assert (await life.to_the_end(run)).status == "closed"
        assert count(incidents, run, "result") == len([a for a in theatre.journal.acts() if a.port == "rollback"])

    theatre.live(play)


@pytest.mark.sqlite
def test_a_store_that_may_not_be_written_says_what_to_do(tmp_path: Path) -> None:
    incidents = runner_on(tmp_path / "warroom.sqlite")
    incidents.deps.store.database.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreReadOnly, match="let this user write the data directory"):
        incidents.alerts.receive(Alert(title="x"))
    incidents.close()


@pytest.mark.sqlite
def test_a_directory_that_is_not_there_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly, match=r"cannot be opened.*nowhere"):
        Store(tmp_path / "nowhere" / "warroom.sqlite")


@pytest.mark.sqlite
@pytest.mark.parametrize("offset", [0, 4096 + 8])
def test_a_damaged_store_says_so(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "warroom.sqlite"
    store = Store(path)
    store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xde\xad" * 3000)
    with pytest.raises(StoreDamaged, match=r"damaged.*backup"):
        Store(path).runs.newest(1)


@pytest.mark.sqlite
def test_a_fault_of_ours_stays_what_it_is() -> None:
    store = Store()
    add_run(store)
    with pytest.raises(sqlite3.IntegrityError):
        add_run(store)
    store.close()


def test_a_transaction_is_all_or_nothing() -> None:
    store = Store()

    def write_and_fail() -> None:
        with store.transaction():
            add_run(store)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert not store.runs.exists("one")
    store.close()


@pytest.mark.sqlite
def test_a_transaction_inside_another_is_part_of_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "warroom.sqlite")

    def turn_twice() -> None:
        with store.transaction():
            with store.transaction():
                store.switches.turn("acting", "held", "me")
            store.database.connection.execute("INSERT INTO switches (name, state) VALUES ('acting', 'free')")

    with pytest.raises(sqlite3.IntegrityError):
        turn_twice()
    assert store.switches.find("acting") is None


ONE = Migration(1, "start", "CREATE TABLE berths (name TEXT);")
TWO = Migration(2, "more", "ALTER TABLE berths ADD COLUMN length INTEGER; INSERT INTO berths VALUES ('north', 12);")
BROKEN = Migration(2, "broken", "INSERT INTO berths VALUES ('south'); INSERT INTO nowhere VALUES (1);")


@pytest.fixture
def connection() -> sqlite3.Connection:
    return sqlite3.connect(":memory:")


def test_an_empty_store_gets_every_step(connection: sqlite3.Connection) -> None:
    migrate(connection, steps=(ONE, TWO))
    assert connection.execute("SELECT * FROM berths").fetchall() == [("north", 12)]
    assert version(connection) == 2


def test_a_step_is_applied_once(connection: sqlite3.Connection) -> None:
    for steps in ((ONE,), (ONE, TWO), (ONE, TWO)):
        migrate(connection, steps=steps)
    assert connection.execute("SELECT COUNT(*) FROM berths").fetchone() == (1,)


def test_a_step_that_fails_leaves_nothing_of_itself(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(connection, steps=(ONE, BROKEN))
    assert version(connection) == 1
    assert connection.execute("SELECT COUNT(*) FROM berths").fetchone() == (0,)


def test_a_newer_store_is_refused_and_left_alone(connection: sqlite3.Connection) -> None:
    migrate(connection, steps=(ONE, TWO))
    with pytest.raises(StoreTooNew, match=r"newer Warroom.*its schema is 2.*knows up to 1"):
        migrate(connection, steps=(ONE,))
    assert version(connection) == 2


@pytest.mark.parametrize(
    "names", [["002_more.sql"], ["001_start.sql", "003_more.sql"], ["001_start.sql", "001_more.sql"], ["start.sql"]]
)
def test_numbers_without_order_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match=r"numbered|expected a name"):
        in_order(dict.fromkeys(names, ""))


@pytest.mark.sqlite
def test_a_store_from_before_there_were_migrations_is_taken_over(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "warroom.sqlite")
    old.executescript(migrations()[0].sql)
    old.execute("INSERT INTO runs (id, received_at, alert, dedup_key) VALUES ('one', '', '{}', '')")
    old.commit()
    old.close()
    store = Store(tmp_path / "warroom.sqlite")
    assert store.runs.newest(5) == ["one"]
    assert store.schema == len(migrations())
    store.close()


def test_the_steps_speak_no_dialect() -> None:
    """What only one of SQLite and PostgreSQL understands."""
    dialect = (
        "AUTOINCREMENT",
        "PRAGMA",
        "WITHOUT ROWID",
        "STRICT",
        "SERIAL",
        "JSONB",
        "BLOB",
        "BYTEA",
        "DATETIME",
        "`",
    )
    assert [(step.name, word) for step in migrations() for word in dialect if word in step.sql.upper()] == []
