"""The journal of acts, kept in a file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.readings.production import ActionResult
from evals.simulation.journal import FileJournal, JournalEntry

NIGHT = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)


def act(key: str) -> JournalEntry:
    arguments: dict[str, str | int | list[str]] = {"service": "checkout", "replicas": 6}
    return JournalEntry(
        at=NIGHT, port="scale", arguments=arguments, key=key, result=ActionResult(done=True, detail="done")
    )


def test_a_journal_goes_on_where_it_was_and_its_world_began_when_it_began(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    FileJournal(file, NIGHT).add(act("1"))
    later = FileJournal(file, NIGHT + timedelta(hours=1))
    later.add(act("2"))
    assert later.began == NIGHT
    assert list(FileJournal(file, NIGHT).acts()) == [act("1"), act("2")]


@pytest.mark.parametrize("torn", [1, 30])
def test_an_act_that_was_cut_off_never_happened(tmp_path: Path, torn: int) -> None:
    file = tmp_path / "journal.jsonl"
    journal = FileJournal(file, NIGHT)
    for key in ("1", "2"):
        journal.add(act(key))
    file.write_bytes(file.read_bytes()[:-torn])
    again = FileJournal(file, NIGHT)
    again.add(act("3"))
    assert [done.key for done in FileJournal(file, NIGHT).acts()] == ["1", "3"]


def test_a_journal_that_never_began_begins_now(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text('{"began": "2026')
    assert FileJournal(file, NIGHT).began == NIGHT
    assert FileJournal(file, NIGHT + timedelta(hours=1)).began == NIGHT
