"""Planting: how a defect gets into the product while it runs, and out again."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, NamedTuple, cast

from agents.roster import DUTIES

Plant = Callable[[], AbstractContextManager[None]]


class Defect(NamedTuple):
    """A small, named patch to the product's own parts."""

    name: str
    about: str
    plant: Plant
    scenarios: tuple[str, ...]
    """Where it must show."""


def defect(*scenarios: str) -> Callable[[Plant], Defect]:
    """Name a defect after its function; it is to be caught in each of these scenarios together."""

    def named(plant: Plant) -> Defect:
        name = plant.__name__.replace("_", " ")  # type: ignore[attr-defined]
        return Defect(name, (plant.__doc__ or "").strip(), plant, scenarios)

    return named


@contextmanager
def swapped(owner: Any, name: str, value: Any) -> Generator[None]:
    """Put something else in the place of an attribute or of a key."""
    kept = _take(owner, name)
    _put(owner, name, value)
    try:
        yield
    finally:
        _put(owner, name, kept)


def _take(owner: Any, name: str) -> Any:
    return cast(dict[str, Any], owner)[name] if type(owner) is dict else getattr(owner, name)


def _put(owner: Any, name: str, value: Any) -> None:
    if type(owner) is dict:
        owner[name] = value
    elif isinstance(owner, type):
        setattr(owner, name, value)
    else:
        object.__setattr__(owner, name, value)  # a duty is frozen, a module is not


def both(*plants: AbstractContextManager[None]) -> AbstractContextManager[None]:
    """Several swaps at once."""
    stack = ExitStack()
    for plant in plants:
        stack.enter_context(plant)
    return stack  # type: ignore[return-value]


def altered(role: str, duty: str, change: Callable[[dict[str, Any]], None]) -> AbstractContextManager[None]:
    """Let a duty hand in something else: `change` is given the report as a dictionary to write in."""
    made = DUTIES[role][duty]
    by_the_rules = made.without_model

    async def without_model(case: Any, context: Any) -> Any:
        report = (await by_the_rules(case, context)).model_dump(mode="json")
        change(report)
        return made.report.model_validate(report)

    return swapped(made, "without_model", without_model)
