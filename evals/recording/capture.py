"""Capture: a finished run becomes a scenario that plays at once. It tests triage, discipline and decision;
a world rebuilt from answers is no test of finding things in raw telemetry."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import yaml

from agents.io.catalogue import Catalogue
from evals.recording.rebuilding import Sightings, effect, log_lines, observed, services
from evals.scenarios.loading import load
from evals.scenarios.scenario import Scenario
from evals.scenarios.yaml_source import ScenarioError
from evals.simulation.acts import PRODUCTION_ACTS
from graphs.transcript.event import Event
from graphs.transcript.facts import Facts
from graphs.transcript.projections import take_in

Redact = Callable[[str], str]
OF_THE_ALERT = ("source", "title", "description", "service", "severity", "labels", "dedup_key")
TREE = ("S3.1", "S3.2", "S3.3", "S3.4")
ESCALATIONS = tuple(f"ESC-{number}" for number in range(1, 6))


def capture(events: Sequence[Event], folder: Path, catalogue: Catalogue, redact: Redact) -> Scenario:
    """Write a finished run as a scenario's folder and load it; raises ScenarioError.

    `catalogue`: the services as the run knew them. `redact`: takes out of a text what must not leave the house."""
    if folder.exists() and any(folder.iterdir()):
        raise ScenarioError(f"{folder}: expected a folder that is empty or does not exist")
    facts = _facts(events)
    if facts.alert is None or facts.started_at is None or facts.closed_at is None:
        raise ScenarioError(f"{facts.id or 'the run'}: expected a run that is closed, it is {facts.status}")
    sightings = Sightings(events, facts.started_at)
    world = {
        "about": f"Captured from run {facts.id}; {_confirmed(events)}.",
        "captured_from": facts.id,
        "revenue_limit": facts.revenue_limit,
        "on_call": _on_call(events, sightings),
        "services": services(sightings, catalogue),
        "faults": _faults(facts, events, sightings),
        "observed": observed(sightings),
    }
    alert = facts.alert.model_dump(mode="json", include=set(OF_THE_ALERT))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "alert.json", json.dumps(_redacted(alert, redact), indent=2, ensure_ascii=False))
    _write(folder / "world.yaml", _yaml(_redacted(world, redact)))
    _write(folder / "expected.yaml", _yaml(_redacted(_expected(facts, events), redact)))
    lines = (json.dumps(_redacted(event.model_dump(mode="json"), redact), ensure_ascii=False) for event in events)
    _write(folder / "recording.jsonl", "\n".join(lines))
    return load(folder)


def _facts(events: Sequence[Event]) -> Facts:
    facts = Facts()
    for event in events:
        take_in(facts, event)
    return facts


def _write(file: Path, text: str) -> None:
    file.write_text(f"{text.rstrip()}\n", encoding="utf-8")


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def _redacted(value: Any, redact: Redact) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(inner, redact) for key, inner in cast(dict[str, Any], value).items()}
    return [_redacted(inner, redact) for inner in cast(list[Any], value)] if isinstance(value, list) else value


def _confirmed(events: Sequence[Event]) -> str:
    """Who stands for its outcome."""
    people = {str(e.payload["answer"]["by"]) for e in events if e.kind == "answer"}
    return "its outcome was confirmed by people" if people else "nobody has confirmed its outcome"


def _on_call(events: Sequence[Event], sightings: Sightings) -> list[dict[str, Any]]:
    """What people answered, in order; the last answer of its kind goes for all that follow."""
    asked = {e.payload["question"]["id"]: e for e in events if e.kind == "question"}
    rules: list[dict[str, Any]] = []
    for event in (e for e in events if e.kind == "answer"):
        question, answer = asked[event.payload["question"]], event.payload["answer"]
        rule: dict[str, Any] = {"question": question.payload["question"]["kind"]}
        proposal: dict[str, Any] | None = question.payload["question"].get("proposal")
        if proposal and proposal.get("action"):
            rule["action"] = proposal["action"]
        rule["after_minutes"] = round(sightings.minute(event.at) - sightings.minute(question.at), 1)
        rule["answer"] = "approve" if answer["answer"] == "edit" else answer["answer"]
        rule |= {name: answer[name] for name in ("cause", "component", "amount", "comment") if answer.get(name)}
        rules.append(rule)
    kinds = [(rule["question"], rule.get("action")) for rule in rules]
    return [r if kinds[n] not in kinds[n + 1 :] else {**r, "times": 1} for n, r in enumerate(rules)]


def _acts(events: Sequence[Event]) -> list[Event]:
    return [e for e in events if e.kind == "result" and e.payload["done"] and e.payload["port"] in PRODUCTION_ACTS]


def _in_vain(facts: Facts) -> set[tuple[str, str]]:
    return {(a.proposal.action or "", a.proposal.service) for a in facts.attempts if a.outcome == "did not help"}


def _helpful(facts: Facts, events: Sequence[Event]) -> list[Event]:
    return [e for e in _acts(events) if (e.payload["port"], e.payload["arguments"]["service"]) not in _in_vain(facts)]


def _faults(facts: Facts, events: Sequence[Event], sightings: Sightings) -> list[dict[str, Any]]:
    """One fault on the component that was found, with the acts that ended it; else what came and went by itself."""
    found = facts.conclusion
    if found is None or found.verdict == "nothing wrong":
        return []
    component = found.component or facts.service
    fitting = [h for h in found.hypotheses if (h.cause, h.component) == (found.cause, component)]
    began = next((h.onset for h in fitting if h.onset), None) or found.introduced_at
    onset = sightings.minute(began) if began else -10.0
    fault: dict[str, Any] = {"kind": "oddity", "spreads": True, "component": component, "ramp": 1, "jitter": 0}
    fault |= {"onset": onset, "effect": effect(sightings, component)}
    fault["logs"] = log_lines(sightings, component, onset)
    version = next((h.version for h in fitting if h.version and found.cause == "recent deployment"), "")
    releases = sightings.first("deployment_history", component).get("deployments", [])
    if any(release["version"] == version for release in releases):
        fault["version"] = version
    fault |= _status_page(sightings, component)
    cures = [cure for act in _helpful(facts, events) if (cure := _cure(act, events))]
    if cures:
        fault["cured_by"] = cures
    elif facts.fixed_at or facts.resolved_at:
        over = sightings.minute(facts.fixed_at or facts.resolved_at or facts.started_at or sightings.epoch)
        fault["heals_at"] = max(onset + 1, over - 4)
    return [fault]


def _status_page(sightings: Sightings, component: str) -> dict[str, Any]:
    told = [seen for seen in sightings.of("provider_status", component) if seen.value["since"]]
    if not told:
        return {"says_after": -1}
    return {"says_after": max(0.0, told[0].minute), "says": told[0].value["message"]}


def _cure(act: Event, events: Sequence[Event]) -> dict[str, Any] | None:
    port, arguments = act.payload["port"], act.payload["arguments"]
    if port in ("build_hotfix", "fallback"):
        return None  # a build touches nothing; what a fallback does follows from the world
    cure: dict[str, Any] = {"action": port, "service": arguments["service"], "minutes": 2}
    if port == "scale":
        cure["replicas"] = arguments["replicas"]
    if port == "deploy":
        built = (e.payload for e in _acts(events) if e.payload["reference"] == arguments["version"])
        cure["change"] = next((made["arguments"]["change"] for made in built if made["port"] == "build_hotfix"), "")
    return cure


def _expected(facts: Facts, events: Sequence[Event]) -> dict[str, Any]:
    shown = {row for event in events for row in event.rows}
    first = next(e.payload["severity"] for e in events if e.kind == "classification")
    found = facts.conclusion
    helped = [_act(event) for event in _helpful(facts, events)]
    vain = [_act(event) for event in _acts(events) if _act(event) not in helped]
    return {
        "severity": facts.severity,
        "first_severity": first,
        "verdict": found.verdict if found else None,
        "cause": found.cause if found else None,
        "component": found.component if found and found.cause else None,
        "required_actions": list({json.dumps(act): act for act in helped}.values()),
        "allowed_actions": list({json.dumps(act): act for act in vain}.values()),
        "rows_must": sorted(shown & {f"SEV-{facts.severity}", f"TEAM-{facts.severity}", *TREE}),
        "rows_must_not": sorted({*TREE, *ESCALATIONS} - shown),
        "resolved": facts.resolved_at is not None,
    }


def _act(event: Event) -> dict[str, str]:
    return {"action": event.payload["port"], "service": event.payload["arguments"]["service"]}


PATTERNS = {
    "mail": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "address": re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"),
    "secret": re.compile(r"(?<=[Bb]earer )\S+|(?<![\w-])(?:sk|xox[abp]|ghp|glpat)[-_][\w-]{8,}|AKIA[0-9A-Z]{16}"),
    "credential": re.compile(r"(?i)(?<=password=)\S+|(?<=token=)\S+|(?<=api_key=)\S+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
}


def redact(text: str) -> str:
    """Put a name of its kind, and a mark of its own, in the place of each."""
    for kind, pattern in PATTERNS.items():
        text = pattern.sub(lambda found, kind=kind: f"<{kind}-{_mark(found.group())}>", text)
    return text


def _mark(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:4]
