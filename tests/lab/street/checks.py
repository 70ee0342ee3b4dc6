"""What must hold of every play: what Warroom did and said, held against what was true at that second.

How exact Warroom can be is given by how it looks: Prometheus scrapes each second, a rate is taken over two minutes of
the runbook and so rises and falls up to that much late, and Warroom looks once a minute, once for the beginning of a
damage and once for its end. Their sum is `uncertainty`: so much a duration may be off, and so long after a change of
the truth words may still be those of before.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.lab.street.faults import FAULTS, Fault, RightAct
from tests.lab.street.record import PlayedRun, PublicWord, Record, clock
from tests.lab.street.ticket_office import window_seconds

SCRAPE_SECONDS = 1.0
UPDATE_MINUTES = 15
"""The status page is to be updated so often; no false word may stand there for longer."""
SEVERITIES = ("P0", "P1", "P2", "P3")
BROKEN_WORDS = re.compile(r"(?i)\bis (not available|unavailable|down|degraded|slower)|\brequests to .*\bfail")
FINE_WORDS = re.compile(
    r"(?i)(?<!should )(?<!not )\b(works? again|works? as usual|nothing unusual|back to normal|is resolved)\b"
)
DENIALS = re.compile(
    r"(?i)no user was affected|nothing failed|nothing (was|is) wrong|no cause was found|: nothing wrong\b"
)
BY_ITSELF = re.compile(r"(?i)recovered by itself|by itself, nobody")
IMPACT = re.compile(r"Total user impact: ([\d.,]+) minutes")
REMEDIES = {
    "rollback": re.compile(r"(?i)roll(ed|ing)?[ -]?back|undoing"),
    "restart": re.compile(r"(?i)restart"),
    "scale": re.compile(r"(?i)scal(e|ing)|adding capacity"),
    "failover": re.compile(r"(?i)fail(ing)? ?over|standby"),
    "fallback": re.compile(r"(?i)fall(ing)? ?back|to a substitute"),
}
"""Acts, as texts for people name them."""


class Mark(NamedTuple):
    """Whether one check held, and why, in words that name the evidence."""

    check: str
    held: bool
    why: str


def uncertainty(minute_seconds: float) -> float:
    """How far, in seconds, a careful reading may be from the truth."""
    return SCRAPE_SECONDS + window_seconds(minute_seconds) + 2 * minute_seconds


def marks(record: Record) -> list[Mark]:
    """Every check of a play."""
    fault = FAULTS[record.fault]
    if not record.runs:
        return [Mark("a run was started", False, "no alert became a run")]
    found: list[Mark] = []
    for name, check in CHECKS.items():
        faults = list(check(record, fault))
        found.append(Mark(name, not faults, "; ".join(faults[:4])))
    return found


def _truth_is_as_planned(record: Record, fault: Fault) -> Iterator[str]:
    """The play itself is worth something only if users were hurt, and are no more; or never were."""
    hurt = record.truth.stretches
    if bool(hurt) != fault.hurts:
        yield f"users were hurt in {[f'{clock(a)} to {clock(b)}' for a, b in hurt]}"
    if not record.truth.healthy_at(record.ended_at, 5):
        yield "users were still hurt at the end"


def _severity(record: Record, fault: Fault) -> Iterator[str]:
    reached = [event["payload"]["severity"] for run in record.runs for event in run.of_kind("classification")]
    highest = min(reached, key=SEVERITIES.index, default=None)
    if highest not in fault.severities:
        yield f"{highest} at most; right: {', '.join(fault.severities)}"


def _cause(record: Record, fault: Fault) -> Iterator[str]:
    for run in record.runs:
        view = run.view
        ended = view["cause"] if view["verdict"] == "cause found" else view["verdict"]
        if ended not in fault.causes:
            yield f"{view['id']} ended with {ended}; right: {', '.join(fault.causes)}"
        elif fault.components and view["component"] not in fault.components:
            yield f"{view['id']} names {view['component']}; right: {', '.join(fault.components)}"


def _acts(record: Record, fault: Fault) -> Iterator[str]:
    for act in record.acts:
        if RightAct(act.action, act.service, act.version) not in fault.right:
            yield f"{clock(act.at)} {act.action} of {act.service} {act.version}".rstrip()


def _public_alarm(record: Record, fault: Fault) -> Iterator[str]:
    """Words of damage: none is published, and none stands for long, while all is well."""
    calm, patience = uncertainty(record.minute_seconds), UPDATE_MINUTES * record.minute_seconds
    for word, until in _standing(record):
        if not BROKEN_WORDS.search(word.impact):
            continue
        if record.truth.healthy_at(word.at, calm):
            yield f"{word}, and no user had been hurt for {calm:g} s"
        else:
            well = _longest(word.at, until, lambda at: record.truth.healthy_at(at, 0))
            if well > patience:
                yield f"{word} stood for {well:.0f} s while no user was hurt"


def _public_calm(record: Record, fault: Fault) -> Iterator[str]:
    """Words that all is well: none is published, and none stands for long, while users are hurt."""
    margin, patience = uncertainty(record.minute_seconds), UPDATE_MINUTES * record.minute_seconds
    for word, until in _standing(record):
        if not (FINE_WORDS.search(word.impact) or word.status == "Resolved"):
            continue
        if record.truth.broken_at(word.at, margin):
            yield f"{word}, and users were hurt"
        else:
            broken = _longest(word.at, until, record.truth.broken_at)
            if broken > patience:
                yield f"{word} stood for {broken:.0f} s while users were hurt"


def _standing(record: Record) -> Iterator[tuple[PublicWord, float]]:
    """Each public word of each run, with the moment until which it stood."""
    for run in record.runs:
        words = run.public_words()
        ends = [word.at for word in words[1:]]
        yield from zip(words, [*ends, record.ended_at], strict=False)


def _longest(begin: float, end: float, holds: Callable[[float], bool]) -> float:
    """For how many seconds on end something held, looked at each second."""
    longest = lasting = 0
    for step in range(int(end - begin)):
        lasting = lasting + 1 if holds(begin + step) else 0
        longest = max(longest, lasting)
    return longest


def _help(record: Record, fault: Fault) -> Iterator[str]:
    """Nothing is said not to have helped that was never done, or after which users were well."""
    for run in record.runs:
        for at, text in run.texts():
            for sentence in re.findall(r"[^.;|\n]*did not help", text):
                yield from _untrue_of_help(record, at, sentence.strip())


def _untrue_of_help(record: Record, at: float, sentence: str) -> Iterator[str]:
    for action, words in REMEDIES.items():
        if not words.search(sentence):
            continue
        done = [act for act in record.acts if act.action == action and act.at <= at]
        settled = uncertainty(record.minute_seconds)
        if not done:
            yield f"{clock(at)} “{sentence}”, and no {action} was done"
        elif record.truth.healthy_at(at, at - done[-1].at - settled) and at > done[-1].at + settled:
            yield f"{clock(at)} “{sentence}”, and users were well soon after the {action} of {clock(done[-1].at)}"


def _post_mortem(record: Record, fault: Fault) -> Iterator[str]:
    """There is one, and it denies neither the damage nor what ended it."""
    written = [run for run in record.runs if run.post_mortem]
    if not written and any(run.view["severity"] != "P3" for run in record.runs):
        yield "no run has one"
    if not fault.hurts:
        return
    for run in written:
        for line in run.post_mortem.splitlines():
            if (found := DENIALS.search(line) or BY_ITSELF.search(line)) and not _is_quoted(record, found[0]):
                yield f"“{line.strip()[:160]}”"


def _is_quoted(record: Record, words: str) -> bool:
    """Whether the words are a person's."""
    return any(words.lower() in said.words.lower() for said in record.said)


