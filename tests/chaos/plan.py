"""The plan: which scenarios are played, each on a production of its own whose services no other run knows."""

import random
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from agents.io.catalogue import Catalogue
from agents.io.clock import VirtualClock
from agents.runtime.briefing import Alert
from evals.playing.play import EPOCH
from evals.scenarios import loading
from evals.scenarios.scenario import OnCall, Scenario
from evals.simulation.production import Production
from evals.simulation.world import World

SEEDS = 50


class Play(NamedTuple):
    """One run to be: a scenario, a seed, the number that marks its services, and when its alert goes out."""

    number: int
    scenario: str
    seed: int
    at: datetime = EPOCH


def draw(seed: int, runs: int, minutes: float) -> list[Play]:
    """Draw a storm: every scenario about equally often, in a random order, the alerts within some minutes."""
    dice = random.Random(seed)
    names = loading.names() * (runs // len(loading.names()) + 1)
    chosen = dice.sample(names[:runs], runs)
    moments = sorted(dice.uniform(0, minutes * 60) for _ in range(runs))
    return [
        Play(number, name, dice.randrange(SEEDS), EPOCH + timedelta(seconds=round(second)))
        for number, (name, second) in enumerate(zip(chosen, moments, strict=True), start=1)
    ]


@cache
def scenario_of(name: str, number: int) -> Scenario:
    """A scenario with `-<number>` after the name of every service wherever it stands."""
    written = _written(name)
    mark = _marking(list(written.world.services), f"-{number}")
    alert = Alert.model_validate(mark(written.alert.model_dump(mode="json")))
    world = World.model_validate(mark(written.world.model_dump(mode="json")))
    on_call = [OnCall.model_validate(mark(rule.model_dump(mode="json"))) for rule in written.on_call]
    alert = alert.model_copy(update={"dedup_key": f"play {number}"})
    return written._replace(alert=alert, world=world, on_call=on_call)


@cache
def catalogue_of(name: str, number: int) -> Catalogue:
    """The catalogue that fits the scenario's production."""
    return Production(scenario_of(name, number).world, 0, VirtualClock(EPOCH), EPOCH).catalogue


@cache
def _written(name: str) -> Scenario:
    return loading.load(name)


def _marking(names: list[str], suffix: str) -> Callable[[Any], Any]:
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    named = re.compile(rf"(?<![\w/.-])({longest_first})(?![\w-])")

    def mark(value: Any) -> Any:
        if isinstance(value, dict):
            fields = cast(dict[str, Any], value)
            return {f"{key}{suffix}" if key in names else key: mark(one) for key, one in fields.items()}
        if isinstance(value, list):
            return [mark(one) for one in cast(list[Any], value)]
        return named.sub(rf"\1{suffix}", value) if isinstance(value, str) else value

    return mark
