"""Causes: how far the readings of one suspect speak for a deployment, the infrastructure, a code bug or a provider."""

from agents.readings.history import Deployment
from agents.readings.production import LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.change_causes import rival_changes
from agents.rules.diagnosis.component import ComponentState, described, is_degraded
from agents.rules.diagnosis.log_classes import meaning
from agents.rules.diagnosis.suspect_evidence import (
    ALONE_SHOWS_WITHIN,
    SuspectEvidence,
    deployed,
    is_of_the_machine,
    lines_up,
)
from agents.rules.writing.wording import at, on, short

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
    alone = evidence.only_new_version(release)
    if alone is not None:
        support.append(_written(alone, f", all by {release.version}", evidence.log.ref))
    against = _rivals(evidence, release)
    if alone is None and climb is None:
        against += [*rival_changes(evidence, release), *_refused(evidence)]
    strength = _strength_of_release(evidence, release, bool(alone or climb))
    if (against and alone is None) or (evidence.is_guess and not climb):
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
    )


def _strength_of_release(evidence: SuspectEvidence, release: Deployment, has_mechanism: bool) -> int:
    """By its mechanism and its age: the time alone convicts nothing, and acquits nothing.

    Where neither the log nor the record of other changes can be seen, what would tell it from them is missing.
    """
    age = None if evidence.onset is None else (evidence.onset - release.at) / evidence.minute
    if has_mechanism:
        return 3 if age is None or age <= ALONE_SHOWS_WITHIN else 2
    if age is not None and age <= AT_ONCE and _code_patterns(evidence):
        return 3
    return 1 if evidence.log.value is None and evidence.infrastructure.value is None else 2


def _of_the_caller(evidence: SuspectEvidence) -> list[Claim]:
    """Certificates, credentials and names that are refused are the caller's own, unless the provider says otherwise."""
    refused = evidence.refused_by_platform()
    if refused is None or refused[0].name not in ("certificate", "credentials", "name resolution"):
        return []
    return _refused(evidence)


def _refused(evidence: SuspectEvidence) -> list[Claim]:
    """What most error lines say of certificates, names, credentials or quotas: no version is needed for that."""
    refused = evidence.refused_by_platform()
    return [_written(refused[1], f": {refused[0].means}", evidence.log.ref)] if refused else []


def _before_the_window(evidence: SuspectEvidence) -> Hypothesis | None:
    """Failing for as long as can be seen: the last deployment before that is a weak suspect."""
    known = evidence.history.value.deployments if evidence.history.value else []
    deployments = [deployment for deployment in known if deployment.status != "failed"]
    if evidence.onset is not None or not evidence.component.is_failing or not deployments:
        return None
    last = deployments[-1]
    alone = evidence.only_new_version(last)
    support = [
        Claim(
            text=f"{deployed(last)}; how long it has been failing cannot be seen",
            cites=[evidence.history.ref],
        )
    ]
    if alone:
        support.append(_written(alone, f", all by {last.version}", evidence.log.ref))
    return Hypothesis(
        cause="recent deployment",
        component=last.service,
        statement=f"{last.version} of {last.service}, deployed at {on(last.at)}, may have made it fail",
        status="open",
        strength=2 if alone else 1,
        support=support,
        version=last.version,
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
        support=[_written(alone, f", all by {version}", evidence.log.ref)],
        onset=evidence.onset,
        version=version,
    )


def _written(pattern: LogPattern, by: str, ref: str) -> Claim:
    since = f"since {at(pattern.first_seen, pattern.last_seen)}"
    return Claim(
        text=f"{pattern.service} writes “{short(pattern.signature)}” {since}, {pattern.count} times{by}", cites=[ref]
    )


def _rivals(evidence: SuspectEvidence, release: Deployment) -> list[Claim]:
    """What speaks against the deployment: a crowd that ran it out of room, broken machines, scarcity that is older."""
    crowd = evidence.component.surge
    rivals = [c for c in evidence.broken() if is_of_the_machine(c.text)]
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
    against: list[Claim] = []
    needs_no_version = refused is not None and release is not None and evidence.only_new_version(release) is None
    if release is not None and not _rivals(evidence, release) and not needs_no_version:
        strength = 1
        against.append(
            Claim(
                text=f"It began with a deployment: {evidence.timing(release)}",
                cites=[evidence.history.ref],
            )
        )
    elif strength == 2 and _code_patterns(evidence) and not component.surge:
        strength = 1
        against.append(_written(_code_patterns(evidence)[0], ", which machines do not cause", evidence.log.ref))
    if not component.is_failing:
        strength = min(strength, 2)
    return Hypothesis(
        cause="infrastructure",
        component=component.name,
        statement=_statement(component, support[0].text, refused[0].means if refused else ""),
        signature=refused[1].signature if refused else "",
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=support,
        against=against,
        onset=evidence.onset,
    )


