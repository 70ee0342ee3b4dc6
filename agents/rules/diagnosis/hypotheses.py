"""Diagnosis: from the survey to hypotheses. What failed first, what speaks for each cause, what is ruled out."""

import asyncio
from dataclasses import dataclass

from agents.io.catalogue import SERVES_CALLERS
from agents.readings.history import Deployment, DeploymentHistory
from agents.readings.production import LogPattern
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.alert_claim import unanswered
from agents.rules.diagnosis.cache_causes import with_emptied_caches
from agents.rules.diagnosis.caller_lines import told_by_callers
from agents.rules.diagnosis.causes import (
    RUNS_OUR_CODE,
    code_bug,
    infrastructure,
    recent_deployment,
)
from agents.rules.diagnosis.change_causes import beside_mechanisms, changed, floods
from agents.rules.diagnosis.changes import Change, changes_of
from agents.rules.diagnosis.cleared_changes import Histories, ruled_out_changes
from agents.rules.diagnosis.component import ComponentState, described, is_degraded, uncounted_since
from agents.rules.diagnosis.data_causes import data_causes
from agents.rules.diagnosis.failing_below import failed_below, failed_too, narrowed_down
from agents.rules.diagnosis.inquiry import ask, unseen
from agents.rules.diagnosis.log_classes import class_of
from agents.rules.diagnosis.part_evidence import ill_instances
from agents.rules.diagnosis.provider_causes import external_dependency
from agents.rules.diagnosis.recorded_changes import ChangeHistories, as_changes, read_changes
from agents.rules.diagnosis.survey import (
    SAME_TIME,
    Survey,
    failed_first,
    look_at_callers,
    look_back,
    take,
)
from agents.rules.diagnosis.survey import TOOLS as SURVEY_TOOLS
from agents.rules.diagnosis.suspect_evidence import HISTORY_HOURS, SuspectEvidence, lines_up, read_evidence
from agents.rules.diagnosis.suspect_evidence import TOOLS as EVIDENCE_TOOLS
from agents.rules.writing.wording import at, on, short
from agents.runtime.briefing import Alert, Briefing
from agents.runtime.duty_context import DutyContext, Reading
from agents.tools.port import AnyPort
from agents.tools.ports import change_history, deployment_history, error_log

TOOLS: tuple[AnyPort, ...] = (*SURVEY_TOOLS, *EVIDENCE_TOOLS, change_history)
SUSPECTS = 2


@dataclass
class Diagnosis:
    """What an investigator knows once the suspects are known."""

    survey: Survey
    first: list[ComponentState]
    """What failed first; empty where nothing fails."""
    all_evidence: list[SuspectEvidence]
    """Of the suspects; of the alerted service where nothing fails."""
    histories: Histories
    """The deployments of everything surveyed."""
    changes: ChangeHistories
    """The changes of every kind, likewise."""
    hypotheses: list[Hypothesis]

    @property
    def abnormal(self) -> bool:
        alerted = self.survey.components[self.survey.alerted]
        supported = any(h.strength >= 2 and h.status != "ruled out" for h in self.hypotheses)
        return bool(self.survey.felt or alerted.failing_endpoints or alerted.collapse or supported)

    @property
    def missing(self) -> list[str]:
        told_of = [*self.survey.missing, *(said for d in self.all_evidence for said in d.missing)]
        return list(dict.fromkeys([*told_of, *unseen(self.histories.values())]))

    def claims(self) -> list[Claim]:
        """What was seen of the suspects, with figures."""
        seen = self.first or [self.survey.components[self.survey.alerted]]
        return [Claim(text=f"{c.name}: {c.figures}", cites=c.shows) for c in seen if c.shows]

    def summary(self, briefing: Briefing) -> str:
        """One or two sentences."""
        best = next((h for h in ranked(self.hypotheses) if h.strength >= 2 and h.status != "ruled out"), None)
        if best is not None:
            return f"Most likely {best.cause}: {short(best.statement, 200)}."
        if self.first:
            reach = narrowed_down(briefing, {c.name: c.onset for c in self.first})
            return f"{reach}; no reading shows yet what made it fail."
        if self.abnormal:
            return f"{self.survey.alerted} is not as usual, and nothing that was read of what it depends on fails."
        if not any(component.changes for component in self.survey.components.values()):
            return f"Nothing of {self.survey.alerted} or what it depends on can be seen."
        alerted = self.survey.components[self.survey.alerted]
        if since := uncounted_since(alerted.changes):
            how = f"How {alerted.name} does cannot be measured: its requests have not been counted since {at(since)}"
            return f"{how}. What can be seen of what it depends on is within its usual range."
        return f"What can be seen of {self.survey.alerted} and what it depends on is within its usual range."


