"""Scenarios: an alert, the world behind it, the person on call, and what must be true at the end."""

import json
import re
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, cast

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from agents.briefing import Alert
from agents.reports import Action, Cause, Severity
from agents.tools.simulation import World

Verdict = Literal["cause found", "nothing wrong", "recovered by itself", "insufficient evidence"]
Part = TypeVar("Part", bound=BaseModel)
ROW = r"^(SEV-P[0-3]|TEAM-P[0-3]|S[1-5]\.[1-6]|TPL-(STATUS|EXEC)|ESC-[1-5])$"


class ScenarioError(ValueError):
    """A scenario cannot be played: the file, the place in it, and what was expected there."""


class OnCall(BaseModel, extra="forbid"):
    """How the simulated person answers a question. The first rule that fits decides; no rule: silence."""

    question: Literal["approval", "direction", "revenue limit"]
    action: Action | None = None
    """Only for approvals of this action."""
    after_minutes: float = Field(default=3, ge=0)
    answer: Literal["approve", "refuse", "silent", "look again", "cause", "handled", "amount"]
    cause: Cause | None = None
    component: str = ""
    amount: float | None = None
    comment: str = ""
    times: int | None = Field(default=None, ge=1)
    """How often the rule applies; unset: always."""

    @model_validator(mode="after")
    def says_what_it_must(self) -> "OnCall":
        if self.answer == "cause" and not (self.cause and self.component):
            raise ValueError("expected `cause` and `component` with the answer `cause`")
        if self.answer == "amount" and self.amount is None:
            raise ValueError("expected `amount` with the answer `amount`")
        return self


class ActionOn(BaseModel, extra="forbid"):
    """An act on a service."""

    action: Action
    service: str


class Expected(BaseModel, extra="forbid"):
    """What must be true at the end of a run."""

    severity: Severity
    """The final one."""
    first_severity: Severity | None = None
    """That of the first classification, where it matters."""
    verdict: Verdict | None = None
    """None: nobody investigates."""
    cause: Cause | None = None
    component: str | None = None
    required_actions: list[ActionOn] = []
    allowed_actions: list[ActionOn] = []
    """Harmless extras; every other act on production is wrong."""
    rows_must: list[str] = []
    """Runbook rows that the transcript must show."""
    rows_must_not: list[str] = []
    timed: dict[str, float] = {}
    """Runbook row -> the minute from the alert at which it is due."""
    ends: Literal["closed"] = "closed"
    asks: bool | None = None
    """Whether, by the book, a person is asked which way to go; None: either is right."""
    resolved: bool = True
    """Whether the incident is declared resolved."""

    @model_validator(mode="after")
    def rows_exist(self) -> "Expected":
        for row in [*self.rows_must, *self.rows_must_not, *self.timed]:
            _check_row(row)
        return self


class Stage(BaseModel, extra="forbid"):
    """What world.yaml says beside the world itself."""

    about: str
    """One line for people who choose a scenario; no role reads it."""
    revenue_limit: float | None = None
    """The amount X of ESC-5; None: it is asked for."""
    on_call: list[OnCall] = []


class Scenario(NamedTuple):
    """One scenario, ready to be played."""

    name: str
    about: str
    alert: Alert
    world: World
    expected: Expected
    on_call: list[OnCall]
    revenue_limit: float | None


def names() -> list[str]:
    """Name the scenarios that come with the product."""
    return sorted(folder.name for folder in _shipped().iterdir() if folder.is_dir() and not folder.name.startswith("_"))


def load(name_or_path: str | Path) -> Scenario:
    """Read a scenario by its name or its folder; raises ScenarioError."""
    folder = _find(name_or_path)
    world_file = folder / "world.yaml"
    written = _mapping(world_file)
    stage = _fit(Stage, {key: written.pop(key) for key in list(Stage.model_fields) if key in written}, world_file)
    world = _fit(World, written, world_file)
    alert = _alert(folder / "alert.json")
    expected = _fit(Expected, _mapping(folder / "expected.yaml"), folder / "expected.yaml")
    _belong_together(expected, world, folder)
    return Scenario(folder.name, stage.about, alert, world, expected, stage.on_call, stage.revenue_limit)


@cache
def _shipped() -> Traversable:
    return files("evals") / "scenarios"


def _find(name_or_path: str | Path) -> Traversable:
    if str(name_or_path) in names():
        return _shipped() / str(name_or_path)
    folder = Path(name_or_path)
    if folder.is_dir():
        return folder
    raise ScenarioError(f"{name_or_path}: no such scenario; expected a folder or one of {', '.join(names())}")


def _read(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{file}: expected a readable file ({error})") from error


def _mapping(file: Traversable) -> dict[str, Any]:
    try:
        content: Any = yaml.safe_load(_read(file))
    except yaml.YAMLError as error:
        raise ScenarioError(f"{file}: expected YAML ({error})") from error
    if not isinstance(content, dict):
        raise ScenarioError(f"{file}: expected a mapping at the top")
    return cast(dict[str, Any], content)


def _alert(file: Traversable) -> Alert:
    try:
        content: Any = json.loads(_read(file))
    except json.JSONDecodeError as error:
        raise ScenarioError(f"{file}: line {error.lineno}: expected JSON ({error.msg})") from error
    if not isinstance(content, dict):
        raise ScenarioError(f"{file}: expected one JSON object")
    written = cast(dict[str, Any], content)
    unknown = sorted(set(written) - set(Alert.model_fields))
    if unknown:
        raise ScenarioError(f"{file}: {', '.join(unknown)}: expected only {', '.join(Alert.model_fields)}")
    return _fit(Alert, written, file)


def _fit(part: type[Part], content: dict[str, Any], file: Traversable) -> Part:
    try:
        return part.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'top'}: {e['msg']}" for e in error.errors())
        raise ScenarioError(f"{file}: {faults}") from error


def _check_row(row: str) -> None:
    if not re.match(ROW, row):
        raise ValueError(f"{row}: expected the id of a runbook row, such as S3.1 or ESC-2")


def _belong_together(expected: Expected, world: World, folder: Traversable) -> None:
    named = [act.service for act in [*expected.required_actions, *expected.allowed_actions]]
    for service in [*named, *([expected.component] if expected.component else [])]:
        if service not in world.services:
            known = ", ".join(world.services)
            raise ScenarioError(f"{folder / 'expected.yaml'}: {service}: expected a service of world.yaml ({known})")
