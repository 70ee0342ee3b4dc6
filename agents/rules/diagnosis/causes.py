"""Causes: how far the readings of one suspect speak for a deployment, the infrastructure or a code bug."""

from agents.readings.history import Deployment
from agents.readings.production import LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.change_causes import rival_changes
from agents.rules.diagnosis.component import ComponentState
from agents.rules.diagnosis.health import IS_DOWN
from agents.rules.diagnosis.log_classes import meaning
from agents.rules.diagnosis.part_evidence import fails_by_version, ill_instances, unwanted
from agents.rules.diagnosis.release_grounds import is_of_our_code
from agents.rules.diagnosis.suspect_evidence import (
    ALONE_SHOWS_WITHIN,
    SuspectEvidence,
    deployed,
    is_of_the_machine,
    lines_up,
)
from agents.rules.writing.wording import at, listed, on, short

RUNS_OUR_CODE = ("web", "api", "worker")
AT_ONCE = 15
"""Minutes of the runbook within which a release that breaks at once shows it."""


def recent_deployment(evidence: SuspectEvidence, release: Deployment | None) -> Hypothesis | None:
    """A deployment of the failing component, shortly before it began to fail."""
    if evidence.history.value is None:
        return _by_the_log(evidence)
    if release is None:
        return _before_the_window(evidence)
    onset = evidence.onset
    support = [
        Claim(
            text=evidence.timing(release),
            cites=[evidence.history.ref, *evidence.component.shows[:1]],
        )
    ]
    climb = evidence.memory_climb()
    if climb:
        support.append(Claim(text=f"{release.service}: {climb}", cites=[evidence.system.ref]))
    alone, beside = evidence.only_new_version(release), fails_by_version(evidence, release)
    if alone is not None:
        support.append(written(evidence, alone, f", all by {release.version}"))
    support += [beside] if beside else []
    support += [evidence.callers_suffer] if evidence.callers_suffer and evidence.fails_alone else []
    against = _rivals(evidence, release)
    if not (alone or beside or climb):
        against += [*rival_changes(evidence, release), *refused_claims(evidence), *evidence.unread()]
    strength = _strength_of_release(evidence, release, bool(alone or beside or climb))
    if (against and not (alone or beside)) or (evidence.is_guess and not climb):
        strength -= 1
    return Hypothesis(
        cause="recent deployment",
        component=release.service,
        statement=f"{release.version} of {release.service}, deployed at {on(release.at)}, made it fail",
        status="supported" if strength >= 2 else "open",
        strength=max(1, strength),
        support=support,
        against=against,
        onset=onset,
        version=release.version,
        changed_at=release.at,
    )


def _strength_of_release(evidence: SuspectEvidence, release: Deployment, has_mechanism: bool) -> int:
    """By its mechanism and its age: the time alone convicts nothing, and acquits nothing."""
    age = None if evidence.onset is None else (evidence.onset - release.at) / evidence.minute
    if has_mechanism:
        return 3 if age is None or age <= ALONE_SHOWS_WITHIN else 2
    if age is not None and age <= AT_ONCE and _of_our_code(evidence):
        return 3
    return 2


def refused_claims(evidence: SuspectEvidence) -> list[Claim]:
    """What most error lines say of certificates, names, credentials or quotas: no version is needed for that."""
    refused = evidence.refused_by_platform()
    return [written(evidence, refused[1], f": {refused[0].means}")] if refused else []


