"""Pods: what Kubernetes says of each of them, in short."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from agents.io.redaction import beginning
from agents.readings.workload import PodState

MOST_PODS = 30
LONGEST = 300
"""Characters of one line."""
TOLD = ("reason", "exitCode", "signal", "message", "startedAt", "finishedAt")
PAST = {"terminated": "ended", "waiting": "waits", "running": "runs"}


def ill_first(pods: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pods, those that are not well first."""
    return sorted(pods, key=lambda pod: (_is_well(pod), str(pod["metadata"]["name"])))


def pod_states(pods: Sequence[dict[str, Any]]) -> list[PodState]:
    """What is told of the pods, of those that are not well first."""
    return [_state(pod) for pod in ill_first(pods)[:MOST_PODS]]


def conditions_of(thing: Mapping[str, Any]) -> list[str]:
    """The conditions of a deployment, as they are written below its status."""
    told = (
        f"{one.get('lastTransitionTime', '')} {one['type']} is {one['status']}: {one.get('reason', '')} "
        f"{one.get('message', '')}"
        for one in thing.get("status", {}).get("conditions", [])
    )
    return [beginning(line.strip(" :"), LONGEST) for line in told]


def _is_well(pod: Mapping[str, Any]) -> bool:
    conditions = {one["type"]: one["status"] for one in pod.get("status", {}).get("conditions", [])}
    return conditions.get("Ready") == "True"


def _state(pod: Mapping[str, Any]) -> PodState:
    status, containers = pod.get("status", {}), pod.get("spec", {}).get("containers", [])
    images = [str(one.get("image", "")).rpartition("/")[2] for one in containers]
    started = status.get("startTime")
    return PodState(
        name=beginning(str(pod["metadata"]["name"]), LONGEST),
        phase=str(status.get("phase", "")),
        node=str(pod.get("spec", {}).get("nodeName", "")),
        started_at=datetime.fromisoformat(started) if started else None,
        version=beginning(", ".join(images), LONGEST),
        containers=[beginning(line, LONGEST) for line in _containers(status)],
    )


def _containers(status: Mapping[str, Any]) -> Iterator[str]:
    for one in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        now, last = _in_words(one.get("state", {})), _in_words(one.get("lastState", {}))
        before = f"; before: {last}" if last else ""
        yield f"{one['name']} {now}, started again {one.get('restartCount', 0)} times{before}"


def _in_words(state: Mapping[str, Any]) -> str:
    name = next(iter(state), "")
    if not name:
        return ""
    about: Mapping[str, Any] = state[name] or {}
    facts = [f"{key} {about[key]}" for key in TOLD if key in about]
    return f"{PAST.get(name, name)} ({', '.join(facts)})" if facts else PAST.get(name, name)
