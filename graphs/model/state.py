"""State: what a run knows between nodes. Small plain dicts; what happened inside nodes is in the transcript."""

from typing import Annotated, Any, TypedDict

Fields = dict[str, Any]


def latest_visits(known: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    """Keep each node's last visit number."""
    return {**known, **new}


def latest_round(known: list[Fields], new: list[Fields]) -> list[Fields]:
    """Keep the findings of the newest round of investigation only."""
    newest = max((found["round"] for found in [*known, *new]), default=0)
    return [found for found in [*known, *new] if found["round"] == newest]


def added(known: list[Fields], new: list[Fields]) -> list[Fields]:
    """Append."""
    return [*known, *new]


class State(TypedDict, total=False):
    """The main lane. Times are ISO strings; reports are the JSON form of agents.reports."""

    run: str
    visits: Annotated[dict[str, int], latest_visits]
    """Node -> how often it ran: names its occurrence, the same after a crash and in a replay."""

    instruction: Fields | None
    """What a person told the run, while it is being taken up."""
    instructions_taken: int
    waiting_at: str
    """The wait that the instruction ended."""

    alert: Fields
    service: str
    started_at: str
    severity: str
    status: str
    """Of the status page."""
    team: list[str]
    floor: Fields
    floor_overruled: str
    """The floor that a person knew of when setting the severity; only a worse one moves it again."""
    acknowledgement: Fields
    scope: Fields
    scope_ref: str
    relevant_developer: str

    round: int
    """How many investigations there were."""
    findings: Annotated[list[Fields], latest_round]
    conclusion: Fields
    conclusion_ref: str

    proposal: Fields
    proposed_at: str
    asked_anew: str
    """Why it is put to people again after a late yes; empty: it is not."""
    approved: bool
    approval: str
    """The key of the decision that approved it."""
    approved_as_shown: str
    """The digest of the change as it was shown, before whoever approved it changed it."""
    decided_at: str
    acted_at: str | None
    candidate_version: str
    attempts: Annotated[list[Fields], added]
    directed_at: str
    """When a person last named a cause: what had been refused before may be proposed again."""
    look_again: bool
    """The evidence is to be taken anew before anything else."""
    failures: int
    """Attempts that ended without recovery since a person last gave a direction."""
    vouched: bool
    """A person says that it is over; counts only where nothing can be measured."""
    asks: str
    """Why a person is asked for a direction; empty while nobody is."""
    told_users: str
    """What users were told last of doing without a provider."""
    passed: bool | None
    """How the last verification went; None: too early to say."""

    fixed_at: str | None
    fix_confirmation: Fields | None
    regression: Fields | None
    watch_until: str
    watched: bool
    """The 30 minutes are over and the metrics were normal at their end."""
    resolved_at: str

    history: list[Fields]
    post_mortem: Fields


class LaneState(TypedDict, total=False):
    """A lane beside the main one: what it read in the transcript when it last woke."""

    run: str
    visits: Annotated[dict[str, int], latest_visits]
    seen: int
    """The last event it has read."""
    due: list[str]
    """What is due now: node names."""
    over: bool
    instruction: Fields | None
    """Never set: people speak to the main lane."""
