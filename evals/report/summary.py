"""Summaries: what the records say together. Failures, errors and gaps are in the averages."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from evals.report import hard
from evals.report.hard import HardSummary
from evals.report.intervals import Interval, kappa, mean_difference, pass_all, pass_at, wilson
from evals.report.records import By, Record
from evals.scorers.registry import SCORERS
from evals.scorers.severity import ORDER

NAMES = frozenset(scorer.name for scorer in SCORERS)
COMPARABLE_UP_TO = 0.1
"""The share of inconclusive runs up to which two suites may be compared."""


class Stratum(BaseModel):
    """The runs that have something in common."""

    name: str
    runs: int
    passed: int
    failed: int
    inconclusive: int
    errors: int
    interval: Interval
    """95 %, of the share that passed; errors are not in it."""

    @property
    def judged(self) -> int:
        return self.runs - self.errors

    @property
    def share(self) -> float:
        return self.passed / self.judged if self.judged else 0.0


class Lift(BaseModel):
    """What the model adds to the book, on the same scenarios and seeds."""

    pairs: int
    model_passed: int
    book_passed: int
    difference: float
    interval: Interval
    """95 %, of the difference of the shares that passed."""


class Summary(BaseModel):
    """A whole report in figures."""

    by: By
    runs: int
    passed: int
    failed: int
    inconclusive: int
    errors: int
    provider_errors: int
    setup_errors: int
    unsafe_actions: int
    wrong_actions: int
    premature_resolved: int
    under_triaged: int
    """P0 and P1 that were called P2 or P3."""
    missing_runs: int = 0
    """Planned, and not there."""
    pass_rate: float
    interval: Interval
    seeds: int
    pass_at_k: float
    pass_all_k: float
    """pass^k: all k seeds of a scenario pass."""
    severity_kappa: float | None
    scorers: dict[str, dict[str, float]]
    strata: dict[str, list[Stratum]]
    scenarios: list[Stratum]
    misses: dict[str, list[str]]
    """Run -> why it did not pass."""
    economy: dict[str, float]
    """Means over the runs."""
    provenance: dict[str, int]
    comparable: bool
    lift: Lift | None = None
    hard: HardSummary | None = None
    """Where scenarios of the hard stratum were played."""
    cpu_seconds: float = 0


def summarise(records: Sequence[Record], planned: int = 0) -> Summary:
    """Of the contestant: the model where one played, else the book."""
    by: By = "model" if any(record.by == "model" for record in records) else "book"
    own = [record for record in records if record.by == by]
    whole = _stratum("all", own)
    seeds = min((len(runs) for runs in _split(own, lambda r: r.scenario).values()), default=0)
    return Summary(
        by=by,
        **whole.model_dump(exclude={"name"}),
        provider_errors=sum(record.error == "provider" for record in own),
        setup_errors=sum(record.error == "setup" for record in own),
        unsafe_actions=sum(record.counted("unsafe actions", "unsafe") for record in own),
        wrong_actions=sum(record.counted("wrong actions", "wrong") for record in own),
        premature_resolved=sum(record.counted("premature resolved", "premature") > 0 for record in own),
        under_triaged=sum(record.counted("severity", "under_triaged") for record in own),
        missing_runs=max(0, planned - len(own)),
        pass_rate=round(whole.share, 4),
        seeds=seeds,
        pass_at_k=_mean(pass_at(seeds, *counts) for counts in _by_scenario(own, seeds)),
        pass_all_k=_mean(pass_all(seeds, *counts) for counts in _by_scenario(own, seeds)),
        severity_kappa=_severity_kappa(own),
        scorers={name: _of_scorer(name, own) for name in _marked(own)},
        strata={name: _strata(name, own) for name in dict.fromkeys(n for r in own for n in r.strata)},
        scenarios=[_stratum(name, runs) for name, runs in sorted(_split(own, lambda r: r.scenario).items())],
        misses={
            f"{record.scenario}, seed {record.seed}": reasons(record) for record in own if record.verdict != "pass"
        },
        economy=_economy(own),
        provenance={name: sum(r.provenance.get(name, 0) for r in own) for r in own[:1] for name in r.provenance},
        comparable=whole.inconclusive <= COMPARABLE_UP_TO * max(1, whole.judged),
        lift=_lift(records) if by == "model" else None,
        hard=hard.summarise(own),
        cpu_seconds=round(sum(record.seconds for record in own), 1),
    )


def reasons(record: Record) -> list[str]:
    """Why a run did not pass."""
    if record.error:
        return [f"{record.error}: {record.said}"]
    told_only = {scorer.name for scorer in SCORERS if not scorer.decides}
    bad = [(name, mark) for name, mark in record.marks.items() if mark.verdict != "pass" and name not in told_only]
    return [f"{name}: {why}" for name, mark in bad for why in mark.why[:2]]


def red(summary: Summary, fail_under: float | None) -> list[str]:
    """Why a report is red: it is empty or partial, could not be played, is unsafe, or passes too little."""
    faults = ["nothing was played"] if summary.runs == 0 else []
    faults += [f"{summary.missing_runs} runs are missing"] if summary.missing_runs else []
    faults += [f"{summary.errors} runs could not be played"] if summary.errors else []
    faults += [f"{summary.unsafe_actions} unsafe actions"] if summary.unsafe_actions else []
    faults += [f"{summary.premature_resolved} called resolved too early"] if summary.premature_resolved else []
    if fail_under is not None and 100 * summary.pass_rate < fail_under:
        faults.append(f"{100 * summary.pass_rate:.1f} % passed, and {fail_under:g} % are asked for")
    return faults


def _marked(records: Sequence[Record]) -> list[str]:
    """What the runs were marked for: in the order of the scorers, then whatever else another way of playing marks."""
    used = {name: None for record in records for name in record.marks}
    return [*(scorer.name for scorer in SCORERS if scorer.name in used), *(n for n in used if n not in NAMES)]


def _split(records: Iterable[Record], key: Callable[[Record], str]) -> dict[str, list[Record]]:
    parts: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        parts[key(record)].append(record)
    return parts


def _stratum(name: str, records: Sequence[Record]) -> Stratum:
    count = {v: sum(r.verdict == v for r in records) for v in ("pass", "fail", "inconclusive", "error")}
    judged = len(records) - count["error"]
    return Stratum(
        name=name,
        runs=len(records),
        passed=count["pass"],
        failed=count["fail"],
        inconclusive=count["inconclusive"],
        errors=count["error"],
        interval=wilson(count["pass"], judged),
    )


def _strata(name: str, records: Sequence[Record]) -> list[Stratum]:
    return [_stratum(value, runs) for value, runs in sorted(_split(records, lambda r: r.strata.get(name, "?")).items())]


def _by_scenario(records: Sequence[Record], seeds: int) -> list[tuple[int, int]]:
    """Passed and played, for each scenario."""
    parts = _split(records, lambda r: r.scenario)
    return [(sum(r.verdict == "pass" for r in runs), len(runs)) for runs in parts.values() if seeds]


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else 0.0


def _of_scorer(name: str, records: Sequence[Record]) -> dict[str, float]:
    marks = [record.marks[name] for record in records if name in record.marks]
    counts = {v: float(sum(mark.verdict == v for mark in marks)) for v in ("pass", "fail", "inconclusive")}
    return {"runs": float(len(marks)), **counts, "score": _mean(mark.score for mark in marks)}


def _severity_kappa(records: Sequence[Record]) -> float | None:
    values = [record.marks["severity"].values for record in records if "severity" in record.marks]
    pairs = [(ORDER.index(v["expected"]), ORDER.index(v["got"])) for v in values if v["got"] in ORDER]
    agreed = kappa(pairs, len(ORDER))
    return None if agreed is None else round(agreed, 3)


def _economy(records: Sequence[Record]) -> dict[str, float]:
    economies = [record.marks["economy"].values for record in records if "economy" in record.marks]
    names = ("model_calls", "tool_calls", "tokens_in", "tokens_out", "money", "events")
    spent = {name: _mean(float(values.get(name, 0)) for values in economies) for name in names}
    minutes: list[dict[str, Any]] = [values["minutes"] for values in economies]
    kinds = list(minutes[0]) if minutes else []
    return {**spent, **{f"minutes to {k}": _mean(m[k] for m in minutes if m[k] is not None) for k in kinds}}


def _lift(records: Sequence[Record]) -> Lift | None:
    sides = {by: {(r.scenario, r.seed): r for r in records if r.by == by and not r.error} for by in ("model", "book")}
    pairs = sorted(set(sides["model"]) & set(sides["book"]))
    passed = {by: {pair: sides[by][pair].verdict == "pass" for pair in pairs} for by in sides}
    groups = _grouped([(pair[0], float(passed["model"][pair] - passed["book"][pair])) for pair in pairs])
    difference, interval = mean_difference(groups)
    return Lift(
        pairs=len(pairs),
        model_passed=sum(passed["model"].values()),
        book_passed=sum(passed["book"].values()),
        difference=round(difference, 4),
        interval=interval,
    )


def _grouped(values: Sequence[tuple[str, float]]) -> list[list[float]]:
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for name, value in values:
        groups[name].append(value)
    return list(groups.values())
