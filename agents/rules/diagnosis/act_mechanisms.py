"""Act mechanisms: whether what is read of a service calls for an act of a kind that it declares, and to what exactly.

Each gives the acts that are called for, the likeliest target first, and what shows it. Time alone calls for nothing.
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import NamedTuple

from agents.io.act_kinds import unfit_value
from agents.readings.splits import BEFORE_NAME, Dimension, Split
from agents.reports.basis import Claim, Parameters
from agents.rules.diagnosis import health
from agents.rules.diagnosis.act_evidence import ActEvidence, ToldChange
from agents.rules.diagnosis.changes import is_before
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.diagnosis.part_evidence import few_ill
from agents.rules.diagnosis.signals import CPU, DISK, MEMORY_USE, NETWORK, compare
from agents.rules.diagnosis.suspect_evidence import is_of_the_machine
from agents.rules.writing.wording import at, on, share, short
from agents.tools.ports import (
    data_safety,
    database_health,
    error_log,
    infrastructure_state,
    split_signals,
    system_metrics,
)
from agents.tools.reported_events import told_at

GROWN = 3
"""Times its usual requests from which on a tenant or an endpoint sends, or gets, unusually many."""
HALF = 0.5
"""Of a rise: whoever makes up more of it makes the rise."""
LEAST_WRITTEN = 3
"""Error lines: fewer say nothing of a credential."""
JUST_BEFORE = 120
"""Minutes of the runbook. A job that began longer before it went wrong is not tied to that by its time."""
GONE = re.compile(r"\b(?:expired?|revoked|leaked|compromised|stolen)\b", re.IGNORECASE)
STARTED = re.compile(
    r"\b(?:start(?:ed|s|ing)?|began|begun|running|runs|kicked off|launched|triggered)\b", re.IGNORECASE
)
ON = re.compile(r"\b(?:on|enabled|activated|rolled out)\b", re.IGNORECASE)
OFF = re.compile(r"\b(?:off|disabled|deactivated)\b", re.IGNORECASE)
ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})(?:/\d{1,3})?")
WORDS = re.compile(r"[^a-z0-9]+")


class CalledFor(NamedTuple):
    """An act that is called for, its exact parameters, and what shows it."""

    parameters: Parameters
    because: Claim


def _claim(text: str, cites: list[str]) -> Claim:
    return Claim(text=short(text, 400), cites=list(dict.fromkeys(cites)))


def _of_instance(evidence: ActEvidence) -> Iterator[CalledFor]:
    """One instance stands out, or is reported ill, and most others do not; a version that stands out explains it."""
    version, split = evidence.split("version"), evidence.split("instance")
    if version and (version.failing or version.slow):
        return
    if split and (bad := few_ill(split)):
        text = f"{evidence.service}: {split.says}"
        yield from (CalledFor({"instance": name}, _claim(text, evidence.ref(split_signals))) for name in bad)
        return
    state = evidence.value(infrastructure_state)
    ill = [machine for machine in (state.machines if state else []) if machine.ready and machine.reason]
    if state and split is None and ill and len(ill) * 2 < state.replicas_wanted:
        for machine in ill:
            text = f"{machine.name} of {evidence.service} runs, but {machine.reason}"
            yield CalledFor({"instance": machine.name}, _claim(text, evidence.ref(infrastructure_state)))


def _of_machine(evidence: ActEvidence) -> Iterator[CalledFor]:
    """The same; and an instance whose machine is gone, while most others run."""
    yield from _of_instance(evidence)
    state = evidence.value(infrastructure_state)
    gone = [m for m in (state.machines if state else []) if not m.ready and is_of_the_machine(m.reason)]
    if state and gone and len(gone) * 2 < state.replicas_wanted:
        for machine in gone:
            text = f"{machine.name} of {evidence.service} is not ready: {machine.reason}"
            yield CalledFor({"instance": machine.name}, _claim(text, evidence.ref(infrastructure_state)))


def _of_region(evidence: ActEvidence) -> Iterator[CalledFor]:
    """One region fails, and most others do not; they can carry it only where it has no more than half of all."""
    split = evidence.split("region")
    if split is None or len(split.parts) < 2 or len(split.failing) != 1:
        return
    ill = next(part for part in split.parts if part.name == split.failing[0])
    whole = sum(part.requests for part in split.parts) + (split.others.requests if split.others else 0)
    if ill.requests <= HALF * whole:
        text = f"{evidence.service}: {split.says}"
        yield CalledFor({"region": ill.name}, _claim(text, evidence.ref(split_signals)))


def _of_tenant(evidence: ActEvidence) -> Iterator[CalledFor]:
    return _grown(evidence, "tenant", "tenant")


def _of_route(evidence: ActEvidence) -> Iterator[CalledFor]:
    return _grown(evidence, "endpoint", "route")


def _grown(evidence: ActEvidence, by: Dimension, parameter: str) -> Iterator[CalledFor]:
    """One part sends several times its usual requests, makes up most of the rise, and is not the only one hurt."""
    now, usual, minutes = evidence.split(by), evidence.split(by, usual=True), evidence.minutes
    if now is None or usual is None or len(now.parts) < 2:
        return
    before = {part.name: part.requests for part in usual.parts}
    rates = {part.name: _Rates(part.requests, before.get(part.name, 0), *minutes) for part in now.parts}
    whole = _Rates(_everything(now), _everything(usual), *minutes)
    known = [part.name for part in now.parts if part.name in before or usual.others is None]
    for name in sorted(known, key=lambda name: -rates[name].rise):
        own = rates[name]
        makes_the_rise = whole.rise > 0 and own.rise > HALF * whole.rise
        if makes_the_rise and own.now >= GROWN * own.usual and now.failing != [name]:
            text = (
                f"{evidence.service}: {own.now:.0f} requests a minute {BEFORE_NAME[by]}{name}"
                f" (usually {own.usual:.0f}), {share(min(1.0, own.rise / whole.rise))} of the rise"
            )
            cites = [*evidence.ref(split_signals), *([evidence.before.ref] if evidence.before else [])]
            yield CalledFor({parameter: name}, _claim(text, cites))


def _everything(split: Split) -> int:
    return sum(part.requests for part in split.parts) + (split.others.requests if split.others else 0)


class _Rates(NamedTuple):
    """Requests in the last minutes, and in a long window that they belong to."""

    recent: int
    in_all: int
    minutes: int
    minutes_in_all: int

    @property
    def now(self) -> float:
        return self.recent / self.minutes

    @property
    def usual(self) -> float:
        """A minute, before the last minutes."""
        return max(0.0, (self.in_all - self.recent) / max(1, self.minutes_in_all - self.minutes))

    @property
    def rise(self) -> float:
        return self.now - self.usual


def _of_addresses(evidence: ActEvidence) -> Iterator[CalledFor]:
    """Suspicious access, in the audit's words, from addresses that it names."""
    safety = evidence.value(data_safety)
    for line in safety.suspicious_access if safety else []:
        for found in ADDRESS.findall(line):
            if not unfit_value("addresses", found):
                claim = _claim(f"suspicious access to {evidence.service}: {line}", evidence.ref(data_safety))
                yield CalledFor({"addresses": str(ip_network(found))}, claim)


