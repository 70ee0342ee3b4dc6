"""Post-mortems once written: people edit and publish them. No version is lost."""

from datetime import datetime

from pydantic import BaseModel, Field

from graphs.intake.run_lookup import RunLookup
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft

KINDS = ("post_mortem", "post_mortem_edited", "post_mortem_published")
LONGEST = 60_000


class NotWrittenYet(LookupError):
    """The run has no post-mortem yet."""


class AlreadyPublished(Exception):
    """The post-mortem was published, and is not changed any more."""


class EditedMeanwhile(Exception):
    """Somebody has edited the post-mortem since it was read."""


class PostMortemEdit(BaseModel, extra="forbid"):
    """A person's version of a post-mortem, instead of the one that they read."""

    by: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")
    """Markdown."""
    comment: str = Field(default="", max_length=4000)
    instead_of: str = Field(default="", pattern=r"^([0-9a-f]{8})?$")
    """The `ref` of the version that was read; empty: whichever is the newest."""


class PostMortem(BaseModel):
    """A post-mortem in its newest version."""

    run: str
    text: str
    """Markdown."""
    ref: str
    """The event that holds this version."""
    at: datetime
    edited_by: str = ""
    """Who wrote this version; empty if Warroom did."""
    published_by: str = ""
    """Who published it; empty while it is a draft."""
    versions: list[str] = []
    """The events that hold the versions, oldest first."""


def latest_version(run: str, events: list[Event]) -> PostMortem | None:
    """The newest version that these events hold; None where it is not written yet."""
    found: PostMortem | None = None
    for event in events:
        match event.kind:
            case "post_mortem" | "post_mortem_edited":
                versions = [*(found.versions if found else []), event.ref]
                by = event.payload.get("by", "")
                text = event.payload["text"]
                found = PostMortem(run=run, text=text, ref=event.ref, at=event.at, edited_by=by, versions=versions)
            case "post_mortem_published" if found:
                found = found.model_copy(update={"published_by": event.payload["by"]})
            case _:
                continue
    return found


class PostMortems:
    """Reads, edits and publishes the post-mortems of runs, also of those that are closed."""

    def __init__(self, deps: Dependencies, runs: RunLookup) -> None:
        self._deps = deps
        self._runs = runs

    def find(self, run: str) -> PostMortem:
        """The newest version. Raises UnknownRun, NotWrittenYet."""
        found = latest_version(run, self._runs.transcript(run))
        if found is None:
            raise NotWrittenYet(f"{run} has no post-mortem yet")
        return found

    def edit(self, run: str, edit: PostMortemEdit) -> Event:
        """Keep a person's version. Raises UnknownRun, NotWrittenYet, AlreadyPublished, EditedMeanwhile."""
        payload = {"by": edit.by, "text": edit.text, "comment": edit.comment}
        with self._deps.store.transaction(run):
            self._open(run, edit.instead_of)
            return self._record(run, "post_mortem_edited", payload)

    def publish(self, run: str, by: str, ref: str = "") -> Event:
        """Record that the newest version is the published one.

        `ref`: the version that was read. Raises UnknownRun, NotWrittenYet, AlreadyPublished, EditedMeanwhile.
        """
        with self._deps.store.transaction(run):
            found = self._open(run, ref)
            return self._record(run, "post_mortem_published", {"by": by, "version": found.ref})

    def _open(self, run: str, read: str) -> PostMortem:
        found = self.find(run)
        if found.published_by:
            raise AlreadyPublished(found.published_by)
        if read and read != found.ref:
            raise EditedMeanwhile(found.edited_by or "Warroom")
        return found

    def _record(self, run: str, kind: str, payload: dict[str, str]) -> Event:
        with self._deps.store.transaction(run):
            key = f"{kind}/{self._deps.facts(run).seen + 1}"
            event = self._deps.transcripts.add(run, Draft(key, kind, payload, Author("main")))
        self._deps.transcripts.notify_followers(run)
        return event
