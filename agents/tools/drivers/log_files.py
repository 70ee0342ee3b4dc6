"""The log files driver: error patterns and raw lines from the ends of files on this machine."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from re import Pattern
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator

from agents.io.clock import Clock, outside
from agents.io.redaction import beginning
from agents.io.settings import settings as surroundings
from agents.readings.production import ErrorLog, Refusal
from agents.readings.searches import LogLines, LogSearch
from agents.tools.log_lines import LONGEST_LINE, WORTH_READING, error_log_of, read_line, time_of
from agents.tools.log_search import LOOKED_THROUGH, FoundLine, lines_of
from agents.tools.port import Unanswered

MOST_FILES = 50
ANY_TEXT = re.compile(r"\S")


class LogFilesSettings(BaseModel, extra="forbid"):
    """A `driver: log_files` entry of the catalogue."""

    driver: str = "log_files"
    paths: list[str] = Field(min_length=1)
    """Files, or patterns with * and ?; each begins with /."""
    worth_reading: Pattern[str] = WORTH_READING
    """A regular expression of the lines that are errors or warnings."""
    version_label: str = "version"
    """The field of a line in JSON that names the release."""
    zone: ZoneInfo = ZoneInfo("UTC")
    """Of times that do not say their own."""
    megabytes: int = Field(default=20, ge=1, le=200)
    """So much is read at most, from the end of the files; the ones written last come first."""

    @field_validator("paths")
    @classmethod
    def are_absolute(cls, paths: list[str]) -> list[str]:
        if relative := [path for path in paths if not path.startswith("/")]:
            raise ValueError(f"expected a path that begins with /, found {relative[0]!r}")
        return paths


class LogFiles:
    """Reads the files that the catalogue names, and no others."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = LogFilesSettings.model_validate(settings)
        self._clock = clock

    async def error_log(self, service: str, minutes: int = 90) -> ErrorLog:
        now = self._clock.now()
        since = now - timedelta(seconds=minutes * surroundings().minute_seconds)
        lines, _ = await self._read((since, now), self._settings.worth_reading)
        label = self._settings.version_label
        return error_log_of(service, (read_line(line.at, line.text, {}, label) for line in lines))

    async def search_logs(self, **asked: Any) -> LogLines:
        search = LogSearch.model_validate(asked)
        window = search.window(self._clock.now(), surroundings().minute_seconds)
        found, unread = await self._read(window, ANY_TEXT)
        found.sort(key=lambda line: line.at)
        if len(found) > LOOKED_THROUGH:
            unread = f"only the newest {LOOKED_THROUGH} of {len(found)} lines were read"
        return lines_of(search, window, found[-LOOKED_THROUGH:], self._settings.version_label, unread)

    async def _read(self, window: tuple[datetime, datetime], wanted: Pattern[str]) -> tuple[list[FoundLine], str]:
        """The wanted lines of all files in a window, and what was not read. Raises Unanswered."""
        return await outside(self._clock, asyncio.to_thread(self._read_files, window, wanted))

    def _read_files(self, window: tuple[datetime, datetime], wanted: Pattern[str]) -> tuple[list[FoundLine], str]:
        files = self._files(window[0])
        left = self._settings.megabytes * 1024 * 1024
        found: list[FoundLine] = []
        for file in files:
            text = self._end_of(file, left)
            left -= len(text)
            found += self._lines(file, text, window, wanted)
            if left <= 0:
                return found, f"only the last {self._settings.megabytes} MiB of the files were read"
        return found, ""

    def _files(self, since: datetime) -> list[Path]:
        """The files that were written to since then, the latest first."""
        try:
            named = {file for path in self._settings.paths for file in Path("/").glob(path.lstrip("/"))}
            files = [(file.stat().st_mtime, file) for file in named if file.is_file()]  # a pipe would be waited for
        except OSError as error:
            raise self._unanswered(str(error)) from error
        if not files:
            raise self._unanswered("there is no such file")
        written = [(at, file) for at, file in files if at >= since.timestamp()]
        return [file for _, file in sorted(written, reverse=True)[:MOST_FILES]]

    def _end_of(self, file: Path, most: int) -> bytes:
        """The last lines of a file, so many bytes at most. One that was cut has lost its time, and is not told."""
        try:
            with file.open("rb") as opened:
                size = opened.seek(0, 2)
                opened.seek(max(0, size - most))
                return opened.read(most)
        except OSError as error:
            raise self._unanswered(str(error)) from error

    def _lines(
        self, file: Path, text: bytes, window: tuple[datetime, datetime], wanted: Pattern[str]
    ) -> Iterator[FoundLine]:
        """The wanted lines. A line without a time, such as of a stack trace, is of the time before it."""
        at: datetime | None = None
        timeless = 0
        for raw in text.split(b"\n"):
            line = raw[:LONGEST_LINE].decode(errors="replace")
            at = time_of(line, self._clock.now(), self._settings.zone) or at
            if not wanted.search(line):
                continue
            timeless += at is None
            if at is not None and window[0] <= at <= window[1]:
                yield FoundLine(at, line, {})
        if timeless and at is None:
            raise self._unanswered(f"the lines of {file} have no time in a form that is known")

    def _unanswered(self, said: str) -> Unanswered:
        asked = f"read {', '.join(self._settings.paths)}; {said}"
        return Unanswered(Refusal(error="failed", said=beginning(asked, 2000)))
