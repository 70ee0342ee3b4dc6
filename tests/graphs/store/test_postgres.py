"""PostgreSQL: what several sessions may do at once, what a lost session means, and the schema."""

import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg
import pytest

from agents.io.clock import VirtualClock
from graphs.store.database import migrations
from graphs.store.events import NewEvent
from graphs.store.faults import StoreTooNew, StoreUnreachable
from graphs.store.opening import open_store
from graphs.store.postgres import EVENTS_CHANNEL, AddressUnreadable, PostgresDatabase
from graphs.store.postgres_jobs import LANE, wake_what_was_left
from graphs.store.postgres_listener import Listener
from graphs.store.postgres_schema import WORKS_FOR, NotMigrated, migrate
from graphs.store.store import Store
from graphs.transcript.events import Author, Draft, Transcripts
from tests.graphs.theatre import EPOCH, EVER, add_run

NOBODY = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %(name)s"


@contextmanager
def store_on(url: str, name: str = "warroom") -> Generator[Store]:
    with closing(Store(database=PostgresDatabase(url, name))) as store:
        yield store


@pytest.fixture
def store(postgres: str) -> Iterator[Store]:
    with store_on(postgres) as store:
        yield store


def end_sessions(store: Store, name: str) -> None:
    store.database.connection.execute(NOBODY, {"name": name})
    time.sleep(0.1)


def note(store: Store, run: str, key: str) -> None:
    store.events.add(NewEvent(run, EPOCH, "note", "main", "", "", [], "{}", key, ""))


def test_events_of_a_run_are_numbered_without_a_gap_however_many_sessions_write(postgres: str, store: Store) -> None:
    add_run(store)

    def write(writer: int) -> None:
        with store_on(postgres) as mine:
            for number in range(25):
                with mine.transaction("one"):
                    note(mine, "one", f"{writer}/{number}")

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(4)))
    assert [row.seq for row in store.events.after("one", 0)] == list(range(1, 101))


def test_a_transaction_for_one_run_waits_for_no_other_run_and_one_for_all_waits_for_both(
    postgres: str, store: Store
) -> None:
    done: list[str] = []

    def write(run: str) -> None:
        with store_on(postgres) as mine, mine.transaction(run):
            mine.check_writable()
            done.append(run)

    with store.transaction("one"):
        store.check_writable()
        writers = [threading.Thread(target=write, args=(run,)) for run in ("two", "")]
        writers[0].start()
        writers[0].join()
        writers[1].start()
        writers[1].join(0.3)
        assert done == ["two"]
    writers[1].join()
    assert done == ["two", ""]


def test_a_transaction_for_one_run_can_write_no_other(store: Store) -> None:
    with pytest.raises(RuntimeError, match="only for one"), store.transaction("one"), store.transaction("two"):
        pass
    with store.transaction(), store.transaction("two"):
        pass


def test_a_transaction_of_which_a_statement_failed_is_not_taken_for_written(store: Store) -> None:
    add_run(store)

    def go_on_after_an_error() -> None:
        with store.transaction():
            add_run(store)
            with pytest.raises(psycopg.IntegrityError):
                store.check_writable()

    with pytest.raises(StoreUnreachable, match="nothing was written"):
        go_on_after_an_error()


def test_a_session_that_holds_nothing_is_opened_anew(postgres: str, store: Store) -> None:
    with store_on(postgres, "other") as other:
        end_sessions(store, "other")
        assert other.runs.newest(1) == []
        end_sessions(store, "other")
        with other.transaction():
            other.check_writable()
            add_run(other)
    assert store.runs.newest(1) == ["one"]


def test_a_session_that_is_lost_in_a_transaction_leaves_nothing_of_it(postgres: str, store: Store) -> None:
    def lose(other: Store) -> None:
        with other.transaction():
            add_run(other)
            other.check_writable()
            end_sessions(store, "other")

    with store_on(postgres, "other") as other:
        with pytest.raises(StoreUnreachable):
            lose(other)
        assert other.runs.newest(1) == []


