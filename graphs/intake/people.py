"""What people tell runs unasked: instructions, notes, and the switches that hold all changes to production."""

from graphs.intake.run_lookup import RunLookup
from graphs.intake.storms import StormQueue
from graphs.model.instructions import Instruction, Remark
from graphs.runtime.dependencies import Dependencies
from graphs.store.database import iso
from graphs.transcript.event import Event
from graphs.transcript.events import Author, Draft


class PeopleInput:
    """Takes in what people say. It is on disk when a method returns."""

    def __init__(self, deps: Dependencies, runs: RunLookup, storms: StormQueue) -> None:
        self._deps = deps
        self._runs = runs
        self._storms = storms

    def instruct(self, run: str, instruction: Instruction) -> Event:
        """Take an instruction; the run follows it at its next wait. Raises UnknownRun, RunIsOver."""
        if instruction.kind == "scope":
            raise ValueError("a scope is told by the run's own looks; set the severity instead")
        facts = self._runs.open_facts(run)
        if instruction.kind == "cancel":
            return self.cancel(run, instruction)
        return self.record(run, _draft(len(facts.instructions) + 1, instruction))

    def cancel(self, run: str, instruction: Instruction) -> Event:
        """Let a run be cancelled: by its own graph, or at once where it still waits in a queue."""
        if self._deps.store.runs.is_queued(run):
            with self._deps.store.transaction():
                event = self._storms.cancel_queued(run, instruction.by, instruction.comment)
            self._deps.transcripts.ring(run)
            return event
        return self.record(run, _draft(len(self._deps.facts(run).instructions) + 1, instruction))

    def remark(self, run: str, remark: Remark) -> Event:
        """Add a note to a run, hold its changes or let them go on. Raises UnknownRun, RunIsOver."""
        key = f"{remark.kind}/{self._runs.open_facts(run).seen + 1}"
        return self.record(run, Draft(key, remark.kind, remark.model_dump(mode="json"), Author("main")))

    def record(self, run: str, draft: Draft) -> Event:
        """Write down what a person said, and a wake-up that takes it up, in one transaction."""
        with self._deps.store.transaction():
            event = self._deps.transcripts.add(run, draft)
            self._deps.transcripts.add_wakeup(run, "main", draft.key, self._deps.clock.now())
        self._deps.transcripts.ring(run)
        return event

    def hold(self, held: bool, by: str) -> None:
        """Turn the switch that holds changes in every run. It outlives the process, and every open run notes it."""
        if self._deps.held == held:
            return
        now, state = self._deps.clock.now(), "held" if held else "free"
        text = "acting is on hold in every run" if held else "every run may act again"
        note = Remark(kind="note", by=by, text=text).model_dump(mode="json")
        with self._deps.store.transaction():
            self._deps.store.switches.turn("acting", state, by)
            runs = self._deps.store.runs.open_runs()
            for run in runs:
                self._deps.transcripts.add(run, Draft(f"note/{state} {iso(now)}", "note", note, Author("main")))
                self._deps.transcripts.add_wakeup(run, "main", f"acting {state} {iso(now)}", now)
        for run in runs:
            self._deps.transcripts.ring(run)


def _draft(number: int, instruction: Instruction) -> Draft:
    """An instruction as an event of its run."""
    payload = {"instruction": instruction.model_dump(mode="json", exclude={"ref"})}
    return Draft(f"instruction/{number}", "instruction", payload, Author("main"))
