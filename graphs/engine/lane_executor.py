"""Turns: a wake-up advances one workflow of one run as far as it goes, and writes down what it waits for then."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
# Three rules are off because langgraph's and langsmith's own annotations break them.

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from langgraph.types import Command
from langsmith import tracing_context

from graphs.background.answering import answer_open_inquiries
from graphs.engine.checkpointer import bring_up_to_date, checkpointer_on
from graphs.engine.incident_graph import WORKFLOWS, compiled
from graphs.model.questions import EXPIRED, Pause, withdrawn_because
from graphs.runtime.dependencies import Dependencies
from graphs.transcript.events import ANSWERING, Author, Draft

STEPS_PER_TURN = 500
"""LangGraph's recursion limit: a turn that needs more is going round in circles."""


class Drained(Exception):
    """The turn ended early, at a step boundary, because the process is to stop."""


class LaneExecutor:
    """Takes turns. The caller makes sure that a workflow takes one at a time."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._control = RunControl()
        self._saver = checkpointer_on(deps.store.database)
        self._graphs = {lane: compiled(lane).copy(update={"checkpointer": self._saver}) for lane in WORKFLOWS}

    async def take(self, run: str, lane: str, wakeups: Sequence[str] = ()) -> None:
        """Advance a workflow until it waits for something that has not come yet, or is done; removes its wake-ups."""
        if lane == ANSWERING:
            await answer_open_inquiries(self._deps, run)
            return self._remove(run, wakeups)
        graph = self._graphs[lane]
        config: RunnableConfig = {
            "configurable": {"thread_id": f"{run}/{lane}"},
            "recursion_limit": STEPS_PER_TURN,
        }
        snapshot = await graph.aget_state(config)
        if lane == "main" and snapshot.created_at and "acted" not in snapshot.values:
            bring_up_to_date(self._saver, config, self._deps.transcripts.after(run))
            snapshot = await graph.aget_state(config)
        entering: Any = None if snapshot.created_at else self._opening(run, lane)
        while entering is not None or snapshot.tasks:
            if entering is None and snapshot.interrupts:
                now = self._deps.clock.now()
                ended = self._ended(run, snapshot, now)
                if not ended:
                    return self._arm(run, lane, snapshot.interrupts, now, wakeups)
                entering = Command(resume=ended)
            await self._advance(graph, entering, config)
            entering, snapshot = None, await graph.aget_state(config)
        self._close_if_done(run, lane)
        self._remove(run, wakeups)

    def drain(self) -> None:
        """Let every turn under way end at its next step."""
        self._control.request_drain()

    def _remove(self, run: str, wakeups: Sequence[str]) -> None:
        with self._deps.store.transaction(run):
            self._deps.store.wakeups.remove(wakeups)

    async def _advance(self, graph: Any, entering: Any, config: Any) -> None:
        try:
            with tracing_context(enabled=False):  # what a run holds goes to no tracing service, whatever is set outside
                await graph.ainvoke(entering, config, context=self._deps, durability="sync", control=self._control)
        except GraphDrained as drained:
            raise Drained from drained

    def _opening(self, run: str, lane: str) -> dict[str, Any]:
        if lane != "main":
            return {"run": run, "visits": {}, "seen": 0}
        return {"run": run, "visits": {}, "asks": "", "look_again": False, "proposal_ref": "", "acted": False}

    def _ended(self, run: str, snapshot: Any, now: datetime) -> dict[str, Any]:
        """Interrupt id -> what ended it, for every pause that is over."""
        taken: int = snapshot.values.get("instructions_taken", 0)
        pauses = {interrupt.id: Pause.model_validate(interrupt.value) for interrupt in snapshot.interrupts}
        over = {name: self._how(run, pause, taken, now) for name, pause in pauses.items()}
        return {name: how for name, how in over.items() if how}

    def _how(self, run: str, pause: Pause, taken: int, now: datetime) -> dict[str, Any] | None:
        facts = self._deps.facts(run)
        if not pause.ends_on_news and len(facts.instructions) > taken:
            given = facts.instructions[taken]
            self._withdraw(run, pause, withdrawn_because(given))
            return {"ended_by": "instruction", "instruction": given.model_dump(mode="json")}
        answer = self._answer(run, pause)
        is_yes = answer["answer"] != "refuse" if answer else pause.question is None
        if pause.acts and is_yes and (facts.held or self._deps.held):
            return None
        if answer:
            return {"ended_by": "answer", "answer": answer}
        if pause.until and pause.until <= now:
            self._withdraw(run, pause, EXPIRED)
            return {"ended_by": "time"}
        has_news = pause.ends_on_news and self._deps.transcripts.has_news(run, pause.lane, pause.seen)
        return {"ended_by": "news"} if has_news else None

    def _answer(self, run: str, pause: Pause) -> dict[str, Any] | None:
        row = self._deps.store.questions.find(run, pause.question.id) if pause.question else None
        return row.answer if row else None

    def _withdraw(self, run: str, pause: Pause, why: str) -> None:
        if pause.question:
            self._deps.questions.withdraw(run, pause.question.id, why)

    def _arm(self, run: str, lane: str, interrupts: Any, now: datetime, wakeups: Sequence[str]) -> None:
        """Write down what the workflow waits for: questions to be answered, and in place of its wake-ups new ones.

        A wait that is due and has not ended is on hold: its release wakes the workflow.
        """
        pauses = {interrupt.id: Pause.model_validate(interrupt.value) for interrupt in interrupts}
        for pause in pauses.values():
            if pause.question:
                self._deps.questions.ask(run, lane, pause.question)
        with self._deps.store.transaction(run):
            self._deps.store.wakeups.remove(wakeups)
            for name, pause in pauses.items():
                if pause.until and pause.until > now:
                    reason = f"time {name} {pause.until.isoformat()}"
                    self._deps.transcripts.add_wakeup(run, lane, reason, pause.until)

    def _close_if_done(self, run: str, lane: str) -> None:
        """Close the run when all of its workflows are done."""
        transcripts = self._deps.transcripts
        transcripts.write(run, Draft(f"{lane}/done", "lane_done", {"lane": lane}, Author(lane)))
        with self._deps.store.transaction(run):
            done = all(transcripts.find(run, f"{other}/done") for other in WORKFLOWS)
            if not done or transcripts.find(run, "closed"):
                return
            transcripts.add(run, Draft("closed", "closed", {}, Author("main")))
            self._deps.store.runs.close(run)
        transcripts.notify_followers(run)
