"""Evidence: what must rest on evidence cites some, and what a claim quotes, names and counts is in what it cites."""

import json
import re
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from statistics import fmean
from typing import Any, cast

from evals.playing.run_result import RunResult, claims_in
from evals.scorers.scores import Score, mark
from graphs.transcript.event import Event

JUDGED = ("investigate", "check_system", "assess_scope", "conclude", "verify_recovery", "confirm_fix")


def judge_grounds(result: RunResult) -> Score:
    """A claim of a finding, a check with a verdict, a supported or refuted hypothesis, a proposal's reasons."""
    faults = [fault for event in result.reports(*JUDGED) for fault in _ungrounded(event, event.payload["report"])]
    for event in result.of("conclusion"):
        if not event.payload.get("named_by"):
            faults += _ungrounded(event, event.payload["conclusion"])
    for event in result.of("proposal"):
        reasons = event.payload["proposal"]["reasons"]
        if not reasons or not any(reason["cites"] for reason in reasons):
            faults.append(f"{event.ref}: the proposal gives no reason that cites anything")
    return mark(faults)


def _ungrounded(event: Event, report: dict[str, Any]) -> list[str]:
    who = f"{event.ref} ({event.duty or event.kind})"
    bare = [claim["text"] for claim in claims_in(report) if not claim["cites"] and claim.get("verdict") != "unknown"]
    faults = [f"{who} cites nothing for: {text[:80]}" for text in bare]
    for hypothesis in report.get("hypotheses", []):
        status = hypothesis["status"]
        if status == "supported" and not hypothesis["support"]:
            faults.append(f"{who} supports {hypothesis['statement'][:60]} with nothing")
        if status == "ruled out" and not hypothesis["against"]:
            faults.append(f"{who} rules {hypothesis['statement'][:60]} out with nothing")
    return faults


QUOTED = re.compile(r"“([^”…]{4,})”")
VERSION = re.compile(r"(?<![\w.])\d+\.\d+\.\d+(?:[\w.-]*\w)?")
ROUNDING = 0.15
"""Points of a per cent; and 3 % of the share, as a claim may average over other minutes than a reader does."""
FEW = (2, 3, 5, 10)
"""Minutes that a claim may average over, beside all of them."""
SHARE = re.compile(r"(?<![\w.])(\d+(?:\.\d)?) %(?! or (?:more|less))")


@dataclass(frozen=True)
class Source:
    """What an event holds that a claim may cite."""

    words: str
    payload: Mapping[str, Any]

    @cached_property
    def figures(self) -> set[float]:
        return figures(self.payload)


def source(payload: Mapping[str, Any]) -> Source:
    return Source(json.dumps(payload, ensure_ascii=False), payload)


def judge_evidence(result: RunResult) -> Score:
    """Quotations and versions word for word; shares within a point of a figure, or of a mean, that was measured."""
    faults: list[str] = []
    looked = 0

    @cache
    def read(ref: str) -> Source:
        return source(result.by_ref[ref].payload)

    for event in result.of("duty_finished"):
        in_every_briefing = [read(ref) for ref in _cited_by_every_briefing(result, event.seq)]
        for claim in claims_in(event.payload["report"]):
            cited = [read(ref) for ref in claim["cites"] if ref in result.by_ref]
            if cited:
                looked += 1
                faults += [
                    f"{event.ref} ({event.duty}): {fault}"
                    for fault in not_in_evidence(claim["text"], [*cited, *in_every_briefing])
                ]
    return mark(faults, 1 - len(faults) / max(1, looked), claims=looked)


def _cited_by_every_briefing(result: RunResult, seq: int) -> list[str]:
    """What every briefing says, and needs no citation: the alert, and the name of a candidate that was built."""
    built = [event for event in result.of("result") if event.payload["port"] == "build_hotfix" and event.seq < seq]
    return [event.ref for event in [result.events[0], *built]]


def not_in_evidence(text: str, cited: list[Source]) -> list[str]:
    """What a claim says and its evidence does not."""
    evidence = "\n".join(one.words for one in cited)
    words = evidence.replace('\\"', '"')
    faults = [f"“{q[:60]}” is not in what it cites" for q in QUOTED.findall(text) if q not in words]
    faults += [f"{version} is not in what it cites" for version in VERSION.findall(text) if version not in evidence]
    shares = [share for share in SHARE.findall(text) if f"{share} %" not in evidence]
    measured = set[float]().union(*(one.figures for one in cited)) if shares else set[float]()
    return [*faults, *(f"{s} % was not measured in what it cites" for s in shares if not _near(float(s), measured))]


def _near(share: float, measured: set[float]) -> bool:
    return any(abs(100 * figure - share) <= max(ROUNDING, 0.03 * share) for figure in measured)


def figures(value: Any) -> set[float]:
    """Every number in a payload, and the levels of each row of numbers, from its begin and from its end."""
    if isinstance(value, bool):
        return set()
    if isinstance(value, int | float):
        return {float(value)}
    if isinstance(value, dict):
        inside = cast(dict[str, Any], value)
        return {number for inner in inside.values() for number in figures(inner)} | _part_of_users(inside)
    if isinstance(value, list):
        numbers = cast(list[Any], value)
        row = [float(one) for one in numbers if type(one) in (int, float)]
        deeper = (figures(inner) for inner in numbers if isinstance(inner, dict | list))
        return set(row).union(_levels(row), _levels(row[::-1]), *deeper)
    return set()


def _part_of_users(value: Mapping[str, Any]) -> set[float]:
    """The share of users that a count of them comes to."""
    active = value.get("active_users")
    return {value["affected_users"] / active} if active and "affected_users" in value else set()


def _levels(row: list[float]) -> set[float]:
    """Median of a row's first numbers, however many: a usual level ends where trouble began; means of the first few."""
    levels = {fmean(row[:few]) for few in (*FEW, len(row))} if row else set[float]()
    ordered: list[float] = []
    for number in row:
        insort(ordered, number)
        middle = len(ordered) // 2
        levels.add((ordered[middle] + ordered[~middle]) / 2)
    return levels