def ranked(hypotheses: list[Hypothesis]) -> list[Hypothesis]:
    """Best supported first; among equals the one that began first; the ruled out last."""
    return sorted(
        hypotheses,
        key=lambda h: (h.status == "ruled out", -h.strength, h.onset is None, h.onset.timestamp() if h.onset else 0),
    )


async def diagnose(briefing: Briefing, context: DutyContext, everyone: bool = False) -> Diagnosis:
    """Survey, find what failed first, read everything about it, and weigh the causes.

    `everyone`: ask for the deployments of every service of the catalogue, not only of those surveyed."""
    survey = await take(briefing, context)
    first = failed_first(survey)[:SUSPECTS]
    await look_at_callers(briefing, context, survey, [c.name for c in first if c.surge and c.kind in SERVES_CALLERS])
    suspects = list({c.name: c for f in first for c in [_actor(survey, f)]}.values()) or [
        survey.components[survey.alerted]
    ]
    all_evidence = list(
        await asyncio.gather(*(_evidence_of(briefing, context, survey, suspect) for suspect in suspects))
    )
    first = first or [
        _suspected(evidence)
        for evidence in all_evidence
        if _shows_in_the_log_alone(evidence) or _log_bears_out(briefing.alert, evidence)
    ]
    others = [c.name for c in survey.components.values() if c.kind != "provider" and c not in suspects]
    if everyone:
        known = briefing.catalogue.services.items()
        others += [name for name, s in known if s.kind in ("web", "api", "worker") and name not in survey.components][
            :16
        ]
    read = await asyncio.gather(*(ask(context, deployment_history, name, HISTORY_HOURS) for name in others))
    histories = {d.component.name: d.history for d in all_evidence} | dict(zip(others, read, strict=True))
    changes = await read_changes(context, list(survey.components))
    diagnosis = Diagnosis(survey, first, all_evidence, histories, changes, [])
    found = [*_hypotheses(briefing, diagnosis), *await data_causes(briefing, context)]
    found = await with_emptied_caches(context, diagnosis.survey, found)
    found += await told_by_callers(context, survey, found, histories)
    diagnosis.hypotheses = ranked(await _with_floods(context, diagnosis, found))
    return diagnosis


def _actor(survey: Survey, component: ComponentState) -> ComponentState:
    """Where to look and act: the component, or the failing caller of a provider."""
    callers = [c for c in survey.callers_of(component.name) if c.is_failing]
    return callers[0] if component.kind == "provider" and callers else component


async def _evidence_of(
    briefing: Briefing, context: DutyContext, survey: Survey, suspect: ComponentState
) -> SuspectEvidence:
    at_risk = briefing.scope is not None and briefing.scope.data_at_risk == "yes"
    if suspect.is_failing and suspect.onset is None:
        await look_back(context, suspect)
    if suspect.is_seen and (suspect.is_failing or not at_risk):
        return await read_evidence(context, survey, suspect, suspect.onset)
    felt_at = min((c.onset for c in survey.callers_of(suspect.name) if c.is_failing and c.onset), default=None)
    alerted_at = briefing.alert.starts_at or briefing.started_at
    guessed = felt_at or (alerted_at if suspect.is_failing or at_risk else None)
    return await read_evidence(context, survey, suspect, guessed, felt_at is None)


def _shows_in_the_log_alone(evidence: SuspectEvidence) -> bool:
    """Whether signals that cannot be seen leave it to the log to show new errors."""
    return not evidence.component.is_seen and evidence.onset is not None and not evidence.is_guess


def _log_bears_out(alert: Alert, evidence: SuspectEvidence) -> bool:
    """Whether errors of what it runs on stand in its log, where the alert is about something that nothing measures."""
    platform = any(class_of(pattern.signature).group == "platform" for pattern in evidence.new_patterns())
    return platform and bool(unanswered(alert)) and evidence.onset is None


def _suspected(evidence: SuspectEvidence) -> ComponentState:
    evidence.component.is_suspected = True
    return evidence.component


def _hypotheses(briefing: Briefing, diagnosis: Diagnosis) -> list[Hypothesis]:
    found: list[Hypothesis] = []
    for evidence in diagnosis.all_evidence:
        around = _changes_around(briefing, diagnosis, evidence)
        evidence.changes_beside = [change for change in around if change not in evidence.changes]
        evidence.callers_suffer = _callers_suffer(diagnosis, evidence)
    for component in diagnosis.first or [diagnosis.all_evidence[0].component]:
        actor = _actor(diagnosis.survey, component)
        evidence = next(d for d in diagnosis.all_evidence if d.component is actor)
        if component.kind == "provider":
            outside = external_dependency(component, evidence)
            own = weigh(evidence)
            found += [outside, *(own if _is_done_without(briefing, component) else _beside(outside, own, component))]
        else:
            own = [_unless_it_waits(briefing, evidence, hypothesis) for hypothesis in weigh(evidence)]
            found += _with_callers(briefing, diagnosis, evidence, own)
            around = [*evidence.changes, *evidence.changes_beside]
            found += changed(evidence, around, briefing)
    found = beside_mechanisms(found)
    named = {(h.component, h.version) for h in found if h.version}
    cleared = ruled_out_changes(diagnosis.survey, diagnosis.first, diagnosis.all_evidence, diagnosis.histories)
    return found + [h for h in cleared if (h.component, h.version) not in named]