def _before_the_window(evidence: SuspectEvidence) -> Hypothesis | None:
    """Failing for as long as can be seen: the last deployment is a weak suspect; an old one not by its time alone."""
    known = evidence.history.value.deployments if evidence.history.value else []
    deployments = [deployment for deployment in known if deployment.status != "failed"]
    if evidence.onset is not None or not evidence.component.is_failing or not deployments:
        return None
    last = deployments[-1]
    alone = evidence.only_new_version(last)
    if alone is None and evidence.surveyed_from is not None and last.at < evidence.surveyed_from:
        return None
    support = [
        Claim(
            text=f"{deployed(last)}; how long it has been failing cannot be seen",
            cites=[evidence.history.ref],
        )
    ]
    if alone:
        support.append(written(evidence, alone, f", all by {last.version}"))
    return Hypothesis(
        cause="recent deployment",
        component=last.service,
        statement=f"{last.version} of {last.service}, deployed at {on(last.at)}, may have made it fail",
        status="open",
        strength=2 if alone else 1,
        support=support,
        version=last.version,
        changed_at=last.at,
    )


def _by_the_log(evidence: SuspectEvidence) -> Hypothesis | None:
    """Where deployments cannot be seen: two versions in the log, and new errors from one of them alone."""
    patterns = evidence.log.value.patterns if evidence.log.value else []
    seen = {version for pattern in patterns for version in pattern.versions}
    alone = next((p for p in evidence.own_errors() if len(p.versions) == 1 and len(seen) > 1), None)
    if alone is None:
        return None
    version = alone.versions[0]
    return Hypothesis(
        cause="recent deployment",
        component=evidence.component.name,
        statement=f"{version} of {evidence.component.name}, new in the log's window, made it fail",
        status="supported",
        strength=2,
        support=[written(evidence, alone, f", all by {version}")],
        onset=evidence.onset,
        version=version,
    )


def written(evidence: SuspectEvidence, pattern: LogPattern, by: str) -> Claim:
    """That a line has been written, since when and how often."""
    since = f"since {at(pattern.first_seen, pattern.last_seen)}"
    text = f"{pattern.service} writes “{short(pattern.signature)}” {since}, {pattern.count} times{by}"
    return Claim(text=text, cites=[evidence.ref_of(pattern)])


def _rivals(evidence: SuspectEvidence, release: Deployment) -> list[Claim]:
    """What speaks against the deployment: a crowd that ran it out of room, broken machines, scarcity that is older, a
    few instances that fail where all run the same."""
    crowd = evidence.component.surge
    rivals = [c for c in evidence.broken() if is_of_the_machine(c.text)]
    if few := ill_instances(evidence):
        text = f"{few.claim.text}: a release would be felt on all of them"
        rivals.append(Claim(text=text, cites=few.claim.cites))
    if crowd and evidence.scarce():
        rivals.append(
            Claim(text=f"{release.service}: {crowd}, which ran it out of room", cites=evidence.component.shows[:1])
        )
    for name, change in evidence.resources().items():
        if change.abnormal and change.onset is not None and change.onset < release.at - 5 * evidence.minute:
            since = at(change.onset, change.last_seen)
            rivals.append(Claim(text=f"{name} has been climbing since {since}", cites=[evidence.system.ref]))
    return rivals


def infrastructure(evidence: SuspectEvidence, release: Deployment | None) -> Hypothesis | None:
    """Resources, machines, connections or a crowd behind the failure."""
    component = evidence.component
    scarce, broken, exhausted = evidence.scarce(), evidence.broken(), evidence.exhausted()
    strained = _strained(evidence)
    support = [*exhausted, *broken, *scarce, *strained]
    if not support or not (component.is_failing or exhausted or broken or evidence.memory_climb() or _disk(evidence)):
        return None
    refused = evidence.refused_by_platform()
    strength = 3 if exhausted or refused or _decisive(evidence, scarce, broken) else 2
    against = _against(evidence, release, support, strength)
    if against:
        strength = 1
    if not component.is_failing:
        strength = min(strength, 2)
    store = evidence.exhausted_store if exhausted and not (broken or scarce or strained) else ""
    few = ill_instances(evidence)
    return Hypothesis(
        cause="infrastructure",
        component=store or component.name,
        statement=_statement(evidence, support[0], refused[0].means if refused else "", store),
        signature=refused[1].signature if refused else "",
        instances=few.names if few else [],
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=support,
        against=against,
        onset=evidence.onset,
    )