def _statement(component: ComponentState, shown: str, refused: str) -> str:
    if refused:
        return f"{component.name}: {refused}"
    fails = f"{component.name} does not run" if component.is_down else f"what {component.name} runs on is in trouble"
    return f"{fails}: {shown}"


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
    component, found = evidence.component, list[Claim]()
    saturation = component.changes.get("saturation")
    if saturation and saturation.abnormal:
        crowd = ", while traffic is as usual" if _has_usual_traffic(component) else ""
        found.append(Claim(text=f"{component.name}: {saturation}{crowd}", cites=component.shows[:1]))
    if component.surge:
        found.append(Claim(text=f"{component.name}: {component.surge}", cites=component.shows[:1]))
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


def code_bug(evidence: SuspectEvidence, release: Deployment | None) -> Hypothesis | None:
    """New errors out of the code itself, with no deployment to explain them."""
    component = evidence.component
    patterns = [p for p in _code_patterns(evidence) if p.count >= 5]
    if not patterns or component.kind not in RUNS_OUR_CODE:
        return None
    strength, against = _strength_of_code(evidence)
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


def _strength_of_code(evidence: SuspectEvidence) -> tuple[int, list[Claim]]:
    want = [*evidence.exhausted(), *evidence.broken(), *evidence.scarce(), *_strained(evidence)]
    strength = 2 if evidence.onset is None else 3
    if _decisive(evidence, evidence.scarce(), evidence.broken()) or evidence.exhausted():
        return 1, want[:2]
    return (max(1, strength - 1), want[:2]) if want else (strength, [])


def _code(
    evidence: SuspectEvidence, pattern: LogPattern, strength: int, support: list[Claim], against: list[Claim]
) -> Hypothesis:
    ref = (
        evidence.component.client.ref
        if evidence.component.client and _is_client(evidence, pattern)
        else evidence.log.ref
    )
    return Hypothesis(
        cause="code bug",
        component=evidence.component.name,
        statement=f"a fault in the code of {evidence.component.name}: {short(pattern.signature)}",
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=[_written(pattern, "", ref), *support],
        against=against,
        onset=evidence.onset,
        signature=pattern.signature,
    )


def _is_client(evidence: SuspectEvidence, pattern: LogPattern) -> bool:
    return evidence.log.value is None or pattern not in evidence.log.value.patterns


def external_dependency(provider: ComponentState, evidence: SuspectEvidence) -> Hypothesis:
    """A provider that fails, judged by the calls to it and by what it says of itself."""
    bad = [(call, ref) for call, ref in provider.incoming if is_degraded(call)]
    support = [Claim(text=f"{described(call)}", cites=[ref]) for call, ref in bad]
    says = provider.status.value if provider.status else None
    strength = 3 if (provider.provider_admits and bad) or len(bad) >= 2 else 2
    if strength == 2 and says is None and evidence.log.value is None:
        strength = 1  # calls of one service fail, and nothing tells whether by what is called or by the way there
    against = [] if provider.provider_admits else _of_the_caller(evidence)
    strength = 1 if against else strength
    if says and provider.status and provider.provider_admits:
        since = f" since {on(says.since)}" if says.since else ""
        text = f"{provider.name} reports {says.status}{since}: {short(says.message)}"
        support.append(Claim(text=text, cites=[provider.status.ref]))
    elif says and provider.status:
        text = f"{provider.name} itself reports {says.status}"
        against.append(Claim(text=text, cites=[provider.status.ref]))
        if evidence.aligned() is not None and evidence.own_errors():
            strength = 1
    return Hypothesis(
        cause="external dependency",
        component=provider.name,
        statement=f"{provider.name} fails, and with it {evidence.component.name}, which calls it",
        status="supported" if strength >= 2 else "open",
        strength=strength,
        support=support,
        against=against,
        onset=min((o for o in (provider.onset, evidence.onset) if o is not None), default=None),
        service=evidence.component.name,
        dependency=provider.name,
    )