def test_whoever_lost_the_session_that_held_a_lock_writes_no_more(postgres: str, store: Store) -> None:
    add_run(store)
    database = PostgresDatabase(postgres, "turn")
    with closing(Store(database=database)) as turn:
        assert database.try_fence(LANE, "one", "main")
        other = PostgresDatabase(postgres, "next")
        assert not other.try_fence(LANE, "one", "main")
        end_sessions(store, "turn")
        assert other.try_fence(LANE, "one", "main")
        with pytest.raises(StoreUnreachable), turn.transaction("one"):
            note(turn, "one", "late")
        with pytest.raises(StoreUnreachable):
            turn.wakeups.add("one", "main", "late", EPOCH)
        assert store.events.after("one", 0) == []
        database.leave_fence(LANE, "one", "main")
        with turn.transaction("one"):
            note(turn, "one", "in time")
        other.close()


@pytest.mark.parametrize("address", ["u:hunter%zz@db/x", "u:hunter22@[db/x", "u:hunter22@db/x?hunter22=1"])
def test_an_address_that_cannot_be_read_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(AddressUnreadable) as refused:
        PostgresDatabase(f"postgresql://{address}")
    assert "hunter" not in f"{refused.value}{refused.value.__cause__}"
    assert refused.value.__suppress_context__