def _blamed(evidence: ActEvidence, kinds: tuple[str, ...]) -> Iterator[ToldChange]:
    """Changes of these kinds to which more than their time ties what went wrong."""
    conclusion = evidence.briefing.conclusion
    hypotheses = [h for h in (conclusion.hypotheses if conclusion else []) if h.status != "ruled out"]
    blamed = [(h.component, h.change, h.changed_at) for h in hypotheses if h.strength >= 2]
    for change in evidence.changes():
        if change.kind in kinds and (evidence.service, change.words, change.at) in blamed:
            yield change


def _of_flag(evidence: ActEvidence) -> Iterator[CalledFor]:
    """A flag that was switched is blamed: it goes back to what it was."""
    for change in _blamed(evidence, ("flag",)):
        value = change.old or ("off" if ON.search(change.words) else "on" if OFF.search(change.words) else "")
        for flag in _listed(evidence, "switch_flag", change.words) if value else []:
            yield CalledFor({"flag": flag, "value": value}, _changed(evidence, change))


def _of_setting(evidence: ActEvidence) -> Iterator[CalledFor]:
    """A setting that was changed is blamed, and what it was before is told."""
    for change in _blamed(evidence, ("configuration", "scaling", "other")):
        for setting in _listed(evidence, "revert_setting", change.words) if change.old else []:
            yield CalledFor({"setting": setting, "value": change.old}, _changed(evidence, change))


