"""Raw lines: a service's log line by line, newest first, as its error patterns count them."""

import math
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from agents.readings.searches import LogLines, LogSearch
from agents.tools.log_search import LOOKED_THROUGH, FoundLine, lines_of
from evals.simulation.course import noise
from evals.simulation.disturbance import LogLine
from evals.simulation.logs import always_written, filled, lines_by_influence, written_level
from evals.simulation.scene import ProductionState
from evals.simulation.splits import instances

MOST_IN_A_MINUTE = 40
"""Of one kind, so that the others are found beside it."""


class WrittenLine(NamedTuple):
    """A kind of line, and what is known of the minute in which it is written."""

    line: LogLine
    minute: int
    number: int
    """Of so many of its kind in this minute."""
    instances: list[str]
    """Who may have written it."""


def search_logs(scene: ProductionState, now: float, **asked: object) -> LogLines:
    search = LogSearch.model_validate(asked)
    window = search.window(scene.at(now))
    first, last = scene.minute(window[0]), scene.minute(window[1])
    found: list[FoundLine] = []
    for line in _newest_first(scene, search.service, first, last):
        if len(found) == LOOKED_THROUGH:
            break
        found.append(line)
    return lines_of(search, window, found)


def _newest_first(scene: ProductionState, service: str, first: float, last: float) -> Iterator[FoundLine]:
    for minute in range(math.floor(last), math.floor(first) - 1, -1):
        for written in _of_minute(scene, service, minute):
            line = _found(scene, service, written)
            if first <= scene.minute(line.at) <= last:
                yield line


def _of_minute(scene: ProductionState, service: str, minute: int) -> Iterator[WrittenLine]:
    everyone = instances(scene, service, minute)
    for line in always_written(service):
        yield from _some(scene, service, WrittenLine(line, minute, 0, everyone), line.per_minute)
    seen: set[str] = set()
    for influence, line in lines_by_influence(scene, service):
        level = written_level(influence, line, minute)
        if not line.client and level and line.signature not in seen:
            seen.add(line.signature)
            only = influence.course.disturbance.effect.only.get("instance") if not influence.via else None
            yield from _some(scene, service, WrittenLine(line, minute, 0, only or everyone), line.per_minute * level)


def _some(scene: ProductionState, service: str, one: WrittenLine, rate: float) -> Iterator[WrittenLine]:
    """As many lines as are written in this minute: of a rate below one a minute now and then one."""
    chance = noise(f"{scene.seed}/{service}/{one.line.signature}/raw", one.minute)
    count = min(MOST_IN_A_MINUTE, math.floor(rate + chance))
    yield from (one._replace(number=number) for number in range(count))


def _found(scene: ProductionState, service: str, written: WrittenLine) -> FoundLine:
    line, mark = written.line, f"{scene.seed}/{service}/{written.line.signature}/{written.number}"
    second = int(60 * noise(f"{mark}/second", written.minute))
    at = scene.at(written.minute) + timedelta(seconds=second)
    version = scene.running(service, scene.minute(at)) or ""
    if line.versions and version not in line.versions:
        version = line.versions[0]
    writer = written.instances[int(noise(f"{mark}/instance", written.minute) * len(written.instances))]
    text = line.sample or filled(mark, line.signature, timedelta(minutes=written.minute))
    labels = {"level": line.level, "version": version, "instance": writer}
    return FoundLine(at, f"{at:%Y-%m-%dT%H:%M:%SZ} {line.level.upper()} {text}", labels)
