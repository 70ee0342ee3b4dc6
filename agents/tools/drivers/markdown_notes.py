"""The Markdown notes driver: the team's runbooks and notes, in a folder on this machine."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, field_validator

from agents.io.clock import Clock, outside
from agents.io.outside_text import sanitize
from agents.readings.notes import NotesQuestion, TeamNotes
from agents.readings.production import Refusal
from agents.tools.notes import NoteFile, fitting, read_note
from agents.tools.port import Unanswered

MOST_FILES = 2_000
MOST_BYTES = 256 * 1024
"""Of one file; the rest of a longer one is not read."""


class MarkdownNotesSettings(BaseModel, extra="forbid"):
    """The `knowledge` of the catalogue."""

    driver: str = "markdown_notes"
    folder: Path
    """All files in it, and in the folders below, that end with .md."""

    @field_validator("folder")
    @classmethod
    def is_there(cls, folder: Path) -> Path:
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder")
        return folder.resolve()


class MarkdownNotes:
    """Reads the folder anew for each question: notes are written while an incident goes on."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = MarkdownNotesSettings.model_validate(settings)
        self._clock = clock

    async def team_notes(self, **asked: Any) -> TeamNotes:
        question = NotesQuestion.model_validate(asked)
        return await outside(self._clock, asyncio.to_thread(self._fitting, question))

    def _fitting(self, question: NotesQuestion) -> TeamNotes:
        try:
            return fitting(self._notes(), question)
        except OSError as error:
            raise Unanswered(Refusal(error="failed", said=f"read {self._settings.folder}; {error}")) from error

    def _notes(self) -> Iterator[NoteFile]:
        """The notes, of so many files at most; a link that leads out of the folder is not followed."""
        folder = self._settings.folder
        files = sorted(file for file in folder.rglob("*.md") if file.is_file())
        for file in files[:MOST_FILES]:
            if file.resolve().is_relative_to(folder):
                with file.open("rb") as opened:
                    text = sanitize(opened.read(MOST_BYTES).decode(errors="replace"))
                yield read_note(str(file.relative_to(folder)), text)