def test_a_lock_that_cannot_be_let_go_of_goes_with_its_session(
    postgres: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_run(store)
    one, other = PostgresDatabase(postgres), PostgresDatabase(postgres)

    def refuse(*_: object) -> None:
        raise StoreUnreachable("there", "no")

    with closing(one), closing(other):
        assert one.try_fence(LANE, "one", "main")
        with monkeypatch.context() as patched:
            patched.setattr(one, "_execute", refuse)
            one.leave_fence(LANE, "one", "main")
        time.sleep(0.1)
        assert other.try_fence(LANE, "one", "main")


async def test_a_service_is_changed_by_one_process_at_a_time(postgres: str) -> None:
    one, other = PostgresDatabase(postgres), PostgresDatabase(postgres)
    with closing(one), closing(other):
        async with one.service_lock("checkout"):
            assert not other.try_lock("service", "checkout")
            async with other.service_lock("payments"):
                pass
        async with other.service_lock("checkout"):
            pass


def test_what_a_dead_worker_left_is_woken_once_and_what_is_under_way_is_not(postgres: str, store: Store) -> None:
    database = store.database
    assert isinstance(database, PostgresDatabase)
    for run in ("left", "under way", "to come"):
        add_run(store, run)
    store.wakeups.add("left", "main", "time", EPOCH)
    store.wakeups.add("under way", "main", "time", EPOCH)
    store.wakeups.add("to come", "main", "time", EVER)
    database.connection.execute("DELETE FROM procrastinate_jobs")
    with closing(PostgresDatabase(postgres)) as turn:
        assert turn.try_fence(LANE, "under way", "main")
        assert wake_what_was_left(database, EPOCH + timedelta(minutes=1)) == 1
        assert wake_what_was_left(database, EPOCH + timedelta(minutes=1)) == 0
    jobs = database.connection.execute("SELECT args FROM procrastinate_jobs").fetchall()
    assert [job["args"] for job in jobs] == [{"run": "left", "lane": "main"}]


def test_a_wakeup_that_is_put_off_has_a_job_at_its_new_time(store: Store) -> None:
    store.wakeups.add("one", "main", "time", EPOCH)
    store.wakeups.add("one", "main", "time", EPOCH)
    (wakeup,) = store.wakeups.due(EVER)
    store.wakeups.put_off([wakeup.key], EVER - timedelta(days=1))
    times = store.database.connection.execute("SELECT scheduled_at FROM procrastinate_jobs ORDER BY id").fetchall()
    assert [time["scheduled_at"] for time in times] == [None, EVER - timedelta(days=1)]


def test_every_process_hears_of_new_events(postgres: str, store: Store) -> None:
    heard = threading.Event()
    told: list[tuple[str, str]] = []

    def hear(channel: str, run: str) -> None:
        told.append((channel, run))
        heard.set()

    listening = threading.Event()

    def look() -> list[tuple[str, str]]:
        listening.set()
        return []

    listener = Listener(postgres, [EVENTS_CHANNEL], hear, look)
    listener.start()
    listening.wait()
    store.database.announce("one")
    assert heard.wait(10)
    listener.stop()
    assert told[0] == (EVENTS_CHANNEL, "one")


def test_requests_of_a_key_are_counted_by_all_processes_together(postgres: str, store: Store) -> None:
    with store_on(postgres) as other:
        left = [database.take_from_bucket("key", 3) for database in (store.database, other.database) for _ in range(2)]
    assert [amount >= 0 for amount in left] == [True, True, True, False]


def test_a_database_that_was_not_migrated_is_not_worked_on(postgres: str, store: Store) -> None:
    store.database.connection.execute("DELETE FROM schema_versions WHERE version = %s", (len(migrations()),))
    with pytest.raises(NotMigrated, match="run `warroom migrate`"):
        open_store(postgres)
    store.database.connection.execute("INSERT INTO schema_versions VALUES (%s, 'x')", (len(migrations()),))


def test_a_newer_schema_is_worked_on_only_where_whoever_made_it_says_that_an_older_warroom_may(
    postgres: str, store: Store
) -> None:
    known, execute = len(migrations()), store.database.connection.execute
    execute("INSERT INTO schema_versions VALUES (%s, 'x')", (known + 1,))
    store.database.write("set_works_for", oldest=known)
    open_store(postgres).close()
    for words in ("UPDATE schema_works_for SET oldest = oldest + 1", "DELETE FROM schema_works_for"):
        execute(words)
        with pytest.raises(StoreTooNew, match="newer Warroom"):
            open_store(postgres)
    with pytest.raises(StoreTooNew, match="newer Warroom"):
        migrate(postgres)
    execute("DELETE FROM schema_versions WHERE version > %s", (known,))
    store.database.write("set_works_for", oldest=WORKS_FOR)


def test_the_schema_works_for_the_warroom_that_makes_it(store: Store) -> None:
    row = store.database.one("works_for")
    assert row
    assert row["oldest"] == WORKS_FOR <= len(migrations())


def test_several_may_migrate_at_once(postgres: str, store: Store) -> None:
    execute = store.database.connection.execute
    name = execute("SELECT current_schema() AS name").fetchone()["name"]
    execute(f"DROP SCHEMA {name} CASCADE; CREATE SCHEMA {name}")
    with ThreadPoolExecutor(3) as several:
        assert set(several.map(migrate, [postgres] * 3)) == {len(migrations())}


def test_what_is_confirmed_is_on_disk_however_the_server_is_set_up(postgres: str, store: Store) -> None:
    with store_on(f"{postgres}%20-csynchronous_commit%3Doff", "hasty") as hasty:
        ask = "SELECT setting, reset_val FROM pg_settings WHERE name = 'synchronous_commit'"
        assert hasty.database.connection.execute(ask).fetchone() == {"setting": "on", "reset_val": "off"}
        end_sessions(store, "hasty")
        hasty.check_writable()  # which opens the session anew
        assert hasty.database.connection.execute(ask).fetchone() == {"setting": "on", "reset_val": "off"}


def test_a_run_is_told_of_elsewhere_once_others_can_see_its_event(postgres: str, store: Store) -> None:
    add_run(store)
    with closing(psycopg.connect(postgres, autocommit=True)) as other:
        other.execute(f"LISTEN {EVENTS_CHANNEL}")
        with store.transaction("one"):
            Transcripts(store, VirtualClock(EPOCH)).add("one", Draft("note/1", "note", {}, Author("main")))
            assert list(other.notifies(timeout=0.1)) == []
        (told,) = other.notifies(timeout=5, stop_after=1)
        assert told.payload == "one"
