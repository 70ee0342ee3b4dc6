"""The hard stratum: how right the answers are, beside two simple rules, and how far its confidence can be trusted."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from evals.report.intervals import DRAWS, Interval, kappa, wilson
from evals.report.records import Record
from evals.scorers.answers import ALWAYS_P1, PRODUCT, SENDER, Answer
from evals.scorers.severity import ORDER

SERIOUS = ("P0", "P1")
CONFIDENCES = ("high", "medium", "low")


class Proportion(BaseModel):
    """A share of runs. The seeds of a scenario are no independent news: the interval counts scenarios."""

    share: float | None
    """None of nothing."""
    interval: Interval
    """95 %."""
    runs: int

    @property
    def shown(self) -> str:
        if self.share is None:
            return "-"
        low, high = self.interval
        return f"{100 * self.share:.0f} % ({100 * low:.0f}-{100 * high:.0f})"


class Contestant(BaseModel):
    """How right one contestant is over all runs."""

    name: str
    kappa: float | None
    """Of the severity, with quadratic weights; None where one side never varies."""
    strict_kappa: float | None
    """The same against the level that a scenario names first, whatever else could be argued for."""
    kappa_interval: Interval | None
    severity_right: Proportion
    under_triaged: Proportion
    """Of the P0 and P1, those called P2 or P3."""
    acceptable: Proportion
    wrong: Proportion
    abstained: Proportion
    """Where it was not right to abstain; where it was, that is acceptable."""
    acceptable_decidable: Proportion
    acceptable_undecidable: Proportion
    first_proposal_right: Proportion
    """Of the runs in which the product has an act that is right."""
    first_proposal_wrong: Proportion
    """Of all runs."""
    unsafe_proposals: int


class Reliability(BaseModel):
    """How often a conclusion of one confidence is right."""

    confidence: str
    right: Proportion


class KindOfDifficulty(BaseModel):
    """How right the product is where scenarios have one difficulty in common."""

    name: str
    scenarios: int
    severity_right: Proportion
    acceptable: Proportion
    wrong: Proportion
    first_proposal_right: Proportion
    not_all_right: list[str]
    """Scenarios in which some run got severity or cause wrong, or proposed what is unsafe."""


class HardSummary(BaseModel):
    """What the report says of the hard stratum."""

    scenarios: int
    runs: int
    contestants: list[Contestant]
    reliability: list[Reliability]
    names_what_decides: Proportion
    """Of the undecidable runs, those that name the reading that would decide."""
    acceptable_at_last: Proportion
    """Of the last conclusions while the incident still went on, not the first."""
    kinds: list[KindOfDifficulty]


class _Run(NamedTuple):
    scenario: str
    values: dict[str, Any]

    def answer(self, name: str = PRODUCT) -> Answer:
        return Answer.model_validate(self.values["answers"][name])

    @property
    def is_right(self) -> bool:
        own = self.answer()
        return own.severity == own.right_severity and own.outcome == "acceptable" and not own.unsafe


def summarise(records: Sequence[Record]) -> HardSummary | None:
    """Sum up the runs of hard scenarios; None where there are none."""
    marked = [(record.scenario, record.marks["answers"].values) for record in records if "answers" in record.marks]
    runs = [_Run(scenario, values) for scenario, values in marked]
    if not runs:
        return None
    return HardSummary(
        scenarios=len({run.scenario for run in runs}),
        runs=len(runs),
        contestants=[_contestant(name, runs) for name in (PRODUCT, ALWAYS_P1, SENDER)],
        reliability=[_reliability(confidence, runs) for confidence in CONFIDENCES],
        names_what_decides=_share(_undecidable(runs), lambda run: bool(run.values["names_what_decides"])),
        acceptable_at_last=_share(runs, lambda run: run.values["last_outcome"] == "acceptable"),
        kinds=[_kind(name, runs) for name in sorted({kind for run in runs for kind in run.values["kinds"]})],
    )


def _contestant(name: str, runs: Sequence[_Run]) -> Contestant:
    pairs = [(run.scenario, run.answer(name)) for run in runs]
    agreed = _agreement(answer for _, answer in pairs)
    strict = _agreement(run.answer(name).model_copy(update={"right_severity": run.values["level"]}) for run in runs)
    unsure = _undecidable(runs)
    return Contestant(
        name=name,
        kappa=None if agreed is None else round(agreed, 3),
        strict_kappa=None if strict is None else round(strict, 3),
        kappa_interval=_kappa_interval(pairs),
        severity_right=_share(runs, lambda run: run.answer(name).severity == run.answer(name).right_severity),
        under_triaged=_share(
            [r for r in runs if r.values["level"] in SERIOUS], lambda run: _is_under(run.answer(name))
        ),
        acceptable=_share(runs, lambda run: run.answer(name).outcome == "acceptable"),
        wrong=_share(runs, lambda run: run.answer(name).outcome == "wrong"),
        abstained=_share(runs, lambda run: run.answer(name).outcome == "abstained"),
        acceptable_decidable=_share(
            [run for run in runs if run not in unsure], lambda run: run.answer(name).outcome == "acceptable"
        ),
        acceptable_undecidable=_share(unsure, lambda run: run.answer(name).outcome == "acceptable"),
        first_proposal_right=_share(
            [run for run in runs if run.values["has_right_act"]],
            lambda run: run.answer(name).first_proposal == "right",
        ),
        first_proposal_wrong=_share(runs, lambda run: run.answer(name).first_proposal == "wrong"),
        unsafe_proposals=sum(len(run.answer(name).unsafe) for run in runs),
    )


def _undecidable(runs: Sequence[_Run]) -> list[_Run]:
    return [run for run in runs if run.values["is_undecidable"]]


def _is_under(answer: Answer) -> bool:
    return answer.right_severity in SERIOUS and answer.severity not in SERIOUS


def _reliability(confidence: str, runs: Sequence[_Run]) -> Reliability:
    own = [run for run in runs if run.answer().confidence == confidence]
    return Reliability(confidence=confidence, right=_share(own, lambda run: run.answer().outcome == "acceptable"))


def _kind(name: str, runs: Sequence[_Run]) -> KindOfDifficulty:
    own = [run for run in runs if name in run.values["kinds"]]
    return KindOfDifficulty(
        name=name,
        scenarios=len({run.scenario for run in own}),
        severity_right=_share(own, lambda run: run.answer().severity == run.answer().right_severity),
        acceptable=_share(own, lambda run: run.answer().outcome == "acceptable"),
        wrong=_share(own, lambda run: run.answer().outcome == "wrong"),
        first_proposal_right=_share(
            [run for run in own if run.values["has_right_act"]], lambda run: run.answer().first_proposal == "right"
        ),
        not_all_right=sorted({run.scenario for run in own if not run.is_right}),
    )


def _share(runs: Sequence[_Run], holds: Callable[[_Run], bool]) -> Proportion:
    """Give the share of runs for which something holds; the interval is Wilson's, on the number of scenarios."""
    if not runs:
        return Proportion(share=None, interval=(0.0, 1.0), runs=0)
    share = sum(map(holds, runs)) / len(runs)
    scenarios = len({run.scenario for run in runs})
    return Proportion(share=round(share, 4), interval=wilson(share * scenarios, scenarios), runs=len(runs))


def _agreement(answers: Iterable[Answer]) -> float | None:
    """Give kappa against the nearest of the levels that are right; no level at all counts as the lowest."""
    pairs = [
        (ORDER.index(a.right_severity), ORDER.index(a.severity) if a.severity in ORDER else len(ORDER) - 1)
        for a in answers
    ]
    return kappa(pairs, len(ORDER))


def _kappa_interval(pairs: Sequence[tuple[str, Answer]]) -> Interval | None:
    """Give a bootstrap's 95 % interval; whole scenarios are drawn. None where nothing varies."""
    groups: defaultdict[str, list[Answer]] = defaultdict(list)
    for scenario, answer in pairs:
        groups[scenario].append(answer)
    drawn = random.Random(0)  # noqa: S311 - a report is the same whenever it is made
    listed = list(groups.values())
    found = [
        agreed
        for _ in range(DRAWS)
        if (agreed := _agreement(one for group in drawn.choices(listed, k=len(listed)) for one in group)) is not None
    ]
    if not found:
        return None
    found.sort()
    return round(found[int(0.025 * len(found))], 3), round(found[max(0, int(0.975 * len(found)) - 1)], 3)
