"""Edits: a proposal's parameters as a person types them anew."""

from collections.abc import Iterable, Mapping

from agents.reports.basis import Parameters
from graphs.model.questions import Question


class BadEdit(ValueError):
    """What was typed changes no parameter of the proposal."""


def pairs(typed: Iterable[str]) -> dict[str, str]:
    """Read `name=value` words. Raises BadEdit."""
    split = [word.partition("=") for word in typed]
    if not split or not all(name and equals for name, equals, _ in split):
        raise BadEdit("an edit is name=value, such as version=1.2.0")
    return {name: value for name, _, value in split}


def edited(question: Question, typed: Mapping[str, str]) -> Parameters:
    """All parameters of a question's proposal, with those that were typed in their place. Raises BadEdit."""
    frozen: Parameters = (question.proposal or {}).get("parameters", {})
    unknown = [name for name in typed if name not in frozen]
    if unknown:
        raise BadEdit(f"there is no parameter {unknown[0]}; there is: {', '.join(frozen) or 'none'}")
    return {**frozen, **{name: _like(frozen[name], name, text) for name, text in typed.items()}}


def _like(frozen: str | int, name: str, text: str) -> str | int:
    """A text as a value of the same kind as the frozen one."""
    if isinstance(frozen, str):
        return text
    try:
        return int(text)
    except ValueError as error:
        raise BadEdit(f"{name} is a whole number, not {text!r}") from error
