"""Variation: the same incident in another house. A seed gives it other names, other versions and other red herrings.

What happens and what is right stays the same. Seed 0 is the scenario as it is written."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from agents.runtime.briefing import Alert
from evals.scenarios.scenario import Expected, LaterAlert, OnCall, PersonsNote, Scenario
from evals.simulation.course import noise
from evals.simulation.rollouts import UNVERSIONED
from evals.simulation.world import World

Part = TypeVar("Part", bound=BaseModel)
HOUSES = ("prod-{}", "{}-eu", "nova-{}", "{}-main", "k8s-{}", "{}-svc", "blue-{}", "{}-live")
"""How a house names its services."""
KEYED_BY_SERVICE = ("services", "depends_on", "fallbacks", "observed")
IS_A_SERVICE = ("component", "service", "standby")
IS_PROSE = (
    "signature",
    "sample",
    "says",
    "note",
    "summary",
    "comment",
    "machine_reason",
    "events",
    "suspicious_access",
    "ailing_instances",
    "refusal",
    "text",
    "words",
    "shows",
    "truth",
)
IS_OF_THE_ALERT = ("title", "description", "dedup_key", "labels")
INNOCENT_RELEASE = (-50.0, 60.0)
"""From which minute on, and within how many, a release falls that has nothing to do with it."""
ODDITIES: tuple[dict[str, Any], ...] = (
    {"effect": {"cpu": 0.2}, "ramp": 20},
    {"effect": {"memory": 0.14}, "ramp": 45},
    {"effect": {"network": 0.2}, "ramp": 8},
    {
        "effect": {"cpu": 0.12},
        "ramp": 30,
        "logs": [{"signature": "batch of <n> rows took <n> ms", "level": "warning", "per_minute": 2}],
    },
    {
        "effect": {"disk": 0.1},
        "ramp": 60,
        "logs": [{"signature": "compaction of <name> postponed", "level": "warning", "per_minute": 0.5}],
    },
)


def varied(scenario: Scenario, seed: int) -> Scenario:
    """Give the scenario as a seed tells it."""
    dice = f"{scenario.name}/{seed}"
    house = _House(scenario.world, dice)
    world = World.model_validate(house.renamed(scenario.world.model_dump()))
    alert = Alert.model_validate(house.renamed(scenario.alert.model_dump()))
    return scenario._replace(
        alert=alert,
        world=_with_red_herrings(world, alert.service, dice),
        expected=house.anew(Expected, scenario.expected),
        on_call=[house.anew(OnCall, rule) for rule in scenario.on_call],
        more_alerts=[house.anew(LaterAlert, later) for later in scenario.more_alerts],
        notes=[house.anew(PersonsNote, note) for note in scenario.notes],
    )


def _drawn(dice: str, what: str, among: int) -> int:
    return int(noise(f"{dice}/{what}") * among)


class _House:
    """How one house names its services, versions and changes."""

    def __init__(self, world: World, dice: str) -> None:
        self._pattern = HOUSES[_drawn(dice, "house", len(HOUSES))]
        self._major, self._minor = _drawn(dice, "major", 9), _drawn(dice, "minor", 30)
        names = sorted(world.services, key=len, reverse=True)
        self._any = self._finds(names)
        self._unmistakable = self._finds([name for name in names if "-" in name])

    def _finds(self, names: list[str]) -> re.Pattern[str]:
        """Find names that stand alone: not as a part of a path, an address or another name."""
        return re.compile(rf"(?<![\w/.-])({'|'.join(map(re.escape, names)) or '(?!)'})(?![\w/-]|\.\w)")

    def anew(self, part: type[Part], old: Part) -> Part:
        return part.model_validate(self.renamed(old.model_dump()))

    def renamed(self, value: Any, field: str = "") -> Any:
        """Rename whatever a structure names; `field` says what the value is."""
        if isinstance(value, dict):
            pairs = cast(dict[str, Any], value).items()
            return {self._key(key, field): self.renamed(inner, self._below(key, field)) for key, inner in pairs}
        if isinstance(value, list):
            return [self.renamed(inner, field) for inner in cast(list[Any], value)]
        return self._text(value, field) if isinstance(value, str) else value

    def _key(self, key: str, field: str) -> str:
        if field == "version":  # of a split by version
            return self._version(key)
        return self._name(key) if field in KEYED_BY_SERVICE else key

    @staticmethod
    def _below(key: str, field: str) -> str:
        return field if field == "labels" else "" if field in KEYED_BY_SERVICE else key

    def _text(self, text: str, field: str) -> str:
        if field in IS_A_SERVICE:
            return self._name(text) if text else text
        if field in ("version", "versions"):
            return self._version(text)
        if field == "change":
            return re.sub(r"^#(\d+)$", lambda found: f"#{int(found[1]) + 31 * self._minor}", text)
        finds = self._any if field in IS_OF_THE_ALERT else self._unmistakable if field in IS_PROSE else None
        return finds.sub(lambda found: self._name(found[0]), text) if finds else text

    def _name(self, name: str) -> str:
        return self._pattern.format(name)

    def _version(self, version: str) -> str:
        found = re.match(r"(\d+)\.(\d+)(\..*)?$", version)
        if found is None:
            return version
        return f"{int(found[1]) + self._major}.{int(found[2]) + self._minor}{found[3] or ''}"


def _with_red_herrings(world: World, alerted: str, dice: str) -> World:
    """Add an oddity and a release to services that have nothing to do with it, where there are any."""
    bystanders = [name for name in world.services if name not in _touched(world, alerted)]
    if not bystanders:
        return world
    written = world.model_dump()
    odd = bystanders[_drawn(dice, "odd", len(bystanders))]
    onset = -20 - 160 * noise(f"{dice}/onset")
    written["oddities"].append({"component": odd, "onset": onset, **ODDITIES[_drawn(dice, "oddity", len(ODDITIES))]})
    _release(written["services"], bystanders, dice)
    return World.model_validate(written)


def _touched(world: World, alerted: str) -> set[str]:
    """Name the alerted service, the components of the faults and all that feel them, and providers."""
    touched = {alerted, *(disturbance.component for disturbance in world.faults)}
    while True:
        feel = {name for name, service in world.services.items() if touched & set(service.depends_on)}
        if feel <= touched:
            return touched | {name for name, service in world.services.items() if service.kind == "provider"}
        touched |= feel


def _release(services: Mapping[str, dict[str, Any]], bystanders: list[str], dice: str) -> None:
    """Let one of the bystanders be released at a time that looks suspicious."""
    versioned = [name for name in bystanders if services[name]["kind"] not in UNVERSIONED]
    if not versioned:
        return
    service = services[versioned[_drawn(dice, "released", len(versioned))]]
    at = INNOCENT_RELEASE[0] + INNOCENT_RELEASE[1] * noise(f"{dice}/released at")
    before = [release for release in service["releases"] if release["at"] < at] or [{"version": "2.4.0", "at": -8640}]
    major, minor = (*map(int, re.findall(r"\d+", before[-1]["version"])), 0, 0)[:2]
    service["releases"] = [*before, {"version": f"{major}.{minor + 1}.0", "at": at, "note": "translations"}]
