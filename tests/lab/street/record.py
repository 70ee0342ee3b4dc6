"""The record of one play: what users met, what Warroom did and said, and what the person did. Kept as JSON."""

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from tests.lab.street.controls import Act
from tests.lab.street.person import Said
from tests.lab.street.truth import Truth, Visit, truth_of

Event = dict[str, Any]


class PublicWord(NamedTuple):
    """What the status page said from a moment on."""

    at: float
    status: str
    impact: str
    action: str

    def __str__(self) -> str:
        return f"{clock(self.at)} {self.status}: “{self.impact}”"


class PlayedRun(BaseModel):
    """One of Warroom's runs at its end."""

    view: dict[str, Any]
    events: list[Event]
    post_mortem: str
    """Empty where there is none."""

    def of_kind(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["kind"] == kind]

    def public_words(self) -> list[PublicWord]:
        """What was published on the status page, oldest first."""
        sent = (e for e in self.of_kind("outbound") if e["payload"]["port"] == "publish_status")
        return [
            PublicWord(seconds(e["at"]), fields["status"], fields["impact"], fields["current_action"])
            for e in sent
            for fields in (e["payload"]["fields"],)
        ]

    def texts(self) -> list[tuple[float, str]]:
        """Every text that was sent to people, with its time, and the post-mortem."""
        sent = [(seconds(e["at"]), str(e["payload"]["arguments"])) for e in self.of_kind("outbound")]
        return [*sent, (seconds(self.events[-1]["at"]), self.post_mortem)]


class Record(BaseModel):
    """One fault, played. Times are seconds since 1970."""

    fault: str
    minute_seconds: float
    broke_at: float
    repaired_at: float | None
    """When the person repaired it by hand; None: it was put right through the controls, or never."""
    ended_at: float
    visits: list[Visit]
    runs: list[PlayedRun]
    acts: list[Act]
    said: list[Said]

    @cached_property
    def truth(self) -> Truth:
        """When users were hurt."""
        return truth_of(visit for visit in self.visits if visit.at >= self.broke_at)

    def save(self, folder: Path) -> None:
        """Write it as record.json, and each post-mortem beside it."""
        (folder / "record.json").write_text(self.model_dump_json())
        for run in self.runs:
            (folder / f"post-mortem-{run.view['id']}.md").write_text(run.post_mortem)


def seconds(moment: str) -> float:
    """A time of the transcript as seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()


def clock(at: float) -> str:
    """A time for people to read."""
    return f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}"