def _against(evidence: SuspectEvidence, release: Deployment | None, support: list[Claim], strength: int) -> list[Claim]:
    """What takes the force from signs of trouble of what it runs on: a deployment, our own code, a slow dependency."""
    refused = evidence.refused_by_platform()
    needs_no_version = refused is not None and release is not None and evidence.only_new_version(release) is None
    if release is not None and not _rivals(evidence, release) and not needs_no_version:
        return [Claim(text=f"It began with a deployment: {evidence.timing(release)}", cites=[evidence.history.ref])]
    if strength != 2:
        return []
    if (ours := _of_our_code(evidence)) and not evidence.component.surge:
        return [written(evidence, ours[0], ", which machines do not cause")]
    waits = _may_wait(evidence, support)
    return [waits] if waits else []


def _may_wait(evidence: SuspectEvidence, support: list[Claim]) -> Claim | None:
    """That it is full of requests that take longer, as when it waits for something below it that nobody sees."""
    component, latency = evidence.component, evidence.component.changes.get("latency")
    is_slow = latency is not None and latency.abnormal
    if not evidence.dark_dependencies or component.surge or not is_slow or support != _full(component):
        return None
    below = listed(evidence.dark_dependencies)
    text = f"{component.name}: {latency}; it may wait for {below}, of which nothing is seen"
    return Claim(text=text, cites=component.shows[:1])


def _full(component: ComponentState) -> list[Claim]:
    """That more of it is in use than usual."""
    saturation = component.changes.get("saturation")
    if saturation is None or not saturation.abnormal:
        return []
    crowd = ", while traffic is as usual" if _has_usual_traffic(component) else ""
    return [Claim(text=f"{component.name}: {saturation}{crowd}", cites=component.shows[:1])]


def _statement(evidence: SuspectEvidence, shown: Claim, refused: str, store: str) -> str:
    name, text = evidence.component.name, shown.text.removeprefix(f"{evidence.component.name}: ")
    if store:
        return f"{store}, which {name} uses, is in trouble: {text}"
    if refused:
        return f"{name}: {refused}"
    if evidence.component.is_down:
        _, is_all, since = text.partition(f" {IS_DOWN}")
        return f"{name} {IS_DOWN}{since}" if is_all else f"{name} {IS_DOWN}: {text}"
    who = f"what {name} runs on" if _is_beneath(evidence, shown) else name
    return f"{who} is in trouble: {text}"


def _is_beneath(evidence: SuspectEvidence, shown: Claim) -> bool:
    """Whether it tells of the machines or their resources, and not of the processes, their sessions or their work."""
    is_of_resources = shown.cites == [evidence.system.ref]
    return is_of_resources or (shown in evidence.broken() and is_of_the_machine(shown.text))


def _disk(evidence: SuspectEvidence) -> bool:
    return "disk" in evidence.resources() and evidence.resources()["disk"].abnormal


def _decisive(evidence: SuspectEvidence, scarce: list[Claim], broken: list[Claim]) -> bool:
    """Broken machines, or something that ran out for a reason that can be seen."""
    ran_out = (
        evidence.memory_climb() is not None
        or _disk(evidence)
        or (bool(scarce) and evidence.component.surge is not None)
    )
    return ran_out or any(is_of_the_machine(claim.text) for claim in broken) or len(scarce) >= 3


def _strained(evidence: SuspectEvidence) -> list[Claim]:
    """Signs of strain that are evidence, though not proof."""
    component = evidence.component
    found = _full(component)
    if component.surge:
        found.append(Claim(text=f"{component.name}: {component.surge}", cites=component.shows[:1]))
        found += [guests] if (guests := unwanted(evidence)) else []
    if few := ill_instances(evidence):
        found.append(few.claim)
    slow = evidence.slow_queries() if component.kind == "database" else None
    if slow:
        found.append(slow)
    if evidence.restarts() >= 3:
        text = f"{component.name} restarted {evidence.restarts()} times in the last hour"
        found.append(Claim(text=text, cites=[evidence.infrastructure.ref]))
    return found