def _changed(evidence: ActEvidence, change: ToldChange) -> Claim:
    return _claim(f"{evidence.service}, {on(change.at)}: “{change.words}”, which the errors point to", [change.ref])


def _of_credential(evidence: ActEvidence) -> Iterator[CalledFor]:
    """A credential is refused as expired or revoked, or somebody else uses it."""
    for pattern in evidence.log():
        if class_of(pattern.signature).name == "credentials" and GONE.search(f"{pattern.signature} {pattern.sample}"):
            if pattern.count < LEAST_WRITTEN:
                continue
            text = f"{pattern.service} writes “{short(pattern.signature)}” {pattern.count} times"
            for name in _listed(evidence, "rotate_credential", f"{pattern.signature} {pattern.sample}", alone=True):
                yield CalledFor({"credential": name}, _claim(text, evidence.ref(error_log)))
    safety = evidence.value(data_safety)
    for line in safety.suspicious_access if safety else []:
        for name in _listed(evidence, "rotate_credential", line):
            text = f"suspicious access to {evidence.service}: {line}"
            yield CalledFor({"credential": name}, _claim(text, evidence.ref(data_safety)))


def _of_session(evidence: ActEvidence) -> Iterator[CalledFor]:
    """Sessions wait for a lock, and the one that holds it is named."""
    found = evidence.value(database_health)
    if found and found.database == evidence.service and health.is_blocked(found) and found.blocking_session:
        text = f"{health.exhausted(found)[-1]}; {found.blocking_session} holds it"
        yield CalledFor({"session": found.blocking_session}, _claim(text, evidence.ref(database_health)))


def _of_job(evidence: ActEvidence) -> Iterator[CalledFor]:
    """A job began shortly before it went wrong, and what it runs on is used up."""
    strain = _strain(evidence)
    if strain is None:
        return
    for job, began in _begun(evidence):
        text = f"{began.text}; {strain.text}"
        yield CalledFor({"job": job}, _claim(text, [*began.cites, *strain.cites]))


def _begun(evidence: ActEvidence) -> Iterator[tuple[str, Claim]]:
    """Listed jobs of which a record or the holder of a lock says that they run."""
    state, found = evidence.value(infrastructure_state), evidence.value(database_health)
    onset, minute = evidence.onset, evidence.briefing.minute
    for event in state.events if state else []:
        told = told_at(event, evidence.briefing.now)
        if told and STARTED.search(told[1]) and is_before(told[0], onset, minute, JUST_BEFORE):
            for job in _listed(evidence, "pause_job", told[1]):
                text = f"{evidence.service}, {at(told[0], evidence.briefing.now)}: “{told[1]}”"
                yield job, _claim(text, evidence.ref(infrastructure_state))
    for change in evidence.changes():
        if STARTED.search(change.words) and is_before(change.at, onset, minute, JUST_BEFORE):
            for job in _listed(evidence, "pause_job", change.words):
                text = f"{evidence.service}, {on(change.at)}: “{change.words}”"
                yield job, _claim(text, [change.ref])
    if found and found.blocking_session:
        for job in _listed(evidence, "pause_job", found.blocking_session):
            text = f"the session {found.blocking_session} of {found.database} holds a lock"
            yield job, _claim(text, evidence.ref(database_health))


