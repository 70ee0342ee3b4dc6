"""Pod templates: the settings of a deployment's containers, now and in the revision before, without secrets."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from agents.io.redaction import GONE, beginning
from agents.io.secret_shapes import is_secret_name
from agents.readings.code import Configuration, Setting

MOST_SETTINGS = 120
LONGEST = 300
"""Characters of one value."""
PLAIN = ("image", "command", "args", "workingDir", "imagePullPolicy")
GROUPS = ("resources", "livenessProbe", "readinessProbe", "startupProbe")


def configuration_of(
    service: str, now: Mapping[str, Any], before: Mapping[str, Any] | None, at: datetime | None
) -> Configuration:
    """The settings of a pod's specification, beside those of the one before, which it followed at a time."""
    present, earlier = dict(_settings(now)), dict(_settings(before)) if before else {}
    changed_at = at if before else None
    settings = [_setting(name, present, earlier, changed_at) for name in {**present, **earlier}]
    in_order = sorted(settings, key=lambda one: (not one.is_changed, one.name))
    return Configuration(
        service=service,
        settings=in_order[:MOST_SETTINGS],
        left_out=max(0, len(in_order) - MOST_SETTINGS),
        note="" if before else "no earlier revision is kept",
    )


def _setting(name: str, now: Mapping[str, str], before: Mapping[str, str], at: datetime | None) -> Setting:
    is_changed = at is not None and now.get(name) != before.get(name)
    return Setting(
        name=beginning(name, 200),
        now=_shown(name, now.get(name)),
        before=_shown(name, before.get(name)),
        is_changed=is_changed,
        changed_at=at if is_changed else None,
    )


def _shown(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    return GONE if is_secret_name(name.rpartition(" ")[2]) else beginning(value, LONGEST)


def _settings(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and value of everything that can be set; what stands in a secret is told by where it stands."""
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        name = container["name"]
        for variable in container.get("env", []):
            yield f"{name}: env {variable['name']}", _value(variable)
        for source in container.get("envFrom", []):
            yield f"{name}: env from", str(source)
        for field in PLAIN:
            if field in container:
                yield f"{name}: {field}", str(container[field])
        for group in GROUPS:
            for path, value in _flat(container.get(group, {})):
                yield f"{name}: {group} {path}", value
    for volume in spec.get("volumes", []):
        yield f"volume {volume['name']}", str({key: value for key, value in volume.items() if key != "name"})


def _value(variable: Mapping[str, Any]) -> str:
    return str(variable["value"]) if "value" in variable else f"from {variable.get('valueFrom', {})}"


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, part in cast(Mapping[str, Any], value).items():
            yield from _flat(part, f"{path}.{name}" if path else str(name))
    else:
        yield path, str(value)
