"""Background workflows: they wait, read the transcript, do what is due, and wait again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from agents.io.catalogue import Catalogue
from agents.runtime.briefing import Briefing
from graphs.model.questions import Pause
from graphs.runtime.briefings import EVIDENCE, briefing_of
from graphs.runtime.node_context import NodeContext
from graphs.runtime.nodes import BEGIN, FINISH, Ended, GraphBuilder, Update
from graphs.transcript.facts import Facts

Due = Callable[[Facts, datetime, Catalogue], list[str]]
"""What is due now: names of nodes."""
NextDue = Callable[[Facts, datetime, Catalogue], datetime | None]
"""When the first thing will be due that was not due at a moment."""


def wait_for_what_is_due(
    builder: GraphBuilder, next_due: NextDue, due: Due, over: Callable[[Facts], bool]
) -> list[str]:
    """Start the workflow with its wait; gives the names that may follow it."""

    def pause(node: NodeContext) -> Pause:
        seen = node.state.get("seen", 0)
        return Pause(
            occurrence=node.occurrence,
            why="the next thing that is due, or news",
            until=until(node) if seen and not is_at_its_end(node) else node.deps.clock.now(),
            ends_on_news=True,
            seen=seen,
        )

    def read(node: NodeContext, ended: Ended) -> Update:
        now_known = node.deps.facts(node.run).seen
        event = node.write("timer", {"ended_by": ended["ended_by"], "seen": now_known})
        facts = node.deps.facts(node.run, event.payload["seen"], node.lane)
        return {"seen": facts.seen, "due": due(facts, event.at, node.deps.catalogue), "over": over(facts)}

    def is_at_its_end(node: NodeContext) -> bool:
        """Whether no news can follow: it woke so late that it knew the end already, and had something to do first."""
        facts = facts_of(node)
        return bool(node.state.get("over")) and (facts.cancelled or facts.backlog_at is not None)

    def until(node: NodeContext) -> datetime | None:
        """From when the workflow last woke, so that what fell due while it was busy counts, too."""
        return next_due(facts_of(node), woken_at(node), node.deps.catalogue)

    builder.wait("wait", pause, read)
    builder.edge(BEGIN, "wait")
    return ["wait", FINISH]


def what_follows(state: Mapping[str, Any]) -> list[str]:
    """What is due; else wait on, or end."""
    return state["due"] or ([FINISH] if state["over"] else ["wait"])


def facts_of(node: NodeContext) -> Facts:
    """What the workflow knew when it last woke: the transcript up to there never changes."""
    return node.deps.facts(node.run, node.state.get("seen", 0), node.lane)


def woken_at(node: NodeContext) -> datetime:
    """When the workflow last woke: the same where a node runs again."""
    woken = node.find(f"{node.lane}/wait#{node.state['visits']['wait']}/timer.1")
    assert woken is not None
    return woken.at


def background_briefing(node: NodeContext, without: frozenset[str] = EVIDENCE) -> Briefing:
    """The briefing of a background duty: what was known when the workflow last woke."""
    facts, now = facts_of(node), woken_at(node)
    since = facts.last_update_at  # what was in an update is not told again
    history = [line for line in facts.history if since is None or line.at > since]
    return briefing_of(facts, node.deps, now, history, without)