def _impact(record: Record, fault: Fault) -> Iterator[str]:
    minute = record.minute_seconds
    truly, slack = record.truth.seconds / minute, uncertainty(minute) / minute
    claims = [claimed for run in record.runs if run.post_mortem and (claimed := told_minutes(run)) is not None]
    if not claims and any(run.post_mortem for run in record.runs):
        yield f"the impact is said to be unknown; truly {truly:.1f} minutes"
    if claims and abs(max(claims) - truly) > slack:
        yield f"{max(claims):g} minutes are said, truly {truly:.1f}; {slack:.1f} may be off"


def told_minutes(run: PlayedRun) -> float | None:
    """The impact that a post-mortem names, in minutes; None where it says that it is not known."""
    found = IMPACT.search(run.post_mortem)
    return float(found[1].replace(",", "")) if found else None


def _people(record: Record, fault: Fault) -> Iterator[str]:
    """What a person told a run stands in its post-mortem, word for word."""
    texts = {run.view["id"]: " ".join(run.post_mortem.split()) for run in record.runs if run.post_mortem}
    for said in record.said:
        if said.run in texts and said.words not in texts[said.run]:
            yield f"“{said.words}” is not in the post-mortem of {said.run}"


def _closed(record: Record, fault: Fault) -> Iterator[str]:
    for run in record.runs:
        if run.view["status"] != "closed":
            yield f"{run.view['id']} is {run.view['status']}, in step {run.view['step']}"


CHECKS: dict[str, Callable[[Record, Fault], Iterator[str]]] = {
    "the fault hurt users as planned, and is over": _truth_is_as_planned,
    "the severity was reached": _severity,
    "cause and component are right at the end": _cause,
    "no wrong act was done": _acts,
    "no alarm in public while all was well": _public_alarm,
    "no all-clear in public while users were hurt": _public_calm,
    "nothing is said not to have helped that was not done, or that helped": _help,
    "the post-mortem denies nothing": _post_mortem,
    "the post-mortem's impact is the true one": _impact,
    "what a person said stands in the post-mortem": _people,
    "every run is closed": _closed,
}
