"""Scenarios: those that come with the product and those of one's own, read and checked; and one to begin with."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import get_args

from agents.io.act_kinds import ACT_KINDS
from agents.runtime.briefing import Alert
from evals.scenarios.landscapes import on_its_landscape
from evals.scenarios.scenario import ActionOn, Expected, LaterAlert, OnCall, Scenario, WorldFile
from evals.scenarios.strata import REQUIRED, Stratum
from evals.scenarios.variation import varied
from evals.scenarios.yaml_source import ScenarioError, YamlSource, read_json, read_yaml
from evals.simulation.acts import PRODUCTION_ACTS
from evals.simulation.disturbance import Disturbance
from evals.simulation.journal import OUTGOING_PORTS
from evals.simulation.production import READ_PORTS
from evals.simulation.world import World
from prompts.notation import Place

__all__ = [
    "ActionOn",
    "Expected",
    "LaterAlert",
    "OnCall",
    "Scenario",
    "ScenarioError",
    "WorldFile",
    "load",
    "names",
    "new_scenario",
]

FILES = ("alert.json", "world.yaml", "expected.yaml")
ACTS = (*PRODUCTION_ACTS, *ACT_KINDS)
PORTS = (*READ_PORTS, *ACTS, *OUTGOING_PORTS)


def names(stratum: Stratum = REQUIRED) -> list[str]:
    """Name the scenarios of a stratum that come with the product."""
    folders = _shipped(stratum).iterdir()
    return sorted(folder.name for folder in folders if folder.is_dir() and not folder.name.startswith("_"))


def load(name_or_path: str | Path, seed: int = 0) -> Scenario:
    """Read a scenario by its name or its folder, with the names and red herrings of a seed; raises ScenarioError."""
    folder = _find(name_or_path)
    alert = read_json(folder / "alert.json")
    world = on_its_landscape(read_yaml(folder / "world.yaml"), folder)
    expected = read_yaml(folder / "expected.yaml")
    whole = world.fit(WorldFile)
    scenario = Scenario(
        name=folder.name,
        about=whole.about,
        alert=_alert(alert),
        world=_world(whole),
        expected=expected.fit(Expected),
        on_call=whole.on_call,
        revenue_limit=whole.revenue_limit,
        more_alerts=whole.more_alerts,
        notes=whole.notes,
        captured_from=whole.captured_from,
    )
    _check_world(scenario, world)
    _check_expected(scenario, expected)
    return varied(scenario, seed) if seed else scenario


@cache
def _shipped(stratum: Stratum) -> Traversable:
    return files("evals.scenarios") / stratum


def _find(name_or_path: str | Path) -> Traversable:
    for stratum in get_args(Stratum):
        if str(name_or_path) in names(stratum):
            return _shipped(stratum) / str(name_or_path)
    folder = Path(name_or_path)
    if folder.is_dir():
        return folder
    raise ScenarioError(f"{name_or_path}: no such scenario; expected a folder or one of {', '.join(names())}")


def _alert(written: YamlSource) -> Alert:
    for name in written.content:
        if name not in Alert.model_fields:
            raise written.wrong((name,), f"expected only {', '.join(Alert.model_fields)}")
    return written.fit(Alert)


def _world(whole: WorldFile) -> World:
    """The world without what only those who play it need."""
    told = {name: getattr(whole, name) for name in World.model_fields}
    return World.model_construct(whole.model_fields_set & set(told), **told)


def _check_world(scenario: Scenario, written: YamlSource) -> None:
    """Whatever is named in a world is a service or a port."""
    world = scenario.world
    for number, gap in enumerate(world.gaps):
        _expect(written, ("gaps", number, "port"), gap.port, PORTS)
        _expect(written, ("gaps", number, "service"), gap.service, world.services)
    for port in world.minutes:
        _expect(written, ("minutes", port), port, PORTS)
    for service, ports in world.observed.items():
        _expect(written, ("observed", service), service, world.services)
        for number, port in enumerate(ports):
            _expect(written, ("observed", service, number), port, READ_PORTS)
    for number, rule in enumerate(scenario.on_call):
        _expect(written, ("on_call", number, "component"), rule.component, world.services)
        _expect(written, ("on_call", number, "service"), rule.service, world.services)
    for number, later in enumerate(scenario.more_alerts):
        for name in later.alert:
            _expect(written, ("more_alerts", number, "alert", name), name, Alert.model_fields)
    for kind, disturbances in (("faults", world.faults), ("oddities", world.oddities)):
        for number, disturbance in enumerate(disturbances):
            _check_disturbance(disturbance, (kind, number), written, world)


def _check_disturbance(disturbance: Disturbance, place: Place, written: YamlSource, world: World) -> None:
    for number, line in enumerate(disturbance.logs):
        _expect(written, (*place, "logs", number, "service"), line.service, world.services)
    for number, remedy in enumerate(disturbance.cured_by):
        _expect(written, (*place, "cured_by", number, "action"), remedy.action, ACTS)
        _expect(written, (*place, "cured_by", number, "service"), remedy.service, world.services)
    for number, made in enumerate(disturbance.worsened_by):
        _expect(written, (*place, "worsened_by", number, "action"), made.action, ACTS)
        _expect(written, (*place, "worsened_by", number, "service"), made.service, world.services)


def _check_expected(scenario: Scenario, written: YamlSource) -> None:
    """What is expected is of this world."""
    services, expected = scenario.world.services, scenario.expected
    _expect(written, ("component",), expected.component or "", services)
    for number, other in enumerate(expected.also_right):
        _expect(written, ("also_right", number, "component"), other.component, services)
    if expected.deciding:
        _expect(written, ("deciding", "service"), expected.deciding.service, services)
        _expect(written, ("deciding", "port"), expected.deciding.port, READ_PORTS)
    for kind in ("first_proposals", "harmful", "required_actions", "allowed_actions"):
        for number, act in enumerate(getattr(expected, kind)):
            _expect(written, (kind, number, "service"), act.service, services)


def _expect(written: YamlSource, place: Place, name: str, known: Iterable[str]) -> None:
    if name and name not in known:
        raise written.wrong(place, f"expected one of {', '.join(known)}, found {name!r}")


def new_scenario(folder: Path) -> list[Path]:
    """Write a scenario's folder to begin with and give its files; raises ScenarioError where there is one already."""
    if folder.exists() and any(folder.iterdir()):
        raise ScenarioError(f"{folder}: expected a folder that is empty or does not exist")
    folder.mkdir(parents=True, exist_ok=True)
    template = files("evals.scenarios") / "easy" / "_new"
    return [_copy(name, (template / name).read_text(encoding="utf-8"), folder) for name in FILES]


def _copy(name: str, text: str, folder: Path) -> Path:
    file = folder / name
    file.write_text(text.replace("SCENARIO", folder.name.replace("_", "-")), encoding="utf-8")
    return file
