"""Pipelines: what GitHub, GitLab, Jenkins, CircleCI and Argo CD say of a workflow, a deployment, an application."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.runtime.briefing import Alert, AlertStatus
from api.intake.parsing import reading
from api.intake.parsing.inbox import each
from api.intake.parsing.status_words import status_in
from graphs.intake import changes_of_alerts as change

WORDS: dict[str, AlertStatus] = {
    **dict.fromkeys(
        ("failure", "failed", "timedout", "startupfailure", "actionrequired", "unstable", "fixedno"), "firing"
    ),
    **dict.fromkeys(("cancelled", "canceled", "aborted", "skipped", "neutral", "stale", "manual"), "control"),
    **dict.fromkeys(("running", "pending", "queued", "inprogress", "requested", "created", "waiting"), "control"),
    **dict.fromkeys(
        ("started", "preparing", "scheduled", "completed", "finalized", "notbuilt", "progressing"), "control"
    ),
    **dict.fromkeys(("unknown", "suspended", "waitingforresource"), "control"),
    **dict.fromkeys(("degraded", "error", "missing", "outofsync"), "firing"),
}
"""A pipeline that runs or was stopped by a person says nothing about production."""


RELEASES = ("Deployment", "Synchronisation")
"""What changes production by itself."""
RELEASES_BY_NAME = re.compile(r"deploy|release|roll.?out|publish|promot|\bship|go.?live", re.IGNORECASE)
"""Other pipelines that change production, by what their people call them; the rest builds or checks something."""


@dataclass(frozen=True)
class Pipeline:
    """Where one kind of message says what ran, for what, and how it ended."""

    known_by: tuple[str, ...]
    what: str
    """What it is: a workflow, a deployment."""
    name: tuple[str, ...]
    of: tuple[str, ...]
    """The repository, project or application."""
    state: tuple[str, ...]
    branch: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    starts_at: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    """What it brings into production, where it does: a version or a commit."""
    by: tuple[str, ...] = ()
    ended_at: tuple[str, ...] = ()
    is_change: bool = True
    """Something was changed or was to be; otherwise it is how an application is."""
    tells_of: "Pipeline | None" = None
    """The change that a message tells of besides what it is about."""

    def read(self, told: Mapping[str, Any]) -> Alert:
        """Read one message; the same workflow of the same branch that succeeds ends what failed."""
        name, of = reading.first(told, self.name), reading.first(told, self.of)
        said = reading.first(told, self.state)
        status = status_in(said, WORDS) or "control"
        environment = reading.first(told, self.environment)
        about = " ".join(part for part in (self.what, name) if part)
        where = f" of {of}" if of and of != name else ""
        return Alert(
            source="pipeline",
            title=f"{about}{where}: {said or 'says no result'}",
            service=of or name,
            environment=environment,
            status=status,
            severity="error" if status == "firing" else "",
            hint="P2" if status == "firing" else "",
            is_change=self.is_change,
            dedup_key="/".join(dict.fromkeys(part for part in (self.what, of, name, *self._branch(told)) if part)),
            starts_at=next((when for path in self.starts_at if (when := reading.moment(reading.at(told, path)))), None),
            links=[link for path in self.links if (link := reading.first(told, (path,))).startswith("http")],
            labels=self._change(told, name, status),
        )

    def _change(self, told: Mapping[str, Any], name: str, status: AlertStatus) -> dict[str, str]:
        """What is recorded of the change: labels, those left out that have nothing to say."""
        if self.tells_of:
            name, said = reading.first(told, self.tells_of.name), reading.first(told, self.tells_of.state)
            return self.tells_of._change(told, name, status_in(said, WORDS) or "control")
        if not self.is_change or status not in change.STATES:
            return {}
        is_release = self.what in RELEASES or RELEASES_BY_NAME.search(name)
        ended = next((when for path in self.ended_at if (when := reading.moment(reading.at(told, path)))), None)
        labels = {
            change.KIND: "release" if is_release else "pipeline",
            change.STATUS: change.STATES[status],
            change.AT: ended.isoformat() if ended else "",
            change.BY: reading.first(told, self.by),
            change.NEW: reading.first(told, self.version),
            change.REPOSITORY: reading.first(told, FULL_NAMES),
        }
        return {label: said for label, said in labels.items() if said}

    def _branch(self, told: Mapping[str, Any]) -> list[str]:
        return [reading.first(told, self.branch)]


REPOSITORY = ("repository.name", "repository.full_name", "project.name", "project.slug")
FULL_NAMES = ("repository.full_name", "project.path_with_namespace")
SYNCHRONISATION = Pipeline(
    known_by=("app.status.operationState",),
    what="Synchronisation",
    name=("app.metadata.name",),
    of=(),
    state=("app.status.operationState.phase",),
    version=("app.status.operationState.syncResult.revision", "app.status.sync.revision"),
    by=("app.status.operationState.operation.initiatedBy.username",),
    ended_at=("app.status.operationState.finishedAt",),
)
PIPELINES = (
    Pipeline(
        known_by=("workflow_run",),
        what="Workflow",
        name=("workflow_run.name", "workflow.name"),
        of=REPOSITORY,
        state=("workflow_run.conclusion", "workflow_run.status"),
        branch=("workflow_run.head_branch",),
        links=("workflow_run.html_url",),
        starts_at=("workflow_run.run_started_at", "workflow_run.created_at"),
        version=("workflow_run.head_sha",),
        by=("workflow_run.triggering_actor.login", "workflow_run.actor.login", "sender.login"),
        ended_at=("workflow_run.updated_at",),
    ),
    *(
        Pipeline(
            known_by=(kind,),
            what="Check",
            name=(f"{kind}.name", f"{kind}.app.name"),
            of=REPOSITORY,
            state=(f"{kind}.conclusion", f"{kind}.status"),
            branch=(f"{kind}.head_branch", "check_run.check_suite.head_branch"),
            links=(f"{kind}.html_url",),
            starts_at=(f"{kind}.started_at",),
            version=(f"{kind}.head_sha",),
            by=("sender.login",),
            ended_at=(f"{kind}.completed_at", f"{kind}.updated_at"),
        )
        for kind in ("workflow_job", "check_run", "check_suite")
    ),
    Pipeline(
        known_by=("deployment_status",),
        what="Deployment",
        name=("deployment.task",),
        of=REPOSITORY,
        state=("deployment_status.state",),
        branch=("deployment_status.environment", "deployment.environment"),
        environment=("deployment_status.environment", "deployment.environment"),
        links=("deployment_status.log_url", "deployment_status.target_url"),
        starts_at=("deployment_status.created_at",),
        version=("deployment.ref", "deployment.sha"),
        by=("deployment.creator.login", "sender.login"),
        ended_at=("deployment_status.created_at",),
    ),
    Pipeline(
        known_by=("object_kind", "object_attributes.detailed_status"),
        what="Pipeline",
        name=("object_attributes.name",),
        of=("project.name", "project.path_with_namespace"),
        state=("object_attributes.status", "object_attributes.detailed_status"),
        branch=("object_attributes.ref",),
        links=("object_attributes.url", "project.web_url"),
        starts_at=("object_attributes.created_at",),
        version=("object_attributes.sha",),
        by=("user.username", "user.name"),
        ended_at=("object_attributes.finished_at",),
    ),
    Pipeline(
        known_by=("object_kind", "object_attributes.ref"),
        what="Pipeline",
        name=("object_attributes.name",),
        of=("project.name", "project.path_with_namespace"),
        state=("object_attributes.status",),
        branch=("object_attributes.ref",),
        links=("object_attributes.url", "project.web_url"),
        starts_at=("object_attributes.created_at",),
        version=("object_attributes.sha",),
        by=("user.username", "user.name"),
        ended_at=("object_attributes.finished_at",),
    ),
    Pipeline(
        known_by=("object_kind", "build_name"),
        what="Job",
        name=("build_name",),
        of=("project.name", "repository.name", "project_name"),
        state=("build_status",),
        branch=("ref",),
        starts_at=("build_started_at",),
        version=("sha",),
        by=("user.username", "user.name"),
        ended_at=("build_finished_at",),
    ),
    Pipeline(
        known_by=("object_kind", "deployment_id"),
        what="Deployment",
        name=(),
        of=("project.name",),
        state=("status",),
        branch=("environment",),
        environment=("environment",),
        links=("deployable_url",),
        version=("short_sha", "ref"),
        by=("user.username", "user.name"),
        ended_at=("status_changed_at",),
    ),
    Pipeline(
        known_by=("workflow.status", "pipeline"),
        what="Workflow",
        name=("workflow.name",),
        of=("project.name", "project.slug"),
        state=("workflow.status",),
        branch=("pipeline.vcs.branch",),
        links=("workflow.url",),
        starts_at=("workflow.created_at",),
        version=("pipeline.vcs.revision",),
        ended_at=("workflow.stopped_at",),
    ),
    Pipeline(
        known_by=("build.phase", "name"),
        what="Job",
        name=("name", "display_name"),
        of=(),
        state=("build.status", "build.phase"),
        branch=("build.scm.branch",),
        links=("build.full_url",),
        version=("build.scm.commit",),
    ),
    Pipeline(
        known_by=("payload.buildTypeId",),
        what="Build",
        name=("payload.buildTypeId",),
        of=("payload.projectName",),
        state=("payload.status",),
        branch=("payload.branchName",),
        links=("payload.webUrl",),
    ),
    Pipeline(
        known_by=("app.status.health",),
        what="Application",
        name=("app.metadata.name",),
        of=(),
        state=("app.status.health.status",),
        branch=("app.spec.destination.namespace",),
        is_change=False,
        tells_of=SYNCHRONISATION,
    ),
    SYNCHRONISATION,
)


def find(told: Any) -> Pipeline | None:
    """The kind of message that a body is."""
    return next((one for one in PIPELINES if all(reading.at(told, path) is not None for path in one.known_by)), None)


ARGO = Pipeline(
    known_by=(),
    what="Application",
    name=("app.metadata.name", "application", "app", "appName", "name", "metadata.name"),
    of=(),
    state=("health", "healthStatus", "health_status", "status.health.status", "status", "phase", "state", "sync"),
    branch=("cluster", "namespace"),
    links=("url", "link", "app_url", "argocd_url"),
    is_change=False,
)


def argo_cd(told: Mapping[str, Any]) -> Alert:
    """Read a notification of Argo CD, whose shape its template gives."""
    return (find(told) or ARGO).read(told)


ADAPTERS = {name: each(argo_cd) for name in ("argo_cd", "argocd", "argo")}
