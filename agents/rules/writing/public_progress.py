"""Plain words of what is being done: for how long, what did not help, and what was decided last."""

from datetime import datetime
from typing import Literal, NamedTuple

from agents.rules.writing.ending import was_in_vain
from agents.rules.writing.public_wording import (
    BY_REPORT,
    CAUSES,
    REMEDIES,
    concluded,
    is_from_before_a_relapse,
    is_on_substitute,
    known_cause,
    last_seen_well,
    relapse,
)
from agents.rules.writing.wording import at, capital, lasting, listed, minutes
from agents.runtime.briefing import WATCH_AFTER_FIX, Briefing
from agents.runtime.ledger import BY_HAND

REMOVES = frozenset({"rollback", "deploy", "switch_flag", "revert_setting"})
"""Changes that take a cause away."""


def attempts(briefing: Briefing) -> str:
    """What was done in vain, in plain words; empty where nothing was."""
    made = [act for act in briefing.ledger.acts if was_in_vain(act, briefing)]
    named = list(dict.fromkeys(REMEDIES.get(act.action, "a change") for act in made))
    return f"{capital(listed(named))} did not help" if named else ""


def progress(briefing: Briefing) -> str:
    """What is being done now, and what came of it so far."""
    match briefing.status:
        case "Resolved":
            said = f", {BY_REPORT}" if briefing.is_vouched else ""
            ended = "The fault is removed" if _is_removed(briefing) and not said else f"It is over{said}"
            if is_on_substitute(briefing) and ended == "It is over":
                ended = "A substitute stays in use"
            until = at(briefing.resolved_at or briefing.now, briefing.now)
            return f"{ended}; we watched for {WATCH_AFTER_FIX} minutes, until {until}."
        case "Monitoring" if briefing.fixed_at is not None and not briefing.is_vouched:
            verified, last = f"Recovery was verified at {at(briefing.fixed_at, briefing.now)}", last_seen_well(briefing)
            if last is not None:
                unseen = f"we have had no measurement for {lasting(briefing.now - last, briefing.minute)}"
                return f"{verified}; {unseen}, and we are checking it again."
            watch = briefing.now - briefing.fixed_at
            is_begun = minutes(watch, briefing.minute) > 0
            so_far = f"we have watched it for {lasting(watch, briefing.minute)}"
            watched = so_far if is_begun else f"we now watch it for {WATCH_AFTER_FIX} minutes"
            return f"{verified}; {watched}."
        case "Monitoring":
            so_far = lasting(briefing.now - (briefing.fixed_at or briefing.now), briefing.minute)
            return f"We have watched it for {so_far}, and call it resolved after {WATCH_AFTER_FIX} minutes."
        case _:
            found = _found(briefing)
            at_work = f"We have been at work for {lasting(briefing.elapsed, briefing.minute)}"
            looking = f"We have been looking for the cause {_how_long(briefing)}"
            said = [found, at_work] if found else [looking]
            return ". ".join(filter(None, [*said, attempts(briefing), latest(briefing)])) + "."


def _found(briefing: Briefing) -> str:
    """What is known of the cause, in words that fit the status beside them; empty where it is looked for."""
    cause, is_known = concluded(briefing), known_cause(briefing) is not None
    if cause is None:
        return ""
    if briefing.status == "Identified":
        return (
            f"The cause is known: {CAUSES[cause]}" if is_known else "We have found a likely cause and are checking it"
        )
    if is_known:
        return "We are checking what we have learned of the cause"
    return "" if is_from_before_a_relapse(briefing) else "We suspect a cause and are checking it"


def _how_long(briefing: Briefing) -> str:
    """Since the trouble was seen again; where that it was over had only been said, since the alert."""
    last, whole = briefing.ledger.last_relapse, f"for {lasting(briefing.elapsed, briefing.minute)}"
    if last is None:
        return whole
    if last.said_over is not None:
        return f"{whole}; {relapse(briefing)}"
    return f"for {lasting(briefing.now - last.at, briefing.minute)}, since {relapse(briefing)}"


def _is_removed(briefing: Briefing) -> bool:
    """Whether the last change at the known cause takes it away.

    A restart, more capacity or a substitute takes away its effects; what was changed elsewhere says nothing of it. What
    a person did by hand counts where they had named that cause.
    """
    found, ledger = briefing.conclusion, briefing.ledger
    if found is None or known_cause(briefing) is None:
        return False
    cause = (found.cause, found.component)
    aimed = [act for act in ledger.acts if (act.cause, act.component) == cause]
    if not aimed or was_in_vain(aimed[-1], briefing):
        return False
    last = aimed[-1]
    is_named = any((said.cause, said.component) == cause and said.at <= last.at for said in ledger.statements)
    return last.action in REMOVES or (last.action == BY_HAND and is_named)


class News(NamedTuple):
    """The last thing done or decided."""

    kind: Literal["begun", "approved", "put to people"]
    at: datetime
    does: str = ""
    """What was begun, in plain words."""


def latest(briefing: Briefing) -> str:
    """The last thing done or decided since the last update, in plain words; empty where there is none."""
    last = news(briefing)
    if last is None:
        return ""
    if last.kind == "begun":
        return f"At {at(last.at, briefing.now)} we began {last.does} and are checking whether it helps"
    return "We are preparing a possible fix"


def news(briefing: Briefing) -> News | None:
    """The last thing done or decided since the last update; what was not done is no news to customers."""
    for line in reversed(briefing.history):
        if " answered " in line.what:
            return None  # what waited for this answer waits no longer
        done = next((words for action, words in REMEDIES.items() if line.what.startswith(f"{action} of ")), "")
        if done:
            return News("begun", line.at, done)
        if line.what.startswith(("refused by", "not done, ", "question withdrawn")):
            return None
        if line.what.startswith("approved by"):
            return News("approved", line.at)
        if line.what.startswith("asked people: ") and "Propose: " in line.what:
            return News("put to people", line.at)
    return None
