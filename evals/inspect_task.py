"""For inspect-ai (extra `inspect`): `inspect eval evals/inspect_task.py` sweeps models and shows runs in its viewer."""
# pyright: basic, reportMissingImports=false
# The extra is not installed where the types are checked.

from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.report.records import Record
from evals.report.summary import reasons
from evals.running.eval_runner import Job, Models, run_job
from evals.scenarios.loading import load, names


@task
def warroom(by: str = "book", seeds: int = 1, strong: str = "", quick: str = "") -> Task:
    """Every scenario under some seeds, by the rules or by a model at OPENAI_BASE_URL; `-T strong=... -T quick=...`."""
    samples = [
        Sample(id=f"{name}.{seed}", input=load(name, seed).alert.title, metadata={"scenario": name, "seed": seed})
        for name in names()
        for seed in range(seeds)
    ]
    setting = {"by": by, "models": Models(strong or None, quick or None)}
    return Task(dataset=MemoryDataset(samples), solver=play_the_incident(setting), scorer=verdict())


@solver
def play_the_incident(setting: dict[str, Any]) -> Solver:
    """Play it in a process of its own: an incident has its own clock and its own event loop."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        import anyio.to_process

        job = Job(state.metadata["scenario"], state.metadata["seed"], **setting)
        record = await anyio.to_process.run_sync(run_job, job)
        state.metadata["record"] = record.model_dump(mode="json")
        state.output.completion = record.verdict
        return state

    return solve


@scorer(metrics=[accuracy(), stderr()])
def verdict() -> Scorer:
    """Passed, and by every scorer of its own."""

    async def judge(state: TaskState, target: Target) -> Score:
        record = Record.model_validate(state.metadata["record"])
        marks = {name: mark.score for name, mark in record.marks.items()}
        return Score(value=record.verdict == "pass", explanation="\n".join(reasons(record)), metadata=marks)

    return judge
