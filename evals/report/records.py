"""Records: one line for each run that was played, kept as it is played."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from evals.scorers.scores import Score, Verdict
from graphs.transcript.event import Event

ROOMS = ("agents", "evals", "graphs", "prompts")
By = Literal["book", "model"]


class Record(BaseModel):
    """A run, how it was marked, and to which strata it belongs."""

    scenario: str
    seed: int
    by: By
    verdict: Verdict | Literal["error"]
    strata: dict[str, str] = {}
    """Level, cause: what a table may be split by."""
    marks: dict[str, Score] = {}
    provenance: dict[str, int] = {}
    error: Literal["", "provider", "setup"] = ""
    said: str = ""
    """What went wrong, for an error."""
    seconds: float = 0
    """CPU time."""
    defect: str = ""
    """The planted defect, in a self-test."""

    @property
    def name(self) -> str:
        """Its name in a folder: scenario, seed, and who did the duties."""
        return f"{self.scenario}.{self.seed}.{self.by}"

    def counted(self, scorer: str, value: str) -> int:
        """A figure of one scorer; nothing where it did not mark this run."""
        return int(self.marks[scorer].values.get(value, 0)) if scorer in self.marks else 0


class Plan(BaseModel):
    """What is to be played; two reports of the same plan hold the same runs."""

    way: Literal["closed loop", "exact", "duty"]
    scenarios: list[str]
    seeds: list[int]
    by: list[By]
    models: str = ""
    fingerprint: str = ""
    """Of all code, pages and scenarios."""


class Folder:
    """A report on disk: the plan, a line per run, a transcript per run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runs = path / "runs.jsonl"
        self.summary = path / "summary.json"
        self.page = path / "report.html"

    def begin(self, plan: Plan) -> list[Record]:
        """Start a report, or go on with one of the same plan that was interrupted; gives what is done already."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "transcripts").mkdir(exist_ok=True)
        kept = self.path / "plan.json"
        going_on = kept.exists() and Plan.model_validate_json(kept.read_text()) == plan and not self.summary.exists()
        done = [record for record in self.records() if not record.error] if going_on else []
        for old in (self.summary, self.page):
            old.unlink(missing_ok=True)
        kept.write_text(plan.model_dump_json())
        self.runs.write_text("".join(f"{record.model_dump_json()}\n" for record in done))
        return done

    def plan(self) -> Plan:
        """What was to be played."""
        return Plan.model_validate_json((self.path / "plan.json").read_text())

    def add(self, record: Record) -> None:
        """Keep a run."""
        with self.runs.open("a", encoding="utf-8") as lines:
            lines.write(f"{record.model_dump_json()}\n")

    def records(self) -> list[Record]:
        """All runs so far; a last line that was cut off is none."""
        lines = self.runs.read_text(encoding="utf-8").split("\n")[:-1] if self.runs.exists() else []
        return [Record.model_validate_json(line) for line in lines]

    def write_transcript(self, name: str, events: Sequence[Event]) -> None:
        """Keep the transcript of a run."""
        text = "\n".join(event.model_dump_json() for event in events)
        self._transcript(name).write_bytes(gzip.compress(text.encode(), compresslevel=4, mtime=0))

    def transcript(self, name: str) -> list[dict[str, Any]]:
        """Read the transcript of a run; none where it was not kept."""
        file = self._transcript(name)
        return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()] if file.exists() else []

    def packed_transcript(self, name: str) -> bytes:
        """The transcript as it lies on disk: gzip of JSON lines."""
        file = self._transcript(name)
        return file.read_bytes() if file.exists() else b""

    def _transcript(self, name: str) -> Path:
        return self.path / "transcripts" / f"{name}.jsonl.gz"


@cache
def fingerprint() -> str:
    """Name the code, the pages and the scenarios as they are now."""
    top = Path(__file__).parents[2]
    files = sorted(
        file for room in ROOMS for file in (top / room).rglob("*") if file.is_file() and file.suffix != ".pyc"
    )
    known = hashlib.sha256()
    for file in files:
        known.update(str(file.relative_to(top)).encode() + b"\0" + file.read_bytes())
    return known.hexdigest()[:12]