def _callers_suffer(diagnosis: Diagnosis, evidence: SuspectEvidence) -> Claim | None:
    """That a caller which was not deployed at that time sees its calls fail or slow down: what it does is unchanged."""
    name = evidence.component.name
    for caller in diagnosis.survey.callers_of(name):
        call, history = diagnosis.survey.call(caller.name, name), diagnosis.histories.get(caller.name)
        is_unchanged = history is not None and history.value is not None and _aligned(history, evidence) is None
        if call is not None and is_degraded(call) and is_unchanged and caller.calls is not None:
            return Claim(
                text=f"{caller.name}, which was not deployed then: {described(call)}", cites=[caller.calls.ref]
            )
    return None


def _changes_around(briefing: Briefing, diagnosis: Diagnosis, evidence: SuspectEvidence) -> list[Change]:
    """What was done to it, and to what it uses itself: a caller fails by a change of what it calls."""
    listed_service = briefing.catalogue.services.get(evidence.component.name)
    known = diagnosis.survey.components
    beside = [known[n] for n in (listed_service.depends_on if listed_service else []) if n in known]
    now, around = diagnosis.survey.now, [c.infrastructure for c in known.values()]
    found = [*evidence.changes, *(change for c in beside for change in changes_of(c.infrastructure, now, around))]
    names = [evidence.component.name, *(c.name for c in beside)]
    return [*found, *(change for name in names for change in as_changes(diagnosis.changes.get(name), found, now))]


async def _with_floods(context: DutyContext, diagnosis: Diagnosis, found: list[Hypothesis]) -> list[Hypothesis]:
    """A store that is strained and no more: look for a caller whose version has been doing something new since then."""
    survey = diagnosis.survey
    near = SAME_TIME * survey.minute.total_seconds()
    strained = [h for h in found if h.cause == "infrastructure" and h.strength == 2 and h.onset is not None]
    for store in strained:
        component = survey.components.get(store.component)
        if component is None or component.kind not in SERVES_CALLERS or component.surge or component.is_down:
            continue
        if any(d.component is component and ill_instances(d) for d in diagnosis.all_evidence):
            continue  # more work from a caller would be felt on all of them
        callers = [c.name for c in survey.callers_of(component.name) if c.is_failing]
        logs = await asyncio.gather(*(ask(context, error_log, name, survey.minutes) for name in callers))
        for name, log in zip(callers, logs, strict=True):
            history = diagnosis.histories.get(name)
            releases = history.value.deployments if history and history.value else []
            assert store.onset is not None
            seen = floods(component.name, log.value.patterns if log.value else [], releases, store.onset, near)
            if seen is not None and history is not None:
                shown = _writes(seen, [log.ref, history.ref])
                found = [*(_behind(h, name, shown) if h is store else h for h in found)]
                found.append(_asks_too_much(store, seen[1], shown))
    return found


def _writes(seen: tuple[LogPattern, Deployment], cites: list[str]) -> Claim:
    pattern, release = seen
    text = (
        f"{release.service} writes “{short(pattern.signature)}” {pattern.count} times since "
        f"{on(pattern.first_seen)}, all by {release.version}"
    )
    return Claim(text=text, cites=cites)


def _behind(store: Hypothesis, caller: str, shown: Claim) -> Hypothesis:
    claim = Claim(text=f"{caller}, which calls it, has been doing something new since then", cites=shown.cites)
    return store.model_copy(update={"status": "open", "strength": 1, "against": [*store.against, claim]})


def _asks_too_much(store: Hypothesis, release: Deployment, shown: Claim) -> Hypothesis:
    return Hypothesis(
        cause="recent deployment",
        component=release.service,
        statement=f"{release.version} of {release.service} ({on(release.at)}) asks too much of {store.component}",
        status="supported",
        strength=2,
        support=[shown, *store.support[:2]],
        onset=store.onset,
        dependency=store.component,
        version=release.version,
    )


