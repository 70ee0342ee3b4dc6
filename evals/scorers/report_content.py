"""A report's content: its facts and its cause, held against another's. Wording, citations and order are no content."""

import types
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel

from agents.reports.basis import Calculation, Claim
from agents.reports.investigation import Hypothesis

NAMES = frozenset({"component", "service", "dependency", "version", "provider"})
"""Fields of text that name a thing; those with a choice of words do so by their type. Other text is prose."""
LISTS = frozenset({"services", "down", "regimes", "instances"})
"""Fields that list names."""
JUDGEMENTS = frozenset({"confidence", "strength", "takes_effect_in_minutes"})
"""What two who saw the same may estimate otherwise."""
NEAR = 0.05
"""Figures may differ by so much of themselves."""
NEAR_TIMES = timedelta(minutes=2)


def differences(wanted: BaseModel, got: BaseModel) -> tuple[list[str], int]:
    """Where a report differs in content from the wanted one, in words, and how many facts that one has."""
    facts, others = dict(_facts(wanted)), dict(_facts(got))
    wrong = [
        f"{name}: {value!r} became {others.get(name)!r}"
        for name, value in facts.items()
        if not _agree(value, others.get(name))
    ]
    return wrong, len(facts)


def _facts(report: BaseModel, where: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in type(report).model_fields.items():
        if name not in JUDGEMENTS:
            is_choice = name in NAMES or _is_choice(field.annotation)
            yield from _of_field(f"{where}{name}", name, getattr(report, name), is_choice)


def _of_field(place: str, name: str, value: Any, is_choice: bool) -> Iterator[tuple[str, Any]]:
    """The facts in one field; none in prose, and in what cites."""
    if isinstance(value, Claim | Calculation):
        return
    if isinstance(value, BaseModel):
        yield from _facts(value, f"{place}.")
    elif isinstance(value, dict):
        for inner, part in cast(dict[str, Any], value).items():
            yield from _of_field(f"{place}.{inner}", name, part, True)
    elif isinstance(value, list):
        items = cast(list[Any], value)
        if name in LISTS:
            yield place, sorted(items)
        yield from _causes([item for item in items if isinstance(item, Hypothesis)])
    elif not isinstance(value, str) or is_choice:
        yield place, value


def _causes(hypotheses: list[Hypothesis]) -> Iterator[tuple[str, Any]]:
    """The causes that are supported, whatever is said of them and whatever else was thought of."""
    yield from ((f"{one.cause} of {one.component}", "supported") for one in hypotheses if one.status == "supported")


def _is_choice(annotation: Any) -> bool:
    """Whether a field's type has a choice of words."""
    if get_origin(annotation) is Literal:
        return True
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return is_union and any(_is_choice(part) for part in get_args(annotation))


def _agree(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, datetime) and isinstance(got, datetime):
        return abs(wanted - got) <= NEAR_TIMES
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return abs(wanted - got) <= NEAR * max(abs(wanted), abs(got))
    return bool(wanted == got)
