"""The self-test: defects are planted in the product, and the suite must catch each; without one it must not object."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from evals.defects.registry import DEFECTS, Defect
from evals.report.records import Record
from evals.running.eval_runner import Job, watch
from evals.scorers.registry import SCORERS
from evals.scorers.scores import Score

SEED = 0
DECIDING = frozenset(scorer.name for scorer in SCORERS if scorer.decides)


class Catch(BaseModel):
    """A defect, and the scorers that objected to it and to nothing before."""

    defect: str
    about: str
    scorers: dict[str, str]
    """Scorer -> what it said first."""
    said: str = ""
    """Why the defect could not be played at all."""


class SelfTest(BaseModel):
    """What became of all planted defects."""

    planted: int
    caught: int
    uncaught: list[str]
    false_alarms: dict[str, list[str]]
    """Scenario -> scorers that object to the unpatched product."""
    catches: list[Catch]
    idle_scorers: list[str]
    """Scorers that decide, and that none of all planted defects sets off."""


def selftest(names: Sequence[str], processes: int, console: Console) -> SelfTest:
    """Play every defect where it must show, beside the unpatched product on the same scenario and seed."""
    chosen = [DEFECTS[name] for name in names or DEFECTS]
    scenarios = sorted({scenario for defect in chosen for scenario in defect.scenarios})
    jobs = [Job(scenario, SEED) for scenario in scenarios]
    jobs += [Job(scenario, SEED, defect=defect.name) for defect in chosen for scenario in defect.scenarios]
    played: dict[tuple[str, str], Record] = {}
    watch(jobs, processes, console, lambda record: played.update({(record.defect, record.scenario): record}))
    return judged(chosen, played)


def judged(chosen: Sequence[Defect], played: dict[tuple[str, str], Record]) -> SelfTest:
    """What the scorers said of the patched product and not of the unpatched one."""
    catches = [_catch(defect, played) for defect in chosen]
    sound = {scenario: record for (defect, scenario), record in played.items() if not defect}
    alarms = {name: _objections(record) for name, record in sound.items()}
    uncaught = [catch.defect for catch in catches if not catch.scorers]
    active = {scorer for catch in catches for scorer in catch.scorers}
    return SelfTest(
        planted=len(catches),
        caught=len(catches) - len(uncaught),
        uncaught=uncaught,
        false_alarms={name: list(objections) for name, objections in alarms.items() if objections},
        catches=catches,
        idle_scorers=_idle(active) if len(chosen) == len(DEFECTS) else [],
    )


def _idle(active: set[str]) -> list[str]:
    return sorted(DECIDING - active)


def _catch(defect: Defect, played: dict[tuple[str, str], Record]) -> Catch:
    said: defaultdict[str, str] = defaultdict(str)
    faults: list[str] = []
    for scenario in defect.scenarios:
        before, after = played["", scenario], played[defect.name, scenario]
        faults += [after.said] if after.error else []
        new = {name: mark for name, mark in _objections(after).items() if name not in _objections(before)}
        for name, mark in new.items():
            said[name] = said[name] or f"{scenario}: {mark.why[0]}"
    return Catch(defect=defect.name, about=defect.about, scorers=dict(said), said="; ".join(faults))


def _objections(record: Record) -> dict[str, Score]:
    return {name: mark for name, mark in record.marks.items() if mark.verdict == "fail" and name in DECIDING}


def tell(result: SelfTest, console: Console) -> None:
    """Each defect with the scorers that caught it."""
    table = Table("planted defect", "caught by")
    for catch in result.catches:
        table.add_row(catch.defect, ", ".join(catch.scorers) or f"NOBODY {catch.said}")
    console.print(table)
    for name, scorers in result.false_alarms.items():
        console.print(f"The unpatched product sets off {', '.join(scorers)} in {name}.")
    if result.idle_scorers:
        console.print(f"No planted defect sets off: {', '.join(result.idle_scorers)}.")
    console.print(f"{result.planted} planted, {result.caught} caught, {len(result.uncaught)} uncaught.")


def summary(result: SelfTest) -> dict[str, Any]:
    """In figures, with what stands behind them."""
    figures = result.model_dump(mode="json")
    return {**figures, "uncaught": len(result.uncaught), "uncaught_defects": result.uncaught}
