"""Comparisons: two reports on the same scenarios and seeds; which differences are real, and where runs part."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from evals.report.intervals import Interval, mcnemar, mean_difference
from evals.report.records import Folder, Record
from evals.report.summary import summarise
from evals.scorers.registry import SCORERS

CERTAIN = 0.05
Pair = tuple[Record, Record]
CLOCKWORK = frozenset({"timer", "lane_done"})
"""Events of which nobody decides anything: when a lane woke, and that it is done."""


class RateDifference(BaseModel):
    """How one measure differs between the two, pair by pair."""

    measure: str
    pairs: int
    first: float
    second: float
    difference: float
    interval: Interval
    real: bool
    """The 95 % interval of the difference leaves out nought."""


class RunDivergence(BaseModel):
    """Where the transcripts of a pair part first."""

    run: str
    first: str
    """The verdict in the first report, and the second."""
    second: str
    duty: str
    call: str
    said: str


class Comparison(BaseModel):
    """What changed from the first report to the second."""

    pairs: int
    only_in_one: list[str]
    comparable: bool
    passed: RateDifference
    chance: float
    """Of such a split among the runs that flipped, were there no difference (McNemar, exact)."""
    scorers: list[RateDifference]
    partings: list[RunDivergence]


def compare(first: Path, second: Path) -> Comparison:
    """Pair two reports on scenario and seed."""
    folders = [Folder(first), Folder(second)]
    sides = [_of_contestant(folder.records()) for folder in folders]
    both = sorted(set(sides[0]) & set(sides[1]))
    pairs = [(sides[0][key], sides[1][key]) for key in both]
    flips = [(a.verdict == "pass", b.verdict == "pass") for a, b in pairs]
    passed = difference(
        "passed", [(a.scenario, float(x), float(y)) for (a, _), (x, y) in zip(pairs, flips, strict=True)]
    )
    chance = mcnemar(flips.count((True, False)), flips.count((False, True)))
    return Comparison(
        pairs=len(pairs),
        only_in_one=[f"{scenario}, seed {seed}" for scenario, seed in sorted(set(sides[0]) ^ set(sides[1]))],
        comparable=all(summarise(list(side.values())).comparable for side in sides) and bool(pairs),
        passed=passed.model_copy(update={"real": chance < CERTAIN}),
        chance=round(chance, 4),
        scorers=[scored for scorer in SCORERS if (scored := _of_scorer(scorer.name, pairs)).pairs],
        partings=[parting for pair in pairs if (parting := _parting(folders, pair))],
    )


def _of_contestant(records: Sequence[Record]) -> dict[tuple[str, int], Record]:
    by = "model" if any(record.by == "model" for record in records) else "book"
    return {(r.scenario, r.seed): r for r in records if r.by == by and not r.error}


def difference(measure: str, values: Sequence[tuple[str, float, float]]) -> RateDifference:
    """The paired difference; the seeds of a scenario are drawn together, as they are no independent news."""
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for group, a, b in values:
        groups[group].append(b - a)
    mean, interval = mean_difference(list(groups.values()))
    n = max(1, len(values))
    return RateDifference(
        measure=measure,
        pairs=len(values),
        first=round(sum(a for _, a, _ in values) / n, 4),
        second=round(sum(b for _, _, b in values) / n, 4),
        difference=round(mean, 4),
        interval=interval,
        real=interval[0] > 0 or interval[1] < 0,
    )


def _of_scorer(name: str, pairs: Sequence[Pair]) -> RateDifference:
    marked = [(a, b) for a, b in pairs if name in a.marks and name in b.marks]
    return difference(name, [(a.scenario, a.marks[name].score, b.marks[name].score) for a, b in marked])


def _parting(folders: Sequence[Folder], pair: Pair) -> RunDivergence | None:
    left, right = (folder.transcript(record.name) for folder, record in zip(folders, pair, strict=True))
    parted = first_difference(left, right) if left and right else None
    if parted is None:
        return None
    event, said = parted
    return RunDivergence(
        run=f"{pair[0].scenario}, seed {pair[0].seed}",
        first=pair[0].verdict,
        second=pair[1].verdict,
        duty=f"{event['role']} {event['duty']}".strip() or event["lane"],
        call=event["payload"].get("tool") or event["payload"].get("port") or event["kind"],
        said=said,
    )


def first_difference(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> tuple[dict[str, Any], str] | None:
    """The first event of the left that the right has not, or has otherwise; then what the right has beyond it."""
    left, right = ([event for event in side if event.get("kind") not in CLOCKWORK] for side in (left, right))
    there = {event["key"]: event for event in right}
    for event in left:
        other = there.get(event["key"])
        if other is None:
            return event, f"{event['key']} is in the first only"
        if other["payload"] != event["payload"]:
            names = [name for name, value in event["payload"].items() if other["payload"].get(name) != value]
            return event, f"{event['key']} differs in {', '.join(names) or 'what the second adds'}"
    known = {event["key"] for event in left}
    return next(
        ((event, f"{event['key']} is in the second only") for event in right if event["key"] not in known), None
    )


def tell(comparison: Comparison, console: Console) -> None:
    """The differences that are real, then what flipped and where it parted."""
    if not comparison.comparable:
        console.print("Not comparable: nothing in common, or more than a tenth of a report is inconclusive.")
    table = Table("measure", "pairs", "first", "second", "difference", "95 %", "real")
    for difference in [comparison.passed, *(d for d in comparison.scorers if d.difference)]:
        low, high = difference.interval
        shown = [
            f"{difference.first:.3f}",
            f"{difference.second:.3f}",
            f"{difference.difference:+.3f}",
            f"{low:+.3f} to {high:+.3f}",
        ]
        table.add_row(difference.measure, str(difference.pairs), *shown, "yes" if difference.real else "no")
    console.print(table)
    console.print(f"Chance of such a split were there no difference: {comparison.chance:g}")
    flipped = [parting for parting in comparison.partings if parting.first != parting.second]
    for one in flipped:
        where = f"parts at {one.duty}, {one.call}: {one.said}"
        console.print(f"{one.run} ({one.first} -> {one.second}) {where}", soft_wrap=True)
    alike = Counter((one.duty, one.call) for one in comparison.partings if one not in flipped)
    for (duty, call), runs in alike.most_common():
        example = next(one for one in comparison.partings if (one.duty, one.call) == (duty, call))
        difference = f"{runs} with the same verdict part at {duty}, {call}; as {example.run}: {example.said}"
        console.print(difference, soft_wrap=True)
