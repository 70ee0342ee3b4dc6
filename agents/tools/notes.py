"""Notes: Markdown files with what they are about at their top, and which of them fit a service, an alert, a signature.

At the top of a file, between two lines of ---, may stand `title`, and as lists `services`, `alerts` and `signatures`,
each a text with * and ? for what may vary. A file without them is about the services that its name or heading names.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from agents.io.redaction import beginning
from agents.readings.notes import Note, NotesQuestion, TeamNotes
from prompts.notation import Unreadable, read_yaml

MOST_NOTES = 4
MOST_NAMED = 20
LONGEST_NOTE = 3_000
"""Characters of one note that are shown."""
MOST_CHARACTERS = 9_000
"""Of all notes together: so much fits into what a model is shown of a tool's answer."""
HEADING = re.compile(r"^#\s+(.+)$", re.MULTILINE)
WEIGHTS = {"signature": 8, "alert": 4, "service": 2, "text": 1}
"""What a note was matched by -> how much that says; all others together say less."""
LONGEST_PATTERN = 200


class About(BaseModel, extra="ignore"):
    """What a note says that it is about."""

    title: str = ""
    services: list[str] = []
    alerts: list[str] = []
    signatures: list[str] = []


@dataclass(frozen=True)
class NoteFile:
    """One file of the team's."""

    name: str
    """Its path within the folder."""
    about: About
    words: str

    @property
    def title(self) -> str:
        heading = HEADING.search(self.words)
        return self.about.title or (heading[1].strip() if heading else PurePosixPath(self.name).stem)


def read_note(name: str, text: str) -> NoteFile:
    """Read a file; facts at its top that cannot be read are taken for words."""
    before, *parts = text.split("---\n", 2)
    if before.strip() or len(parts) < 2:
        return NoteFile(name, About(), text)
    try:
        content: Any = read_yaml(parts[0], name).content
        known = cast(dict[str, Any], content) if isinstance(content, dict) else {}
        return NoteFile(name, About.model_validate(known), parts[1])
    except (Unreadable, ValidationError):
        return NoteFile(name, About(), text)


def fitting(notes: Iterable[NoteFile], question: NotesQuestion) -> TeamNotes:
    """The notes that fit a question, without secrets and within limits."""
    matched = [(note, by) for note in notes if (by := _matched_by(note, question))]
    in_order = sorted(matched, key=lambda one: (-sum(WEIGHTS[by] for by in one[1]), one[0].name))
    left, shown = MOST_CHARACTERS, list[Note]()
    for note, by in in_order[:MOST_NOTES]:
        text = beginning(note.words.strip(), min(LONGEST_NOTE, left))
        left -= len(text)
        is_cut = len(text) < len(note.words.strip())
        name, title = beginning(note.name, 200), beginning(note.title, 200)
        shown.append(Note(file=name, title=title, matched_by=by, text=text, is_cut=is_cut))
    more = [beginning(note.name, 200) for note, _ in in_order[MOST_NOTES : MOST_NOTES + MOST_NAMED]]
    return TeamNotes(service=question.service, notes=shown, left_out=more)


def _matched_by(note: NoteFile, question: NotesQuestion) -> list[str]:
    about, words = note.about, question.text.casefold().split()
    said = {
        "signature": bool(question.signature) and _is_one_of(question.signature, about.signatures, is_part=True),
        "alert": bool(question.alert) and _is_one_of(question.alert, about.alerts, is_part=True),
        "service": _is_about(note, question.service),
        "text": bool(words) and all(word in f"{note.title}\n{note.words}".casefold() for word in words),
    }
    return [by for by, is_so in said.items() if is_so]


def _is_about(note: NoteFile, service: str) -> bool:
    if note.about.services:
        return _is_one_of(service, note.about.services, is_part=False)
    named = re.compile(rf"(?<![\w-]){re.escape(service.casefold())}(?![\w-])")
    return bool(service and named.search(f"{note.name}\n{note.title}".casefold()))


def _is_one_of(value: str, patterns: Sequence[str], is_part: bool) -> bool:
    """Whether a value is, or contains, what a pattern says."""
    folded = [pattern[:LONGEST_PATTERN].casefold() for pattern in patterns if pattern.strip()]
    around = "*{}*" if is_part else "{}"
    return any(fnmatchcase(value.casefold(), around.format(pattern)) for pattern in folded)
