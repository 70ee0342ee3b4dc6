"""Truth: what was published and what the post-mortem says, held against the world's own minutes."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from evals.playing.run_result import RunResult
from evals.scorers.scores import Score, mark
from evals.simulation.scene import Felt
from graphs.transcript.event import Event

BEFORE = 24 * 60
"""Minutes before the alert from which on harm is looked for."""
LOOKED_AT = 6
"""Minutes. What is published rests on a look that is no older."""
SLACK_MINUTES, SLACK_SHARE = 5.0, 0.3
"""How far the impact in a post-mortem may be off: samples are a minute apart, and both ends are seen late."""
BAD_NOW = re.compile(r"is not available|requests to .* fail|is slower than usual|does not work as usual|may not work")
OVER_NOW = re.compile(r"works (?:again|as usual|normally)|operates normally|should work as usual")
DENIED = re.compile(r"No user was affected|The alert “[^”]*” was false|Outcome of the investigation: nothing wrong")
IMPACT = re.compile(r"Total user impact: ([\d.]+) minutes")
WRITTEN_AS_CAUSE = re.compile(r"The cause is [a-z ]+: \S+ of (?P<component>[\w.-]+),")
RULED_OUT = re.compile(r"Ruled out: the deployment of (?P<listed>[^.]+)")


class Bar(NamedTuple):
    """From which effects on users meet something."""

    failing: float
    """A share of requests, or of what is to be worked through."""
    slower: float
    """Times the usual."""
    longer_by: float
    """And seconds more than usual."""
    in_browser: float
    """A share of page views."""
    slow_pages: float
    """Times the usual."""
    users: float
    """A share of users who meet a fault that no request shows."""


SURELY_HURT = Bar(failing=0.02, slower=2.0, longer_by=0.25, in_browser=0.05, slow_pages=1.5, users=0.02)
"""Whoever says that nothing was wrong denies it."""
TOUCHED = Bar(failing=0.002, slower=1.2, longer_by=0.05, in_browser=0.005, slow_pages=1.15, users=0.002)
"""Below this, whoever says that something was wrong invents it. What lies between may be told or not."""
STANDS_STILL, WORKS_LESS = 0.6, 0.2
"""What of the usual work is not done: surely hurt, and touched."""


class Harm(NamedTuple):
    """The minutes of the world in which a service did not serve its users as usual."""

    minutes: frozenset[int]
    """Users were surely hurt by a fault."""
    at_most: frozenset[int]
    """A fault could be noticed at all: what is harmless is no impact, however long it lasts."""
    touched: frozenset[int]
    """Something, a fault or not, could be noticed at all."""

    def all_of(self, since: int, until: int) -> bool:
        return all(minute in self.minutes for minute in range(since, until + 1))

    def none_of(self, since: int, until: int, surely: bool = False) -> bool:
        told = self.minutes if surely else self.touched
        return not any(minute in told for minute in range(since, until + 1))


@lru_cache(maxsize=64)
def harm_to(result: RunResult, service: str) -> Harm:
    """When users of a service were hurt, whatever anybody measured."""
    state = result.played.production.scene
    minutes = range(-BEFORE, int(state.minute(result.events[-1].at)) + 1)
    faults = {id(fault.effect) for fault in result.scenario.world.faults}
    felt = {minute: state.felt(service, minute) for minute in minutes}
    seconds = state.services[service].latency
    by_faults = {minute: [one for one in felt[minute] if id(one.effect) in faults] for minute in minutes}
    return Harm(
        frozenset(minute for minute in minutes if _meets(by_faults[minute], seconds, SURELY_HURT, STANDS_STILL)),
        frozenset(minute for minute in minutes if _meets(by_faults[minute], seconds, TOUCHED, WORKS_LESS)),
        frozenset(minute for minute in minutes if _meets(felt[minute], seconds, TOUCHED, WORKS_LESS)),
    )


def _meets(felt: Sequence[Felt], usual_seconds: float, bar: Bar, undone_from: float) -> bool:
    """Whether what a service feels reaches the bar for any of what users meet."""
    slower = max((1 + one.harm * (one.effect.latency - 1) for one in felt), default=1.0)
    pages = max((1 + one.harm * (one.effect.page_load - 1) for one in felt), default=1.0)
    return (
        sum(one.harm * one.effect.error_rate for one in felt) >= bar.failing
        or (slower >= bar.slower and usual_seconds * (slower - 1) >= bar.longer_by)
        or sum(one.harm * one.effect.script_errors for one in felt) >= bar.in_browser
        or pages >= bar.slow_pages
        or max((one.harm * one.effect.users_share for one in felt), default=0.0) >= bar.users
        or max((one.harm * (1 - one.effect.traffic) for one in felt), default=0.0) >= undone_from
    )


def _used_by_people(result: RunResult) -> Iterator[str]:
    for name, service in result.scenario.world.services.items():
        if service.kind in ("web", "api", "worker"):
            yield name


def _spoken_of(result: RunResult, event: Event) -> list[str]:
    """The services whose public name an update bears."""
    told = event.payload["fields"]["service_name"]
    catalogue = result.played.production.catalogue
    return [name for name in result.scenario.world.services if catalogue.public_name(name) == told]


def judge_public_words(result: RunResult) -> Score | None:
    """No update says that something fails while it has been well for longer than a look is old, or the reverse."""
    sent = [event for event in result.sent("publish_status") if event.payload["done"]]
    if not sent:
        return None
    faults = [fault for event in sent for fault in _untrue(result, event)]
    faults += _word_for_word(sent)
    return mark(faults, updates=len(sent))


def _untrue(result: RunResult, event: Event) -> Iterator[str]:
    services, now = _spoken_of(result, event), int(result.played.production.scene.minute(event.at))
    fields, impact = event.payload["fields"], str(event.payload["fields"]["impact"])
    status, own = fields["status"], ". ".join(one for one in impact.split(". ") if fields["service_name"] in one)
    if not services:
        return
    harms = [harm_to(result, name) for name in services]
    is_down = "is not available" in own
    if (
        BAD_NOW.search(own)
        and "we are checking" not in impact
        and all(harm.none_of(now - LOOKED_AT, now, surely=is_down) for harm in harms)
    ):
        yield f"{result.shown(event)}: “{impact}”, and it had been well for {LOOKED_AT} minutes"
    is_said_over = OVER_NOW.search(impact) or status == "Resolved"
    if is_said_over and any(harm.all_of(now - LOOKED_AT, now) for harm in harms):
        yield f"{result.shown(event)}: {status}, “{impact}”, and users had been hurt for {LOOKED_AT} minutes"


def _word_for_word(sent: Sequence[Event]) -> Iterator[str]:
    """Two updates in a row that say the very same: the second is no news."""
    words = [(event.payload["fields"]["impact"], event.payload["fields"]["current_action"]) for event in sent]
    for number, (one, other) in enumerate(pairwise(words), 1):
        if one == other:
            yield f"update {number + 1} says word for word what update {number} said: “{one[0]}”"


def judge_outcome(result: RunResult) -> Score | None:
    """The post-mortem denies no harm that was done, invents none, and holds what people said and did."""
    written = result.of("post_mortem")
    if not written:
        return None
    text = str(written[-1].payload["text"])
    harms = [harm_to(result, name) for name in _used_by_people(result)]
    hurt, may_be_hurt = sum(len(harm.minutes) for harm in harms), any(harm.at_most for harm in harms)
    faults = [f"denied: “{found[0]}”, and users were hurt" for found in DENIED.finditer(text) if hurt >= SLACK_MINUTES]
    claimed = IMPACT.search(text)
    if not may_be_hurt and claimed and float(claimed[1]) > SLACK_MINUTES:
        faults.append(f"{claimed[1]} minutes of impact, and nobody was hurt")
    if re.search(r"Outcome of the investigation: recovered by itself", text) and _acted_in_time(result):
        faults.append("“recovered by itself”, and something was done before it was over")
    root = text.partition("## 2.")[2].partition("## 3.")[0]
    said = [words.strip() for words in _words_of_people(result)][-5:]
    faults += [
        f"not in the root cause: what a person said, “{words[:80]}”" for words in said if words[:200] not in root
    ]
    return mark(faults)


def _words_of_people(result: RunResult) -> Iterator[str]:
    """What people said of the incident, each once."""
    told: dict[str, None] = {}
    for event in result.events:
        given: dict[str, Any] = event.payload.get("answer") or event.payload.get("instruction") or {}
        if event.kind == "answer" and given["answer"] in ("cause", "handled", "over") and given["comment"]:
            told[" ".join(given["comment"].split())] = None
        if event.kind == "instruction" and given["kind"] in ("cause", "handled", "over") and given["comment"]:
            told[" ".join(given["comment"].split())] = None
        if event.kind == "note" and event.payload["text"]:
            told[" ".join(event.payload["text"].split())] = None
    return iter(told)


def _acted_in_time(result: RunResult) -> bool:
    """Whether production was changed, or a person says that they did it, before users were last hurt."""
    scene = result.played.production.scene
    last = max((max(harm_to(result, name).minutes, default=-BEFORE) for name in _used_by_people(result)), default=0)
    by_hand = [e.at for e in result.of("answer") if e.payload["answer"]["answer"] == "handled"]
    done = [*by_hand, *(act.at for act in result.changes)]
    return any(scene.minute(moment) <= last for moment in done)


def judge_impact_minutes(result: RunResult) -> Score | None:
    """The impact in the post-mortem is as long as users were hurt, within what samples can show."""
    written = result.of("post_mortem")
    if not written:
        return None
    claimed = IMPACT.search(str(written[-1].payload["text"]))
    harms = [harm_to(result, name) for name in _used_by_people(result)]
    true = len(frozenset[int]().union(*(harm.minutes for harm in harms)))
    most = len(frozenset[int]().union(*(harm.at_most for harm in harms)))
    if claimed is None:
        seen = not any(gap.port == "golden_signals" for gap in result.scenario.world.gaps)
        return mark([f"not known, and users were hurt for {true} minutes"] if seen and true > SLACK_MINUTES else [])
    said = float(claimed[1])
    off = max(true - said, said - most, 0.0)
    is_off = off > max(SLACK_MINUTES, SLACK_SHARE * (true if said < true else most))
    why = [f"{claimed[1]} minutes, and users were surely hurt for {true}, and at all for {most}"] if is_off else []
    return mark(why, minutes_off=round(off, 1))


def judge_contradictions(result: RunResult) -> Score | None:
    """No text says two things that cannot both be true, or that something did not help which was never done."""
    texts = [*_texts(result)]
    if not texts:
        return None
    return mark([fault for event, text in texts for fault in _contradictions(result, event, text)])


def _texts(result: RunResult) -> Iterator[tuple[Event, str]]:
    for event in result.events:
        if event.kind == "outbound":
            yield event, str(event.payload["arguments"].get("text", ""))
        elif event.kind == "post_mortem":
            yield event, str(event.payload["text"])
        elif event.kind == "conclusion":
            yield event, str(event.payload["conclusion"]["summary"])


def _contradictions(result: RunResult, event: Event, text: str) -> Iterator[str]:
    where = f"{result.shown(event)}, {event.kind}"
    for line in text.splitlines():  # a post-mortem tells of several conclusions, one after another
        named = WRITTEN_AS_CAUSE.search(line)
        gone = [name for found in RULED_OUT.finditer(line) for name in re.split(r", | and ", found["listed"])]
        if named and named["component"] in gone:
            yield f"{where}: the deployment of {named['component']} is the cause, and ruled out"
    done = [act for act in result.changes if act.at <= event.at]
    if "did not help" in text and not done and "by hand" not in text and not _by_hand_before(result, event):
        yield f"{where}: something “did not help”, and nothing had been done"
    verified = [status for status in result.of("status") if status.payload["status"] == "Monitoring"]
    if "Recovery was verified" in text and not any(status.at <= event.at for status in verified):
        yield f"{where}: “Recovery was verified”, and it had not been"
    dates = {name: re.search(rf"- {name}: (\d[\d-]+ [\d:]+) UTC", text) for name in ("Introduced", "Detected")}
    if all(dates.values()) and dates["Introduced"][1] > dates["Detected"][1]:  # type: ignore[index]
        yield f"{where}: introduced after it was detected"
    claimed, headline = IMPACT.search(text), re.search(r"^# .*; (\d+) minutes? of user impact$", text, re.MULTILINE)
    if claimed and headline and abs(float(claimed[1]) - float(headline[1])) > 1:
        yield f"{where}: {headline[1]} minutes in the title, {claimed[1]} below"


def _by_hand_before(result: RunResult, event: Event) -> bool:
    return any(e.at <= event.at for e in result.of("answer") if e.payload["answer"]["answer"] == "handled")