def _unless_it_waits(briefing: Briefing, evidence: SuspectEvidence, hypothesis: Hypothesis) -> Hypothesis:
    """Strain says little of a component while what it depends on has just failed: whoever waits for it fills up.

    What does not run waits for nothing.
    """
    component, onset = evidence.component, evidence.onset
    if hypothesis.cause != "infrastructure" or hypothesis.strength != 2 or component.surge or onset is None:
        return hypothesis
    if component.is_down:
        return hypothesis
    failed = failed_below(briefing, component.name, onset)
    if not failed:
        return hypothesis
    text = f"{failed_too(failed[0])}: whoever waits for it fills up"
    against = [*hypothesis.against, Claim(text=text, cites=failed[0].cites[:1])]
    return hypothesis.model_copy(update={"status": "open", "strength": 1, "against": against})


def _is_done_without(briefing: Briefing, provider: ComponentState) -> bool:
    """Whether something stands in for it already, and that was not enough."""
    tried = (a.proposal for a in briefing.attempts if a.outcome in ("did not help", "helped for a time"))
    return any(p.action == "fallback" and p.parameters.get("dependency") == provider.name for p in tried)


def weigh(evidence: SuspectEvidence) -> list[Hypothesis]:
    """Weigh a recent deployment, the infrastructure and a code bug as causes of what one component shows."""
    release = evidence.aligned() if evidence.component.is_failing or evidence.onset else None
    found = [
        recent_deployment(evidence, release),
        infrastructure(evidence, release),
        code_bug(evidence, release) if evidence.component.is_failing else None,
    ]
    known = [hypothesis for hypothesis in found if hypothesis is not None]
    return known or ([_unexplained(evidence)] if evidence.component.is_failing else [])


def _unexplained(evidence: SuspectEvidence) -> Hypothesis:
    """Say how far it is narrowed down; nothing speaks for this cause yet."""
    component, lines = evidence.component, evidence.new_patterns()[:1]
    written = "".join(f"; it writes “{short(p.signature)}” {p.count} times" for p in lines)
    return Hypothesis(
        cause="code bug" if component.kind in RUNS_OUR_CODE else "infrastructure",
        component=component.name,
        statement=f"{component.name} failed first{evidence.whose} ({component.figures}){written}; no reading says why",
        status="open",
        onset=evidence.onset,
    )


def _beside(outside: Hypothesis, own: list[Hypothesis], provider: ComponentState) -> list[Hypothesis]:
    """The caller's own hypotheses count for less, the more surely the provider fails."""
    reason = Claim(text=f"of {provider.name}, which it calls: {provider.figures}", cites=provider.shows)
    return [
        h.model_copy(
            update={"status": "ruled out" if outside.strength == 3 else "open", "against": [*h.against, reason]}
            | {"strength": min(h.strength, 0 if outside.strength == 3 else 1)}
        )
        if outside.strength >= 2
        else h
        for h in own
    ]


def _with_callers(
    briefing: Briefing, diagnosis: Diagnosis, evidence: SuspectEvidence, own: list[Hypothesis]
) -> list[Hypothesis]:
    """Consider callers deployed just before: one that floods the component, or the only thing that changed."""
    component = evidence.component
    best = max((h.strength for h in own if h.status != "ruled out"), default=0)
    crowd_comes_from_outside = any(c.surge for c in diagnosis.survey.callers_of(component.name))
    flooded = component.surge is not None and not crowd_comes_from_outside and component.kind in SERVES_CALLERS
    found: list[Hypothesis] = []
    for caller in diagnosis.survey.callers_of(component.name):
        release = _aligned(diagnosis.histories.get(caller.name), evidence)
        if release is None or not component.is_failing or not (flooded or best < 2):
            continue
        found.append(_caller_deployed(diagnosis, evidence, release, flooded))
    if flooded and found and not evidence.broken():
        own = [h.model_copy(update={"strength": 1, "status": "open"}) if h.strength > 1 else h for h in own]
    return [*own, *found]


def _aligned(history: Reading[DeploymentHistory] | None, evidence: SuspectEvidence) -> Deployment | None:
    deployments = history.value.deployments if history and history.value else []
    onset, minute = evidence.onset, evidence.minute
    return next((d for d in reversed(deployments) if onset is not None and lines_up(d, onset, minute)), None)


def _caller_deployed(diagnosis: Diagnosis, evidence: SuspectEvidence, release: Deployment, flooded: bool) -> Hypothesis:
    component = evidence.component
    support = [
        Claim(
            text=evidence.timing(release),
            cites=[diagnosis.histories[release.service].ref],
        )
    ]
    if flooded:
        text = f"{component.name}: {component.surge}, and no caller has more traffic than usual"
        support.append(Claim(text=text, cites=component.shows[:1]))
    return Hypothesis(
        cause="recent deployment",
        component=release.service,
        statement=f"{release.version} of {release.service} ({on(release.at)}) asks too much of {component.name}",
        status="supported" if flooded else "open",
        strength=2 if flooded else 1,
        support=support,
        onset=evidence.onset,
        dependency=component.name,
        version=release.version,
    )
