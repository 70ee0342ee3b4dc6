"""The eval runner: plays many runs in several processes, with a progress bar, and goes on where it was interrupted."""

import gc
import logging
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Literal, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from agents.io.settings import WrongSetting, read
from agents.llm.client import ChatModel
from agents.llm.faults import Fault
from evals.defects.registry import planted
from evals.playing.play import PATIENCE, play
from evals.playing.run_result import RunResult, count_by_provenance
from evals.report.records import By, Folder, Plan, Record
from evals.running import replays
from evals.scenarios.loading import load
from evals.scenarios.scenario import Scenario
from evals.scenarios.yaml_source import ScenarioError
from evals.scorers.registry import score
from graphs.transcript.event import Event

PATIENCE_WITH_DEFECTS = timedelta(hours=8)
Way = Literal["closed loop", "exact", "duty"]


class NoModel(ValueError):
    """A model needs OPENAI_API_KEY or OPENAI_BASE_URL in the environment."""


class Models(NamedTuple):
    """Which models do the duties, at which endpoint; None is what the environment says."""

    strong: str | None = None
    quick: str | None = None
    base_url: str | None = None


class Job(NamedTuple):
    """One run to be played."""

    scenario: str
    seed: int
    by: By = "book"
    models: Models = Models()
    folder: Path | None = None
    """Where its transcript is kept; None: nowhere."""
    defect: str = ""
    way: Way = "closed loop"


def run_job(job: Job) -> Record:
    """Play one run and mark it. What is no fault of the product is an error, never a wrong answer."""
    begun = process_time()
    try:
        model = _model(job.models) if job.by == "model" else None
        record = WAYS[job.way](job, model)
    except (ScenarioError, NoModel) as error:
        return Record.model_validate({**_of(job), "verdict": "error", "error": "setup", "said": str(error)[:2000]})
    return record.model_copy(update={"seconds": round(process_time() - begun, 3)})


def _closed_loop(job: Job, model: ChatModel | None) -> Record:
    scenario = load(job.scenario, job.seed)
    with planted(job.defect):
        played = play(scenario, job.seed, model, PATIENCE_WITH_DEFECTS if job.defect else PATIENCE)
    result = RunResult(scenario, job.seed, played)
    record = _marked(job, result)
    if job.folder:
        Folder(job.folder).write_transcript(record.name, played.events)
    return record


def _exact(job: Job, _: ChatModel | None) -> Record:
    events = replays.recorded_events(job.scenario, job.seed)
    score_of_replay = replays.judge_replay(events)
    if job.folder:
        Folder(job.folder).write_transcript(f"{Path(job.scenario).name}.{job.seed}.{job.by}", events)
    return Record.model_validate({**_of(job), "verdict": score_of_replay.verdict, "marks": {"exact": score_of_replay}})


def _duty(job: Job, model: ChatModel | None) -> Record:
    events, duties = replays.record_duties(job.scenario, job.seed)
    judged = replays.judge_duties(events, duties, model)
    fields = {"provenance": judged.provenance, "strata": strata(load(job.scenario, job.seed))}
    if said := _of_the_endpoint(judged.faults):
        return Record.model_validate({**_of(job), **fields, "verdict": "error", "error": "provider", "said": said})
    verdicts = [mark.verdict for mark in judged.marks.values()]
    verdict = next((v for v in ("fail", "inconclusive") if v in verdicts), "pass")
    return Record.model_validate({**_of(job), **fields, "verdict": verdict, "marks": judged.marks})


WAYS: dict[Way, Callable[[Job, ChatModel | None], Record]] = {
    "closed loop": _closed_loop,
    "exact": _exact,
    "duty": _duty,
}


def _of(job: Job) -> dict[str, object]:
    name = Path(job.scenario).name
    return {"scenario": name, "seed": job.seed, "by": job.by, "defect": job.defect}


def _marked(job: Job, result: RunResult) -> Record:
    verdict, marks = score(result)
    known = {"strata": strata(result.scenario), "marks": marks, "provenance": count_by_provenance(result)}
    record = Record.model_validate({**_of(job), "verdict": verdict, **known})
    fault = provider_fault(result.events)
    if fault:
        return record.model_copy(update={"verdict": "error", "error": "provider", "said": fault})
    return record


def strata(scenario: Scenario) -> dict[str, str]:
    """What a report may be split by."""
    expected = scenario.expected
    return {"level": expected.severity, "cause": expected.cause or expected.verdict or "nobody investigates"}


def provider_fault(events: Sequence[Event]) -> str:
    """What the model's endpoint failed with; empty where it always answered."""
    payloads = [e.payload["fault"] for e in events if e.kind == "model_answer" and e.payload.get("fault")]
    return _of_the_endpoint(Fault.model_validate(fault) for fault in payloads)


def _of_the_endpoint(faults: Iterable[Fault]) -> str:
    return next((f"{fault.kind}: {fault.said}"[:500] for fault in faults if fault.is_of_the_endpoint), "")


def _model(models: Models) -> ChatModel:
    from agents.llm.client import OpenAIChatModel

    given = {"strong_model": models.strong, "quick_model": models.quick, "openai_base_url": models.base_url}
    try:
        chosen = read(**{name: value for name, value in given.items() if value})
    except WrongSetting as wrong:
        raise NoModel(str(wrong)) from wrong
    if not chosen.has_model:
        raise NoModel(str(NoModel.__doc__))
    return OpenAIChatModel(chosen)


def sit_all(jobs: Sequence[Job], processes: int = 0) -> Iterator[Record]:
    """Play all jobs, and give each record as it is done."""
    if processes == 1 or len(jobs) == 1:
        yield from map(run_job, jobs)
        return
    with _pool(processes or os.cpu_count() or 1) as pool:
        waiting = {pool.submit(run_job, job): job for job in jobs}
        for done in as_completed(waiting):
            yield _outcome(done, waiting[done])


def _outcome(done: Future[Record], job: Job) -> Record:
    try:
        return done.result()
    except Exception as error:  # noqa: BLE001 - a run that cannot be played or marked must not end the exam
        said = f"{type(error).__name__}: {error}"[:2000]
        return Record.model_validate({**_of(job), "verdict": "error", "error": "setup", "said": said})


@contextmanager
def _pool(processes: int) -> Generator[ProcessPoolExecutor]:
    """Processes that have loaded everything once; an interruption leaves nothing behind."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["evals.running.eval_runner"])
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_settle)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _settle() -> None:
    logging.disable()  # what goes wrong in a run is in its transcript
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


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
