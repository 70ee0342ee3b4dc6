"""An exam: what is planned, is played with a progress bar, and goes on where it was interrupted."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from evals.report.records import Folder, Plan, Record
from evals.running.eval_runner import Job, Models, sit_all

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


def hold(to: Path, plan: Plan, models: Models, processes: int, console: Console) -> int:
    """Play what the plan has and the folder does not; gives how many were there already."""
    folder = Folder(to)
    done = {record.name for record in folder.begin(plan)}
    every = [
        Job(name, seed, by, models, to, way=plan.way)
        for name in plan.scenarios
        for seed in plan.seeds
        for by in plan.by
    ]
    left = [job for job in every if f"{Path(job.scenario).name}.{job.seed}.{job.by}" not in done]
    if done:
        console.print(f"Going on: {len(done)} of {len(every)} runs were played before.")
    watch(left, processes, console, folder.add)
    return len(done)


def watch(jobs: Sequence[Job], processes: int, console: Console, keep: Callable[[Record], None]) -> None:
    """Play jobs with a progress bar; each record is kept as it comes."""
    failed = 0
    with Progress(*COLUMNS, console=console, transient=True) as progress:
        bar = progress.add_task("playing", total=len(jobs))
        for record in sit_all(jobs, processes):
            keep(record)
            failed += record.verdict != "pass"
            progress.update(bar, advance=1, description=f"playing, {failed} not passed" if failed else "playing")