def _has_usual_traffic(component: ComponentState) -> bool:
    """Whether its traffic was measured, and has neither risen nor fallen out of its usual range."""
    traffic = [component.changes.get("surge"), component.changes.get("collapse")]
    return all(change is not None and change.known and not change.abnormal for change in traffic)


def _code_patterns(evidence: SuspectEvidence) -> list[LogPattern]:
    return [p for p in evidence.new_patterns() if meaning(p.signature) == "code"]


def _of_our_code(evidence: SuspectEvidence) -> list[LogPattern]:
    return [p for p in _code_patterns(evidence) if is_of_our_code(p.signature)]


def code_bug(evidence: SuspectEvidence, release: Deployment | None) -> Hypothesis | None:
    """New errors out of the code itself, with no deployment to explain them."""
    component = evidence.component
    patterns = [p for p in _code_patterns(evidence) if p.count >= 5]
    if not patterns or component.kind not in RUNS_OUR_CODE:
        return None
    patterns.sort(key=lambda p: not is_of_our_code(p.signature))
    strength, against = _strength_of_code(evidence, patterns[0])
    if release is not None:
        came = Claim(
            text=f"They came with a deployment: {evidence.timing(release)}",
            cites=[evidence.history.ref],
        )
        if evidence.onset is not None and not lines_up(release, evidence.onset, evidence.minute):
            return _code(evidence, patterns[0], 1, [], [*against, came])
        return _code(evidence, patterns[0], 0, [], [*against, came]).model_copy(update={"status": "ruled out"})
    same = _no_release(evidence)
    if same is None:
        return _code(evidence, patterns[0], 1, [], against)
    return _code(evidence, patterns[0], strength if evidence.history.value else min(strength, 2), [same], against)


def _no_release(evidence: SuspectEvidence) -> Claim | None:
    """That no deployment explains it: by the history, else by a log in which one version wrote before and after."""
    name = evidence.component.name
    if evidence.history.value is not None:
        text = f"no deployment of {name} lies within half an hour before it began to fail"
        return Claim(text=text, cites=[evidence.history.ref])
    patterns = evidence.log.value.patterns if evidence.log.value else []
    versions = {version for pattern in patterns for version in pattern.versions}
    before = evidence.onset - 30 * evidence.minute if evidence.onset else None
    if len(versions) != 1 or before is None or not any(p.versions and p.first_seen <= before for p in patterns):
        return None
    text = f"{versions.pop()} alone has been writing the log of {name} since half an hour before it began to fail"
    return Claim(text=text, cites=[evidence.log.ref])


def _strength_of_code(evidence: SuspectEvidence, pattern: LogPattern) -> tuple[int, list[Claim]]:
    """A line that names no place in our code blames none."""
    want = [*evidence.exhausted(), *evidence.broken(), *evidence.scarce(), *_strained(evidence)]
    if not is_of_our_code(pattern.signature):
        return 1, want[:2]
    strength = 2 if evidence.onset is None else 3
    if _decisive(evidence, evidence.scarce(), evidence.broken()) or evidence.exhausted():
        return 1, want[:2]
    return (max(1, strength - 1), want[:2]) if want else (strength, [])


def _code(
    evidence: SuspectEvidence, pattern: LogPattern, strength: int, support: list[Claim], against: list[Claim]
) -> Hypothesis:
    return Hypothesis(
        cause="code bug",
        component=evidence.component.name,
        statement=_fault(evidence.component.name, pattern.signature),
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=[written(evidence, pattern, ""), *support],
        against=against,
        onset=evidence.onset,
        signature=pattern.signature,
    )


def _fault(component: str, signature: str) -> str:
    if is_of_our_code(signature):
        return f"a fault in the code of {component}: {short(signature)}"
    return f"{component} writes “{short(signature)}”, which names no place in its code"
