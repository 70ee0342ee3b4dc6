"""One process per data directory, and never invented data beside real alerts."""

import multiprocessing
from pathlib import Path

import pytest

from api.cli.data_directory import DirectoryUnusable, occupied

REAL, INVENTED = "runs on connected systems", "runs on a simulated production"


def test_a_second_one_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with (
        occupied(tmp_path, REAL),
        pytest.raises(DirectoryUnusable, match=r"in use.*process \d+"),
        occupied(tmp_path, REAL),
    ):
        pass


def test_a_directory_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with occupied(tmp_path / "new", REAL) as directory:
            assert directory.is_dir()


def _die_in(directory: Path) -> None:
    with occupied(directory, REAL):
        multiprocessing.current_process().kill()


def test_a_process_that_dies_leaves_no_lock(tmp_path: Path) -> None:
    dying = multiprocessing.get_context("spawn").Process(target=_die_in, args=(tmp_path,))
    dying.start()
    dying.join()
    with occupied(tmp_path, REAL):
        assert dying.exitcode != 0


def test_invented_data_never_meets_real_runs(tmp_path: Path) -> None:
    with occupied(tmp_path, REAL):
        pass
    with pytest.raises(DirectoryUnusable, match=REAL), occupied(tmp_path, INVENTED):
        pass


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DirectoryUnusable, match="file"), occupied(tmp_path / "file" / "data", REAL):
        pass
