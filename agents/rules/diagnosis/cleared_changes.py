"""Cleared changes: why deployments that look suspicious are not the cause."""

from datetime import datetime

from agents.readings.history import Deployment, DeploymentHistory
from agents.reports.basis import Claim
from agents.reports.investigation import Hypothesis
from agents.rules.diagnosis.component import ComponentState
from agents.rules.diagnosis.survey import A_DAY, Survey, depends_on
from agents.rules.diagnosis.suspect_evidence import SAMPLING, SuspectEvidence, deployed, lines_up, timing
from agents.rules.writing.wording import at, on
from agents.runtime.duty_context import Reading

Histories = dict[str, Reading[DeploymentHistory]]


def ruled_out_changes(
    survey: Survey, first: list[ComponentState], all_evidence: list[SuspectEvidence], histories: Histories
) -> list[Hypothesis]:
    """Rule out the deployments that look suspicious and are not, each with its reason."""
    found: list[Hypothesis] = []
    began = min((d.onset for d in all_evidence if d.onset is not None), default=None)
    for history in histories.values():
        for release in (history.value.deployments if history.value else [])[-2:]:
            if release.at < survey.now - A_DAY * survey.minute:
                continue  # nobody suspects it any more
            reason = _reason_against(survey, first, release, began)
            if reason is not None:
                found.append(_ruled_out(release, reason, history.ref))
    return found


def _ruled_out(release: Deployment, reason: Claim, ref: str) -> Hypothesis:
    return Hypothesis(
        cause="recent deployment",
        component=release.service,
        statement=f"{release.version} of {release.service}, deployed at {on(release.at)}",
        status="ruled out",
        strength=0,
        against=[reason.model_copy(update={"cites": list(dict.fromkeys([ref, *reason.cites]))})],
        version=release.version,
    )


def _reason_against(
    survey: Survey, first: list[ComponentState], release: Deployment, began: datetime | None
) -> Claim | None:
    """Why a deployment is not the cause; None where it cannot be ruled out."""
    name, component = release.service, survey.components.get(release.service)
    deployment = timing(release, began, survey.minute)
    if release.status == "failed":
        return Claim(
            text=f"{deployment}, but the rollout failed, so it never ran",
            cites=[],
        )
    if began is not None and release.at > began + SAMPLING * survey.minute:
        return Claim(text=f"{deployment}, so it cannot have caused it", cites=[])
    if component is None:
        text = f"{name} is not among what {survey.alerted} depends on, nor does it call it"
        return Claim(text=f"{deployment}; {text}", cites=[])
    if not component.is_failing and component.is_seen:
        return Claim(
            text=f"{deployed(release)}, and {name} is as usual: {component.figures}",
            cites=component.shows,
        )
    culprit = next((c for c in first if c.name != name and depends_on(survey, component, c.name)), None)
    if component not in first and culprit is not None:
        since = f" since {at(culprit.onset, release.at)}" if culprit.onset else ""
        text = f"{name} suffers from {culprit.name}, which fails{since}: {culprit.figures}"
        return Claim(text=f"{deployed(release)}; {text}", cites=culprit.shows)
    if component.onset is not None and not lines_up(release, component.onset, survey.minute):
        text = f"{timing(release, component.onset, survey.minute)}; the figures were usual in between"
        return Claim(text=text, cites=component.shows)
    return None
