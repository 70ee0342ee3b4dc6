"""The Markdown notes driver: a folder of the team's runbooks, by the catalogue's `knowledge`."""

from pathlib import Path

import pytest

from agents.io import catalogue
from agents.io.catalogue import Catalogue, CatalogueError
from agents.io.clock import VirtualClock
from agents.tools.connections import CatalogueConnections
from agents.tools.drivers.markdown_notes import MOST_BYTES, MarkdownNotes
from agents.tools.port import Unanswered
from agents.tools.ports import team_notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "runbooks"
    (folder / "web").mkdir(parents=True)
    (folder / "web" / "shop.md").write_text("# Shop\nIts cache is cold on Mondays.\u202e", encoding="utf-8")
    (folder / "secret.txt").write_text("shop", encoding="utf-8")
    return folder


def driver(folder: Path, clock: VirtualClock) -> MarkdownNotes:
    return MarkdownNotes({"folder": str(folder)}, clock)


async def test_notes_of_all_folders_are_read_anew_for_each_question(folder: Path, clock: VirtualClock) -> None:
    notes = driver(folder, clock)
    (note,) = (await notes.team_notes(service="shop")).notes
    assert (note.file, note.text) == ("web/shop.md", "# Shop\nIts cache is cold on Mondays.")
    (folder / "shop-2.md").write_text("# More of shop")
    assert len((await notes.team_notes(service="shop")).notes) == 2


async def test_a_link_that_leads_out_of_the_folder_is_not_followed(
    folder: Path, tmp_path: Path, clock: VirtualClock
) -> None:
    outside = tmp_path / "shop-keys.md"
    outside.write_text("# shop keys")
    (folder / "shop-link.md").symlink_to(outside)
    assert [note.file for note in (await driver(folder, clock).team_notes(service="shop")).notes] == ["web/shop.md"]


async def test_a_very_long_file_is_read_in_part(folder: Path, clock: VirtualClock) -> None:
    (folder / "long.md").write_text("x" * MOST_BYTES + " needle")
    assert (await driver(folder, clock).team_notes(service="", text="needle")).notes == []


async def test_a_file_that_may_not_be_read_is_told(
    folder: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("not for you")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Unanswered, match="not for you"):
        await driver(folder, clock).team_notes(service="shop")


async def test_the_catalogue_names_the_folder_from_where_it_stands_itself(
    folder: Path, tmp_path: Path, clock: VirtualClock
) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text("knowledge: {folder: runbooks}\nservices: {shop: {}}\n")
    connected = CatalogueConnections(catalogue.load(file), clock).driver(team_notes, "shop")
    assert connected is not None
    assert len((await connected(service="shop")).model_dump()["notes"]) == 1
    assert CatalogueConnections(Catalogue(), clock).driver(team_notes, "shop") is None


def test_a_folder_that_is_not_there_is_told_at_the_start(tmp_path: Path, clock: VirtualClock) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text("knowledge: {folder: nowhere}\n")
    with pytest.raises(CatalogueError, match=r"catalogue\.knowledge\.folder: .*nowhere is no folder"):
        CatalogueConnections(catalogue.load(file), clock)
