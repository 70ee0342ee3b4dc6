"""Filters: how a template puts a value into words, and keeps text from outside where it belongs."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

LONG_LIST = 12
"""A catalogue of more services than this is shown in part."""


def line(text: object) -> str:
    """Put a text on one line, so that it cannot begin a heading, a field or a fence of its own."""
    return " ".join(str(text).split()).replace("```", "'''")


def cell(text: object) -> str:
    """Put a text into one cell of a table."""
    return line(text).replace("|", "\\|")


def fenced(text: str) -> str:
    """Put a text into a fence that is longer than any run of backticks in it, so that it cannot close it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"


def utc(time: object) -> str:
    """Write an ISO time as `2026-11-23 14:05 UTC`; a time that is in words already stays as it is."""
    try:
        return datetime.fromisoformat(str(time)).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return line(time)


def clock(time: object, seen_from: object) -> str:
    """Write an ISO time as `14:05`, UTC; with its date where that is another day than the one of `seen_from`."""
    moment, day = (datetime.fromisoformat(str(one)).astimezone(UTC) for one in (time, seen_from))
    return moment.strftime("%H:%M" if moment.date() == day.date() else "%Y-%m-%d %H:%M")


def day(time: object) -> str:
    """Write the day of an ISO time, UTC."""
    return datetime.fromisoformat(str(time)).astimezone(UTC).strftime("%Y-%m-%d")


def minutes_since(now: str, start: str) -> int:
    """Whole minutes from one ISO time to another."""
    return int((datetime.fromisoformat(now) - datetime.fromisoformat(start)).total_seconds() // 60)


def number(value: float, digits: int = 2) -> str:
    """Write a number with at most so many decimals, and no zeros at its end."""
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def titled(name: str) -> str:
    """Write a role's name as its title."""
    return name.replace("_", " ").title().replace("Api ", "API ")


def refs(cites: Sequence[str], mark: str = "") -> str:
    """Write the refs behind a statement, each in brackets."""
    return "".join(f" [{mark}{line(cite)}]" for cite in cites)


def checks(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the checks of a report by name, wherever they stand in it."""
    for name, value in report.items():
        parts = cast(list[Any], value) if isinstance(value, list) else [value]
        yield from ((name.replace("_", " "), part) for part in parts if isinstance(part, Mapping) and "verdict" in part)


def _hypothesis(told: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(told[name] for name in ("status", "cause", "component", "version", "signature", "dependency"))


def alike(hypotheses: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of a role's hypotheses those that a role before it has, too."""
    told = {_hypothesis(one) for found in before for one in found["findings"]["hypotheses"]}
    return [one for one in hypotheses if _hypothesis(one) in told]


def unlike(hypotheses: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of a role's hypotheses those that no role before it has."""
    known = alike(hypotheses, before)
    return [one for one in hypotheses if one not in known]


def nearby(services: Mapping[str, Mapping[str, Any]], *names: str | None) -> dict[str, Mapping[str, Any]]:
    """Keep of a long list the named services, all that they depend on, and all that call one of the named."""
    if len(services) <= LONG_LIST:
        return dict(services)
    found = [name for name in names if name is not None and name in services]
    callers = [name for name, service in services.items() if set(service["depends_on"]) & set(found)]
    for name in found:
        found.extend(other for other in services[name]["depends_on"] if other not in found)
    return {name: service for name, service in services.items() if name in found or name in callers}


FILTERS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (line, cell, fenced, utc, clock, day, minutes_since, number, titled, refs, checks, nearby, alike, unlike)
}
