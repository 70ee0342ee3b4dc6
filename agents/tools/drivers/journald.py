"""The journald driver: error patterns and raw lines from the systemd journal of this machine, by journalctl."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from string import Template
from typing import Any, Literal, cast

from pydantic import BaseModel, Field

from agents.io.child_process import Finished, run
from agents.io.clock import Clock, outside
from agents.io.outside_text import NotJson, read_json
from agents.io.redaction import beginning, ending
from agents.io.settings import settings as surroundings
from agents.readings.production import ErrorLog, Refusal
from agents.readings.searches import LogLines, LogSearch
from agents.tools.log_lines import WORTH_READING, error_log_of, read_line
from agents.tools.log_search import LOOKED_THROUGH, FoundLine, lines_of
from agents.tools.port import Unanswered

LEVELS = {"0": "emerg", "1": "alert", "2": "crit", "3": "error", "4": "warning", "5": "notice", "7": "debug"}
"""syslog's numbers -> its words. What a program merely prints has 6, whatever it says."""
GRAVE = ("emerg", "alert", "crit", "error", "warning")


class JournaldSettings(BaseModel, extra="forbid"):
    """A `driver: journald` entry of the catalogue."""

    driver: str = "journald"
    unit: str = Field(default="$service.service", pattern=r"^[^-\s][^\s]*$")
    """The systemd unit; $service stands in it, and * is allowed."""
    command: list[str] = Field(default=["journalctl"], min_length=1)
    """How journalctl is called: with --user, --directory=/path or --machine=NAME, for example."""
    lines: int = Field(default=20_000, ge=1, le=200_000)
    """The latest lines, so many at most."""
    seconds: float = Field(default=15, gt=0)


class Journald:
    """Asks journalctl."""

    def __init__(self, settings: Mapping[str, Any], clock: Clock) -> None:
        self._settings = JournaldSettings.model_validate(settings)
        self._clock = clock

    async def error_log(self, service: str, minutes: int = 90) -> ErrorLog:
        now = self._clock.now()
        since = now - timedelta(seconds=minutes * surroundings().minute_seconds)
        found = await self._entries(service, (since, now), self._settings.lines)
        graver = [line for line in found if _is_grave(line)]
        return error_log_of(service, (read_line(line.at, line.text, line.labels, "version") for line in graver))

    async def search_logs(self, **asked: Any) -> LogLines:
        search = LogSearch.model_validate(asked)
        window = search.window(self._clock.now(), surroundings().minute_seconds)
        found = await self._entries(search.service, window, LOOKED_THROUGH)
        unread = f"only the newest {len(found)} were read" if len(found) >= LOOKED_THROUGH else ""
        return lines_of(search, window, found, unread=unread)

    async def _entries(self, service: str, window: tuple[datetime, datetime], most: int) -> list[FoundLine]:
        """The newest entries of a service's unit in a window."""
        entry = self._settings
        command = [
            *entry.command,
            f"--unit={Template(entry.unit).safe_substitute(service=service)}",
            f"--since=@{window[0].timestamp():.0f}",
            f"--until=@{window[1].timestamp():.0f}",
            f"--lines={most}",
            "--output=json",
            "--output-fields=MESSAGE,PRIORITY,_HOSTNAME",
            "--no-pager",
            "--quiet",
        ]
        finished = await self._run(command)
        if finished.code != 0:
            said = f"ended with {finished.code}: {ending(finished.err.strip(), 500)}"
            raise _unanswered("failed", command, said)
        return [_entry(command, line) for line in finished.out.splitlines() if line]

    async def _run(self, command: list[str]) -> Finished:
        try:
            return await outside(self._clock, run(command, self._settings.seconds))
        except TimeoutError as error:
            said = f"not done within {self._settings.seconds:g} s, and killed"
            raise _unanswered("timeout", command, said) from error
        except OSError as error:
            raise _unanswered("failed", command, str(error)) from error


def _entry(command: list[str], text: str) -> FoundLine:
    """One entry of the journal, with its level where its priority says more than that it was printed.

    Raises Unanswered.
    """
    try:
        told = cast(dict[str, Any], read_json(text))
        at = datetime.fromtimestamp(int(told["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
        message, level = _message(told.get("MESSAGE")), LEVELS.get(str(told.get("PRIORITY", "")), "")
    except (NotJson, LookupError, TypeError, ValueError, OverflowError) as error:
        raise _unanswered("failed", command, f"not the journal's JSON: {beginning(text, 300)}") from error
    return FoundLine(at, message, {"level": level, "hostname": told.get("_HOSTNAME", "")})


def _is_grave(entry: FoundLine) -> bool:
    """Whether it is an error or a warning, by its priority or by what it says."""
    return entry.labels["level"] in GRAVE or bool(WORTH_READING.search(entry.text))


def _message(said: Any) -> str:
    """The journal gives text that is not UTF-8 as a list of bytes, and null for what is too long to be shown."""
    if isinstance(said, list):
        return bytes(cast(list[int], said)).decode(errors="replace")
    return said if isinstance(said, str) else ""


def _unanswered(error: Literal["timeout", "failed"], command: list[str], said: str) -> Unanswered:
    return Unanswered(Refusal(error=error, said=beginning(f"ran {' '.join(command)}; {said}", 2000)))