def _strain(evidence: ActEvidence) -> Claim | None:
    """What the job could have used up, as it is read now."""
    found, system = evidence.value(database_health), evidence.value(system_metrics)
    if found and found.database == evidence.service:
        told = [*health.exhausted(found), *filter(None, [health.slow_queries(found)])]
        if told:
            return _claim(told[0], evidence.ref(database_health))
    if system is None:
        return None
    read = ((system.cpu, CPU), (system.memory, MEMORY_USE), (system.network, NETWORK), (system.disk, DISK))
    off = [change for series, rule in read if (change := compare(series, rule)).abnormal]
    return _claim(f"{evidence.service}: {off[0]}", evidence.ref(system_metrics)) if off else None


def _of_volume(evidence: ActEvidence) -> Iterator[CalledFor]:
    """A volume is full."""
    system = evidence.value(system_metrics)
    disk = compare(system.disk, DISK) if system else None
    if disk is None or not disk.abnormal:
        return
    lines = " ".join(p.sample or p.signature for p in evidence.log() if class_of(p.signature).name == "disk")
    for volume in _listed(evidence, "free_disk", lines, alone=True):
        yield CalledFor({"volume": volume}, _claim(f"{evidence.service}: {disk}", evidence.ref(system_metrics)))


def _of_backup(evidence: ActEvidence) -> Iterator[CalledFor]:
    """Data is lost or damaged, and since when is known."""
    safety, found = evidence.value(data_safety), evidence.value(database_health)
    own = found.integrity_errors or 0 if found and found.database == evidence.service else 0
    damaged = max(own, safety.integrity_errors if safety else 0)
    lost = safety.records_lost if safety else 0
    since = evidence.hypothesis.onset if evidence.hypothesis else None
    if not (damaged or lost) or since is None:
        return
    told = [f"{lost:,} records are lost" if lost else "", f"{damaged:,} integrity errors" if damaged else ""]
    text = f"{evidence.service}: {', '.join(filter(None, told))}, since {on(since)}"
    for backup in _listed(evidence, "restore_backup", "", alone=True):
        before = since.replace(microsecond=0).isoformat()
        cites = [*evidence.ref(data_safety), *(evidence.ref(database_health) if own else [])]
        yield CalledFor({"backup": backup, "before": before}, _claim(text, cites))


def _listed(evidence: ActEvidence, action: str, words: str, alone: bool = False) -> list[str]:
    """The targets of a declared act that words name; with `alone`, also one that is the only one there is."""
    listed = evidence.briefing.catalogue.services.get(evidence.service)
    declared = listed.declared(action) if listed else None
    targets = [target for target in (declared.targets if declared else []) if not set("*?[") & set(target)]
    said = f" {_plain(words)} "
    found = [target for target in targets if f" {_plain(target)} " in said]
    return found or (targets if alone and len(targets) == 1 else [])


def _plain(text: str) -> str:
    return WORDS.sub(" ", text.lower()).strip()


MECHANISMS: dict[str, Callable[[ActEvidence], Iterator[CalledFor]]] = {
    "restart_instance": _of_instance,
    "drain_instance": _of_instance,
    "replace_instance": _of_machine,
    "limit_tenant": _of_tenant,
    "limit_route": _of_route,
    "block_addresses": _of_addresses,
    "switch_flag": _of_flag,
    "revert_setting": _of_setting,
    "rotate_credential": _of_credential,
    "end_session": _of_session,
    "pause_job": _of_job,
    "free_disk": _of_volume,
    "reroute_region": _of_region,
    "restore_backup": _of_backup,
}
"""Declared act -> the mechanism that calls for it."""
SHOWS_THAT_IT_WORKED = frozenset(
    {
        "restart_instance",
        "drain_instance",
        "replace_instance",
        "limit_tenant",
        "limit_route",
        "end_session",
        "free_disk",
        "reroute_region",
    }
)
"""Acts whose mechanism is gone when they have worked; the others are seen by how the service fares."""


def called_for(action: str, evidence: ActEvidence) -> list[CalledFor]:
    """The acts of a kind that are called for, each once, the likeliest first."""
    found: dict[str, CalledFor] = {}
    for one in MECHANISMS[action](evidence):
        found.setdefault(str(sorted(one.parameters.items())), one)
    return list(found.values())
