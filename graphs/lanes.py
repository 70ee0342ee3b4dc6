"""Lanes beside the main one: they wait, read the transcript, do what is due, and wait again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from agents.briefing import Briefing
from agents.catalogue import Catalogue
from graphs.case import from_facts
from graphs.facts import Facts
from graphs.nodes import BEGIN, FINISH, Chart, Ended, Update
from graphs.questions import Pause
from graphs.visit import Visit

Due = Callable[[Facts, datetime, Catalogue], list[str]]
"""What is due now: names of nodes."""
NextDue = Callable[[Facts, datetime, Catalogue], datetime | None]
"""When the first thing will be due that was not due at a moment."""


def wait_for_what_is_due(chart: Chart, next_due: NextDue, due: Due, over: Callable[[Facts], bool]) -> list[str]:
    """Start the lane with its wait; gives the names that may follow it."""

    def pause(visit: Visit) -> Pause:
        seen = visit.state.get("seen", 0)
        return Pause(
            occurrence=visit.occurrence,
            why="the next thing that is due, or news",
            until=until(visit) if seen else visit.room.clock.now(),
            ends_on_news=True,
            seen=seen,
        )

    def read(visit: Visit, ended: Ended) -> Update:
        now_known = visit.room.facts(visit.run).seen
        event = visit.write("timer", {"ended_by": ended["ended_by"], "seen": now_known})
        facts = visit.room.facts(visit.run, event.payload["seen"], visit.lane)
        return {"seen": facts.seen, "due": due(facts, event.at, visit.room.catalogue), "over": over(facts)}

    def until(visit: Visit) -> datetime | None:
        """What fell due while the lane was busy counts too: it is looked at from when the lane last woke."""
        return next_due(facts_of(visit), woken_at(visit), visit.room.catalogue)

    chart.wait("wait", pause, read)
    chart.edge(BEGIN, "wait")
    return ["wait", FINISH]


def what_follows(state: Mapping[str, Any]) -> list[str]:
    """What is due; else wait on, or end."""
    return state["due"] or ([FINISH] if state["over"] else ["wait"])


def facts_of(visit: Visit) -> Facts:
    """What the lane knew when it last woke: the transcript up to there never changes."""
    return visit.room.facts(visit.run, visit.state.get("seen", 0), visit.lane)


def woken_at(visit: Visit) -> datetime:
    """When the lane last woke: the same where a node runs again."""
    woken = visit.find(f"{visit.lane}/wait#{visit.state['visits']['wait']}/timer.1")
    assert woken is not None
    return woken.at


def case(visit: Visit) -> Briefing:
    """The briefing of a lane's duty."""
    return from_facts(facts_of(visit), visit.room, woken_at(visit))
