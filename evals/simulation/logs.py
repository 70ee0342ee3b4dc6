"""Logs: what the disturbances write, what callers write about it, and what is always being written."""

import math
import re
from collections.abc import Iterator
from datetime import timedelta

from agents.readings.production import ErrorLog, LogPattern
from evals.simulation.course import noise
from evals.simulation.disturbance import LogLine
from evals.simulation.rollouts import running
from evals.simulation.scene import Influence, ProductionState

ALWAYS_WRITTEN = [
    LogLine(signature="slow client: <n> ms to drain a response to <ip>", level="warning", per_minute=1.4),
    LogLine(signature="configuration key <name> is deprecated", level="warning", per_minute=0.3),
    LogLine(signature="request aborted by the client after <n> ms", level="error", per_minute=0.8),
    LogLine(signature="clock differs from peer <ip> by <n> ms", level="warning", per_minute=0.2),
    LogLine(signature="retried after a connection reset by <ip>", level="warning", per_minute=1.1),
    LogLine(signature="certificate of <name> expires in 41 days", level="warning", per_minute=0.1),
    LogLine(signature="cache miss ratio above 0.2 for prefix <name>", level="warning", per_minute=0.6),
]
ALWAYS_THROWN = LogLine(
    signature="ResizeObserver loop completed with undelivered notifications", level="warning", client=True
)
OF_A_DEPENDENCY = {
    "provider": "request to {via} failed: answered <status> after <n> ms",
    "database": "query on {via} failed after <n> ms",
    "cache": "command to {via} timed out after <n> ms",
    "queue": "publish to {via} failed after <n> ms",
}
OF_A_SERVICE = "call to {via} failed: upstream answered <status> after <n> ms"


def error_log(scene: ProductionState, now: float, service: str, minutes: int = 90) -> ErrorLog:
    found = [*_always(scene, now, service, minutes), *_of_influences(scene, now, service, minutes)]
    return ErrorLog(service=service, patterns=sorted(found, key=lambda pattern: -pattern.count))


def client_patterns(scene: ProductionState, now: float, service: str, minutes: int) -> list[LogPattern]:
    always = _steady(scene, now, service, minutes, ALWAYS_THROWN)
    return [always, *_of_influences(scene, now, service, minutes, client=True)]


def _always(scene: ProductionState, now: float, service: str, minutes: int) -> list[LogPattern]:
    return [_steady(scene, now, service, minutes, line) for line in always_written(service)]


def always_written(service: str) -> list[LogLine]:
    """The harmless lines of a service."""
    first = int(noise(f"{service}/always") * len(ALWAYS_WRITTEN))
    return [ALWAYS_WRITTEN[(first + step) % len(ALWAYS_WRITTEN)] for step in (0, 2, 5)]


def _steady(scene: ProductionState, now: float, service: str, minutes: int, line: LogLine) -> LogPattern:
    gap = 1 / line.per_minute
    early = gap * noise(f"{scene.seed}/{service}/{line.signature}/first", int(now) - minutes)
    late = gap * noise(f"{scene.seed}/{service}/{line.signature}/last", int(now))
    count = max(1, round(line.per_minute * minutes * (0.85 + 0.3 * noise(f"{scene.seed}/{line.signature}", int(now)))))
    first_seen = max(now - minutes, min(now - late, now - minutes + early))
    return _pattern(scene, service, line, count, (first_seen, max(first_seen, now - late)))


def _of_influences(
    scene: ProductionState, now: float, name: str, minutes: int, client: bool = False
) -> Iterator[LogPattern]:
    seen: set[str] = set()
    for influence, line in lines_by_influence(scene, name):
        written = _written(influence, line, now, minutes)
        if line.client is client and written and line.signature not in seen:
            seen.add(line.signature)
            count = max(1, round(line.per_minute * sum(level for _, level in written)))
            yield _pattern(scene, name, line, count, _first_and_last(influence, written, now, minutes))


def lines_by_influence(scene: ProductionState, name: str) -> Iterator[tuple[Influence, LogLine]]:
    """What a service writes because of disturbances, its own and those of its dependencies."""
    for influence in scene.influences(name):
        if influence.via:
            yield influence, _callers_line(scene, name, influence)
    for at in scene.services:
        for influence in scene.influences(at):
            lines = influence.course.disturbance.logs if not influence.via else []
            yield from ((influence, line) for line in lines if (line.service or at) == name)


def _callers_line(scene: ProductionState, name: str, influence: Influence) -> LogLine:
    words = OF_A_DEPENDENCY.get(scene.services[influence.via].kind, OF_A_SERVICE)
    failing = influence.course.disturbance.effect.error_rate * influence.share
    rate = min(600.0, scene.services[name].traffic * failing * 4)
    return LogLine(signature=words.format(via=influence.via), per_minute=rate)


def _written(influence: Influence, line: LogLine, now: float, minutes: int) -> list[tuple[int, float]]:
    window = range(math.floor(now) - minutes + 1, math.floor(now) + 1)
    heard = ((minute, written_level(influence, line, minute)) for minute in window)
    return [(minute, strength) for minute, strength in heard if strength]


def written_level(influence: Influence, line: LogLine, minute: int) -> float:
    """How much of a line's usual rate is written in a minute; 0 where it is next to nothing."""
    course = influence.course
    level = course.strength if line.level == "warning" and not influence.via else course.harm
    strength = level(minute - influence.delay) if minute < influence.cut_at else 0.0
    return strength if strength * line.per_minute > 0.02 else 0.0


def _first_and_last(
    influence: Influence, written: list[tuple[int, float]], now: float, minutes: int
) -> tuple[float, float]:
    onset = influence.course.onset + influence.delay
    first = max(now - minutes, min(written[0][0], max(onset, written[0][0] - 1)))
    last = now - 0.05 if written[-1][0] == math.floor(now) else written[-1][0] + 0.9
    return first, max(first, min(last, now - 0.05))


def _pattern(scene: ProductionState, name: str, line: LogLine, count: int, span: tuple[float, float]) -> LogPattern:
    rolled_out = scene.rollouts(name)
    between = [r.version for r in rolled_out if span[0] <= r.at <= span[1] and r.status == "succeeded"]
    versions = line.versions or [running(rolled_out, span[0]), *between]
    first, last = scene.at(span[0]), scene.at(span[1])
    return LogPattern(
        service=name,
        signature=line.signature,
        level=line.level,
        count=count,
        first_seen=first,
        last_seen=max(first, last),
        sample=line.sample or filled(f"{scene.seed}/{name}", line.signature, last - scene.epoch),
        versions=list(dict.fromkeys(v for v in versions if v)),
    )


def filled(mark: str, signature: str, moment: timedelta) -> str:
    """Put plausible values in the places that change."""
    drawn = iter(range(100))

    def value(place: re.Match[str]) -> str:
        number = noise(f"{mark}/{signature}/{next(drawn)}", int(moment.total_seconds()))
        match place.group(1):
            case "ip":
                return f"10.{int(number * 200)}.{int(number * 9973) % 250}.{int(number * 99991) % 250}"
            case "status":
                return ("502", "503", "504")[int(number * 3)]
            case "name":
                return ("north", "amber", "delta", "ledger", "plain", "cedar")[int(number * 6)]
            case _:
                return str(200 + int(number * 5800))

    return re.sub(r"<(\w+)>", value, signature)
