"""State: where a run is. What happened in it is in the transcript, which the nodes read through its projection."""

from typing import Annotated, Any, TypedDict

Fields = dict[str, Any]


def latest_visits(known: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    """Keep each node's last visit number."""
    return {**known, **new}


class State(TypedDict, total=False):
    """Where the main workflow is: what its routers decide on, and which of the transcript's facts are in hand.

    A router sees nothing but this. What a router needs from the transcript, the node before it puts here.
    """

    run: str
    visits: Annotated[dict[str, int], latest_visits]
    """Node -> its last finished visit. It names the next occurrence, and says which events a node may know of."""

    instruction: Fields | None
    """What a person instructed, while it is being carried out."""
    instructions_taken: int
    waiting_at: str
    """The wait that the instruction ended."""

    backlog_only: bool
    """It is a P3: it goes to the backlog, and nothing more is done."""
    investigate_next: list[str]
    """The investigators' nodes that have not run in this round."""
    leads_to: str
    """Where the conclusion leads: the first node of a branch of step 3, or verification."""
    look_again: bool
    """The evidence is to be taken anew before anything else."""
    asks: str
    """Why a person is asked for a direction; empty while nobody is."""
    not_over: str
    """What was last found to go on still, when it was checked or verified whether it is over."""
    failures: int
    """Attempts that ended without recovery since a person last gave a direction."""

    scope_ref: str
    """The look at the scope that the severity was decided on; a background look may be newer."""
    proposal_ref: str
    """The event that holds the present branch's proposal; empty where nothing is proposed."""
    approved: bool
    acted: bool
    """Production was changed in the present branch, or a person says that they did it."""
    passed: bool | None
    """How the last check of a fix went; None: too early to say."""
    recovered: bool
    """Users have been well again since the present round began."""

    regression_wanted: bool
    """The incident concerns an API: step 4 runs a regression, too."""
    fix_confirmation_ref: str
    """The report of the present verification; empty before there is one. So is the regression's."""
    regression_ref: str
    vouched: bool
    """A person says that it is over; counts only where nothing can be measured."""
    asked_of_data: bool
    """A person was asked whether it is over though the data that was lost or exposed cannot show it."""
    watched: bool
    """The 30 minutes are over and the metrics were normal at their end."""


class BackgroundState(TypedDict, total=False):
    """A background workflow: what it read in the transcript when it last woke."""

    run: str
    visits: Annotated[dict[str, int], latest_visits]
    seen: int
    """The last event that it has read."""
    due: list[str]
    """What is due now: node names."""
    over: bool
    instruction: Fields | None
    """Never set: people instruct the main workflow."""
