"""Landscapes: a company's production on a good day, on which many scenarios play. Scenarios say what differs."""

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

from evals.scenarios.yaml_source import YamlSource, read_yaml

JOINED = ("oddities", "gaps", "on_call")
"""Lists of which the scenario's own come first, and then the landscape's."""


def names() -> list[str]:
    """Name the landscapes that come with the product."""
    return sorted(file.name.removesuffix(".yaml") for file in _shipped().iterdir() if file.name.endswith(".yaml"))


def on_its_landscape(written: YamlSource, folder: Traversable) -> YamlSource:
    """Put what a world's file says on top of the landscape that it names; raises ScenarioError where there is none."""
    name = written.content.get("landscape")
    if not name:
        return written
    base = read_yaml(_file(written, str(name), folder)).content
    document = written.document._replace(content=_merged(base, written.content))
    return YamlSource(document)


def file_of(name: str) -> Traversable:
    """Give the file of a landscape that comes with the product."""
    return _shipped() / f"{name}.yaml"


def _shipped() -> Traversable:
    return files("evals.scenarios") / "landscapes"


def _file(written: YamlSource, name: str, folder: Traversable) -> Traversable:
    if name in names():
        return file_of(name)
    beside = Path(str(folder)).parent / name
    if not beside.is_file():
        raise written.wrong(("landscape",), f"expected one of {', '.join(names())} or a file, found {name!r}")
    return beside


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Services are put together field by field, some lists are joined, and all else is the scenario's own."""
    merged = {**base, **own}
    services = dict(cast(dict[str, Any], base.get("services") or {}))
    for name, spec in cast(dict[str, Any], own.get("services") or {}).items():
        services[name] = {**services.get(name, {}), **spec} if isinstance(spec, dict) else spec
    merged["services"] = services
    for kind in JOINED:
        merged[kind] = [*(own.get(kind) or []), *(base.get(kind) or [])]
    return merged
